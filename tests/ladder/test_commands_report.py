"""`ladder advise --report`: one file, where the command line says, or none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app


def ladder(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    file = tmp_path / "answers.yaml"
    file.write_text("missing: [style]\nlabelled: 2000\n", encoding="utf-8")
    return file


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """Return the folder of a project with forty labelled tickets."""
    rows = "".join(f"ticket {i * 7919},{('repair', 'opening')[i % 2]}\n" for i in range(40))
    (tmp_path / "tickets.csv").write_text("text,label\n" + rows, encoding="utf-8")
    assert ladder("init", "shop").exit_code == 0
    assert ladder("import", "shop", tmp_path / "tickets.csv").exit_code == 0
    return home / "shop"


@pytest.mark.parametrize(
    ("name", "begins"), [("r.md", "# Decision"), ("r.html", "<!doctype html>"), ("r.json", "{")]
)
def test_answers_alone_are_enough_for_a_record(
    home: Path, answers: Path, tmp_path: Path, name: str, begins: str
) -> None:
    file = tmp_path / "new" / name
    result = ladder("advise", "--answers", answers, "--report", file)
    assert result.exit_code == 0, result.output
    assert f"The decision record is in {file}." in result.stdout
    assert file.read_text(encoding="utf-8").startswith(begins)
    assert [path.name for path in file.parent.iterdir()] == [name]


def test_the_record_of_a_project_names_what_it_shows(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "decision.json"
    result = ladder("advise", "shop", "--report", file, "--json")
    assert result.exit_code == 0, result.output
    printed, kept = json.loads(result.stdout), json.loads(file.read_text(encoding="utf-8"))
    assert (kept["project"], kept["advice"]["recommended"]) == ("shop", "measure-first")
    assert all(kept["advice"][key] == printed[key] for key in kept["advice"])
    origins = {row["answer"]: row["origin"] for row in kept["situation"]}
    assert (origins["labelled"], origins["baseline"]) == ("measured", "not measured")
    assert kept["measure_next"][0].endswith(f"ladder measure shop --task {kept['task']}.")


def test_a_second_record_replaces_the_first(home: Path, answers: Path, tmp_path: Path) -> None:
    file = tmp_path / "r.md"
    file.write_text("old", encoding="utf-8")
    assert ladder("advise", "--answers", answers, "--report", file).exit_code == 0
    assert "old" not in file.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", ["r.docx", "r", "folder.md"])
def test_a_file_that_cannot_be_is_refused_before_anything_is_written(
    home: Path, answers: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder.md").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    result = ladder("advise", "--answers", answers, "--report", tmp_path / name)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_wrong_answers_write_no_record(home: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("gpus: '<script>alert(1)</script>'\n", encoding="utf-8")
    result = ladder("advise", "--answers", wrong, "--report", tmp_path / "r.html")
    assert result.exit_code == 2
    assert not (tmp_path / "r.html").exists()
    assert ladder("advise", "--report", tmp_path / "r.html").exit_code == 2
