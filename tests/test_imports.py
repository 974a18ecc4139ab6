"""Imports point one way: DESIGN's rule, checked on the syntax tree of every file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_USE = {
    "ladder": {"ladder"},
    "rag": {"rag", "ladder"},
    "training": {"training", "ladder"},
    "advisor": {"advisor", "rag", "training", "ladder"},
}
JOINTS = {"ladder/cli.py", "ladder/jobs/worker.py"}
HEAVY = {
    "torch", "transformers", "sentence_transformers", "faiss", "sklearn", "scipy", "pandas",
    "peft", "trl", "streamlit", "langchain", "numpy",
}  # fmt: skip
_NAMED = re.compile(r"(?P<package>ladder|advisor|rag|training)(\.[a-z_]\w*)+(:\w+)?")


def files(package: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / package).rglob("*.py"))]


def imported(source: str) -> set[str]:
    """Return the top-level packages that a file imports, or names for importing later."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = _NAMED.fullmatch(node.value)
            if named and (":" in node.value):
                found.add(named["package"])
    return found


@pytest.mark.parametrize("file", [file for package in MAY_USE for file in files(package)])
def test_a_file_imports_only_what_its_package_may_use(file: str) -> None:
    if file in JOINTS:
        return
    ours = imported((ROOT / file).read_text(encoding="utf-8")) & set(MAY_USE)
    assert ours <= MAY_USE[file.split("/")[0]]


@pytest.mark.parametrize("file", files("ladder/costs"))
def test_costs_are_plain_arithmetic(file: str) -> None:
    assert not imported((ROOT / file).read_text(encoding="utf-8")) & HEAVY


def test_no_file_outside_the_tests_imports_the_tests() -> None:
    for file in ["app.py", *(file for package in MAY_USE for file in files(package))]:
        if (ROOT / file).exists():
            assert "tests" not in imported((ROOT / file).read_text(encoding="utf-8")), file


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    from advisor.advise import advise", {"advisor"}),
        ("import rag.answerers as a", {"rag"}),
        ('NAMES = {"x": "training.lora:run"}', {"training"}),
        ('TEXT = "rag"', set()),
    ],
)
def test_an_import_is_seen_wherever_it_hides(source: str, expected: set[str]) -> None:
    assert imported(source) == expected
