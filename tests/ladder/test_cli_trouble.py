"""Files that cannot be used, disks that cannot be written, two commands at once.

Each gives its own message and exit code 2, and loses nothing.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app
from ladder.project import open_project

ROOT = Path(__file__).parents[2]


def ladder(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: str | Path) -> str:
    result = ladder(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return result.stderr.strip()


def tickets(count: int) -> str:
    words = ("parcel", "refund")
    return "text,label\n" + "".join(
        f"Ticket number {i * 7919} about my {words[i % 2]},{words[i % 2]}\n" for i in range(count)
    )


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """Return the folder of a project with forty labelled tickets."""
    (tmp_path / "tickets.csv").write_text(tickets(40), encoding="utf-8")
    assert ladder("init", "shop").exit_code == 0
    assert ladder("import", "shop", tmp_path / "tickets.csv", "--task", "route").exit_code == 0
    return home / "shop"


def examples(shop: Path) -> list[dict[str, Any]]:
    text = (shop / "tasks/route/examples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def given(tmp_path: Path, data: bytes, name: str = "new.csv") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("broken.csv", b'text,label\n"never closed,refund\n'),
        ("broken.json", b'[{"text": "a"'),
        ("broken.jsonl", b"this is no json\nneither is this\n"),
        ("empty.csv", b""),
        ("picture.csv", bytes(range(256)) * 40),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_nothing_is_lost(
    shop: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    before = examples(shop)
    line = refused("import", "shop", given(tmp_path, data, name), "--task", "route")
    assert len(line) > 30
    assert examples(shop) == before


def test_a_file_of_200_megabytes_is_refused_without_being_read(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(200 * 2**20)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("the file was read"))
    line = refused("import", "shop", large, "--task", "route")
    assert "200 MB" in line
    assert "100 MB" in line


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_an_encoding_is_found_out_and_the_text_is_right(
    shop: Path, tmp_path: Path, encoding: str
) -> None:
    text = "text,label\n" + "".join(
        f"Größe {i} gefällt mir überhaupt nicht und geht zurück,refund\n" for i in range(8)
    )
    result = ladder("import", "shop", given(tmp_path, text.encode(encoding)), "--task", "route")
    assert result.exit_code == 0, result.output
    assert sum("Größe" in row["input"] for row in examples(shop)) == 8


def test_nul_bytes_are_reported_by_row(shop: Path, tmp_path: Path) -> None:
    data = b"text,label\nA good new ticket,refund\nA bad\x00 one,refund\n"
    result = ladder("import", "shop", given(tmp_path, data), "--task", "route")
    assert "NUL" in result.stderr
    assert "\x00" not in json.dumps(examples(shop))
    assert len(examples(shop)) >= 40


def test_ids_that_stand_twice_are_reported_and_no_row_takes_anothers_place(
    shop: Path, tmp_path: Path
) -> None:
    data = b"id,text,label\n7,The first with this id,refund\n7,Quite another text,parcel\n"
    result = ladder("import", "shop", given(tmp_path, data), "--task", "route")
    assert "7" in result.stderr
    ids = [row["id"] for row in examples(shop)]
    assert len(ids) == len(set(ids))
    assert "The first with this id" in {row["input"] for row in examples(shop)}


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EROFS, "read-only"), (errno.EACCES, "permissions"),
                         (errno.ENOSPC, "disk is full")]
)  # fmt: skip
def test_a_project_that_cannot_be_written_says_why_and_keeps_what_it_had(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    before = examples(shop)
    more = given(tmp_path, b"text,label\nA good new ticket,refund\n")
    with monkeypatch.context() as patched:
        patched.setattr("ladder.files.os.replace", refuse)
        assert said in refused("import", "shop", more, "--task", "route")
    assert [path.name for path in (shop / "tasks/route").glob(".examples*")] == []
    assert examples(shop) == before


def test_two_commands_at_once_lose_no_row(shop: Path, tmp_path: Path) -> None:
    started = []
    for part in range(4):
        text = "text,label\n" + "".join(
            f"Part {part} has a ticket of its own with number {i * 104729},refund\n"
            for i in range(25)
        )
        path = given(tmp_path, text.encode(), f"part{part}.csv")
        command = [sys.executable, "-m", "ladder.cli", "import", "shop", str(path)]
        started.append(subprocess.Popen([*command, "--task", "route"], cwd=ROOT))
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    assert len(examples(shop)) == 140
    split = open_project("shop").task("route").split()
    placed = [*split.test, *split.validation, *split.train]
    assert len(placed) == 140
    assert len(placed) == len(set(placed))


@pytest.mark.parametrize("reference", ["path:/nowhere/at/all", "gguf:/nowhere.gguf", "hf:no/such"])
def test_a_model_that_is_missing_says_which_can_be_had(home: Path, reference: str) -> None:
    result = ladder("models", "--test", reference)
    assert result.exit_code == 2
    assert "smollm2-135m-instruct" in result.output


def test_a_server_that_does_not_answer_is_said(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = ladder("models", "--test", f"server:m@http://127.0.0.1:{port}/v1")
    assert result.exit_code == 2
    assert str(port) in result.output
    assert "Traceback" not in result.output


def test_an_evaluation_is_carried_out_as_a_job_and_scored(shop: Path) -> None:
    result = ladder("evaluate", "shop", "--method", "majority", "--json")
    assert result.exit_code == 0, result.output
    score = json.loads(result.stdout)
    wanted = {
        "method", "split", "metric", "score", "ci_low", "ci_high", "n", "errors",
        "prompt_tokens", "completion_tokens", "p50_ms", "cost_per_1k",
    }  # fmt: skip
    assert wanted <= set(score)
    assert score["method"] == "majority"
    assert score["split"] == "validation"
    assert 0 <= score["ci_low"] <= score["score"] <= score["ci_high"] <= 1
    listed = json.loads(ladder("jobs", "shop", "--json").stdout)
    assert [job["state"] for job in listed] == ["done"]
    board = json.loads(ladder("scoreboard", "shop", "--json").stdout)
    assert [each["method"] for each in board["scores"]] == ["majority"]
    assert "majority" in ladder("scoreboard", "shop").stdout
    assert ladder("jobs", "--log", listed[0]["id"]).exit_code == 0


def test_a_look_at_the_test_split_is_counted(shop: Path) -> None:
    assert ladder("evaluate", "shop", "--method", "majority", "--split", "test").exit_code == 0
    looks = (shop / "tasks/route/looks.jsonl").read_text(encoding="utf-8")
    assert len(looks.splitlines()) == 1


def test_a_job_whose_model_is_missing_fails_with_the_reason(shop: Path) -> None:
    line = refused("evaluate", "shop", "--method", "zero-shot", "--model", "path:/nowhere/at/all")
    assert "/nowhere/at/all" in line
    assert len(examples(shop)) == 40


def test_ctrl_c_leaves_the_job_running_and_says_how_to_see_it(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.jobs import follow, jobs

    def interrupted(run_id: str, on_progress: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ladder.jobs.follow", interrupted)
        result = ladder("evaluate", "shop", "--method", "majority")
    assert result.exit_code == 130
    assert "goes on in the background" in result.stderr
    assert "ladder jobs --cancel" in result.stderr
    (job,) = jobs()
    assert follow(job.id, lambda job: None).state == "done"
