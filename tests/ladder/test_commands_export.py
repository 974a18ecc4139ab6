from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ladder.answering import ExampleSettings, Setup
from ladder.cli import app
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, create_project

ROWS = ("my card is lost", "card"), ("refund me", "refund"), ("my card is broken", "card")


@pytest.fixture(autouse=True)
def _fakes() -> Iterator[None]:
    with use_fakes("card"):
        yield


@pytest.fixture
def route(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TaskFolder:
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    folder = create_project("shop").add_task(Task("route", "classification", "Route it."))
    folder.add_examples([Example(str(n), *row) for n, row in enumerate(ROWS)])
    return folder


def run(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["export", "shop", *arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize("format", ["openai", "langchain", "python"])
def test_each_format_is_written_into_a_folder_of_its_own(
    format: str, route: TaskFolder, tmp_path: Path
) -> None:
    more = ["--input", "my card"] if format == "openai" else []
    before = set(tmp_path.rglob("*"))
    said = run("--format", format, *more).stdout
    made = Path(f"shop-route-{format}")
    assert (made / "README.md").is_file()
    assert str(made) in said
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert all(path.parent == tmp_path / "desk" / made or "cache" in path.parts for path in new)


def test_json_names_the_folder_its_files_and_the_setup(route: TaskFolder, tmp_path: Path) -> None:
    route.save_setup(
        setup := Setup("generate", "route", "hf:a/b", examples=ExampleSettings(1, "random"))
    )
    told = json.loads(run("--format", "openai", "--out", str(tmp_path / "new"), "--json").stdout)
    assert told["files"] == ["README.md", "request.json"]
    assert told["setup"] == setup.hash
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == told["files"]


def test_a_folder_that_is_not_empty_is_left_alone(route: TaskFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    said = run("--format", "python", "--out", str(out), code=2).stderr
    assert "is not empty, and nothing in it is overwritten" in said
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    (out / "mine.txt").unlink()
    run("--format", "python", "--out", str(out))
    said = run("--format", "python", "--out", str(out / "answer.py"), code=2).stderr
    assert "is a file" in said


def test_a_setup_from_a_file_and_texts_from_another_make_a_batch(
    route: TaskFolder, tmp_path: Path
) -> None:
    setup, texts = tmp_path / "setup.yaml", tmp_path / "texts.txt"
    setup.write_text("answerer: generate\nmodel: server:m@https://x.org/v1\n"
                     "embedder: all-minilm-l6-v2\nexamples: {count: 1}\n")  # fmt: skip
    texts.write_text("my card\n\nmoney back\n", encoding="utf-8")
    run("--format", "openai", "--setup", str(setup), "--inputs", str(texts))
    lines = Path("shop-route-openai", "requests.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["body"]["model"] for line in lines] == ["m", "m"]


def test_what_cannot_be_exported_is_one_sentence(route: TaskFolder, tmp_path: Path) -> None:
    assert "give a text with --input" in run("--format", "openai", code=2).stderr
    both = ("--input", "x", "--inputs", "y")
    assert "one of the two" in run("--format", "openai", *both, code=2).stderr
    empty = tmp_path / "empty.txt"
    empty.write_text("\n")
    said = run("--format", "openai", "--inputs", str(empty), code=2).stderr
    assert "has no text" in said
    empty.write_bytes(b"\xff\xfe")
    assert "UTF-8" in run("--format", "openai", "--inputs", str(empty), code=2).stderr
    route.save_setup(Setup("knn", "route", embedder="e", examples=ExampleSettings(1)))
    assert "has no prompt to export" in run("--format", "python", code=2).stderr
    assert not list(Path().iterdir())


def test_a_file_that_would_lie_elsewhere_is_not_written(tmp_path: Path) -> None:
    from ladder.commands_export import write_files

    with pytest.raises(AssertionError):
        write_files(tmp_path / "out", {"../elsewhere": b""})
    assert not list(tmp_path.iterdir())
