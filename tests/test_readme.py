"""What README.md and docs/ tell a person to type works: every `console` block is carried out.

Blocks fenced `sh` are left alone: they install, serve or need a server.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from advisor.screens import SCREENS
from ladder.cli import app

ROOT = Path(__file__).parent.parent
SAMPLES = "ladder/project/samples"
DOCUMENTS = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
BLOCK = re.compile(r"^```(console|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def commands(document: str) -> list[str]:
    """Return the command lines of a document, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [
        line.removeprefix("$ ").strip()
        for language, block in BLOCK.findall(text)
        for line in block.splitlines()
        if (line.startswith("$ ") if language == "console" else line.strip())
    ]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment with one workspace for all documents: they share embeddings."""
    home = str(tmp_path_factory.mktemp("workspace"))
    return os.environ | {"LADDER_HOME": home, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that documents name, in which commands may write."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / SAMPLES, folder / SAMPLES)
    return folder


@pytest.mark.real
@pytest.mark.parametrize("document", [name for name in DOCUMENTS if commands(name)])
def test_every_command_of_a_document_ends_well(
    document: str, workspace: dict[str, str], desk: Path
) -> None:
    for command in commands(document):
        program, *arguments = shlex.split(command)
        assert program == "ladder", f"{document} types {command!r}, which this test cannot run"
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "ladder.cli", *arguments],
            capture_output=True, text=True, check=False, cwd=desk, timeout=300,
            env=workspace,
        )  # fmt: skip
        assert ran.returncode == 0, f"$ {command}\n{ran.stdout}\n{ran.stderr}"
        assert ran.stdout.strip(), f"$ {command} answered nothing"


def test_the_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = {line.split("`")[1].split()[1] for line in text.splitlines() if line.startswith("| `")}
    assert table == set(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_readme_says_how_many_questions_decide_asks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    words = ("five", "six", "seven", "eight")
    assert f"asks at most {words[len(SCREENS) - 5]} questions" in text


@pytest.mark.parametrize("document", [*DOCUMENTS, "CONTRIBUTING.md"])
def test_every_link_to_a_file_leads_somewhere(document: str) -> None:
    path = ROOT / document
    links = LINK.findall(path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_document_is_in_the_index() -> None:
    linked = set(LINK.findall((ROOT / "docs/index.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_no_two_documents_make_a_project_of_one_name() -> None:
    made = [
        line.split()[2]
        for document in DOCUMENTS
        for line in commands(document)
        if line.startswith("ladder init ")
    ]
    assert sorted(made) == sorted(set(made))
