"""The `ladder` command: answers, exit codes, and what a mistake costs (nothing)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ladder.cli import app
from ladder.doctor import Check
from ladder.errors import LadderError
from ladder.given import setup_here

TICKETS = [("Where is my parcel?", "delivery"), ("I want my money back", "refund")]


def ladder(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: str | Path) -> str:
    """Run a command that must be refused by one line on stderr; return the line."""
    result = ladder(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr.strip()


def answered(*arguments: str | Path) -> Any:
    """Run a command with --json that must end well; return the answer."""
    result = ladder(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def rows(count: int) -> str:
    """Return a CSV of different tickets in two classes."""
    return "text,label\n" + "".join(
        f"{TICKETS[i % 2][0]} Order number {i * 7919},{TICKETS[i % 2][1]}\n" for i in range(count)
    )


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """Return the folder of a project with forty labelled tickets."""
    assert ladder("init", "shop").exit_code == 0
    (tmp_path / "tickets.csv").write_text(rows(40), encoding="utf-8")
    imported = ladder("import", "shop", tmp_path / "tickets.csv")
    assert imported.exit_code == 0, imported.output
    return home / "shop"


def files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, locks aside."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_init_makes_a_project_and_says_what_comes_next(home: Path) -> None:
    result = ladder("init", "shop")
    assert result.exit_code == 0
    assert str(home / "shop") in result.stdout
    assert "ladder import shop" in result.stdout


def test_init_copies_the_example(home: Path) -> None:
    assert answered("init", "mine", "--example", "helpdesk")["tasks"] == ["answer", "route"]


def test_init_refuses_a_name_that_is_taken(shop: Path) -> None:
    before = files(shop)
    assert 'already a project "shop"' in refused("init", "shop")
    assert files(shop) == before


@pytest.mark.parametrize("name", ["../out", "A", "a b", ""])
def test_init_refuses_what_cannot_name_a_folder(home: Path, name: str) -> None:
    assert "cannot name a project" in refused("init", name)


def test_a_project_that_is_not_there_is_refused_with_those_that_are(shop: Path) -> None:
    assert "there is shop" in refused("scoreboard", "shpo")


def test_import_reports_what_it_added(shop: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text('{"text": "The box was empty", "label": "refund"}\n', encoding="utf-8")
    assert answered("import", "shop", more)["added"] == 1
    assert answered("import", "shop", more)["added"] == 0


def test_import_says_that_no_column_holds_the_answers(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("text,remark\n" + "".join(f"card {i},note {i}\n" for i in range(9)))
    result = ladder("import", "shop", file, "--task", "other")
    assert "name it with --output COLUMN" in result.stderr
    named = ladder("import", "shop", file, "--task", "third", "--output", "remark")
    assert "--output" not in named.stderr


def test_import_says_which_rows_of_a_corrected_file_were_left_out(
    shop: Path, tmp_path: Path
) -> None:
    table = tmp_path / "ids.csv"
    table.write_text("id,text,label\n7,A new one,refund\n", encoding="utf-8")
    assert ladder("import", "shop", table).exit_code == 0
    table.write_text("id,text,label\n7,A new one,delivery\n", encoding="utf-8")
    result = ladder("import", "shop", table)
    assert result.exit_code == 0
    assert 'row 2, id: "7" has the answer "refund" in the project' in result.stderr
    assert "correct it on the page Start" in result.stderr
    assert result.stdout.startswith("Added 0 rows to the task")
    assert "1 remark about rows" in result.stdout


def test_near_duplicates_of_the_test_are_in_the_scoreboard_s_answer(
    shop: Path, tmp_path: Path
) -> None:
    assert answered("scoreboard", "shop")["near_duplicates"] == []
    for part, text in (("train", "A brand new parcel came late today"),
                       ("test", "a brand new parcel came late TODAY!")):  # fmt: skip
        table = tmp_path / f"{part}.csv"
        table.write_text(f"id,text,label\n{part}-1,{text},delivery\n", encoding="utf-8")
        done = ladder("import", "shop", table, "--split", part, "--task", "brought",
                      "--kind", "classification")  # fmt: skip
        assert done.exit_code == 0, done.output
    (pair,) = answered("scoreboard", "shop", "--task", "brought")["near_duplicates"]
    assert (pair["test"], pair["other"]) == ("test-1", "train-1")
    assert pair["part"] in ("train", "validation")


def test_import_takes_the_columns_that_it_is_told(shop: Path, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,label,team,note\nHello there,a,b,c\n", encoding="utf-8")
    report = answered("import", "shop", table, "--task", "other", "--input", "note",
                      "--output", "team", "--kind", "classification")  # fmt: skip
    assert report["task"] == "other"
    stored = (shop / "tasks/other/examples.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["output"] for line in stored.splitlines()] == ["b"]


def test_an_unknown_column_is_refused_and_nothing_is_written(shop: Path, tmp_path: Path) -> None:
    before = files(shop)
    assert "nope" in refused("import", "shop", tmp_path / "tickets.csv", "--input", "nope")
    assert files(shop) == before


def test_a_path_is_read_where_it_lies(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "There is no file tickets.csv" in refused("import", "shop", "tickets.csv")
    assert ladder("import", "shop", "../tickets.csv").exit_code == 0
    assert answered("scoreboard", shop)["scores"] == []


def test_a_folder_given_as_a_file_is_refused(shop: Path) -> None:
    assert "is a folder" in refused("import", "shop", shop)


def test_an_empty_project_is_refused_with_what_to_do(home: Path) -> None:
    ladder("init", "empty")
    for command in (["scoreboard"], ["advise"], ["measure"], ["evaluate", "--method", "majority"]):
        assert "import a file" in refused(command[0], "empty", *command[1:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "either --method METHOD or --setup FILE"),
        (["--method", "magic"], "choose one of majority"),
        (["--method", "few-shot", "--model", "gpt"], "hf:ORG/NAME"),
        (["--setup", "nowhere.yaml"], "There is no file nowhere.yaml"),
    ],
)
def test_evaluate_refuses_before_it_starts_a_job(
    shop: Path, arguments: list[str], said: str
) -> None:
    assert said in refused("evaluate", "shop", *arguments)
    assert answered("jobs") == []


def test_a_setup_with_an_unknown_key_is_refused_with_the_known_ones(
    shop: Path, tmp_path: Path
) -> None:
    (tmp_path / "setup.yaml").write_text("answerer: generate\nmodle: x\n", encoding="utf-8")
    line = refused("evaluate", "shop", "--setup", tmp_path / "setup.yaml")
    assert "modle" in line
    assert "model" in line


def test_a_model_that_would_not_be_asked_is_refused(shop: Path, tmp_path: Path) -> None:
    line = refused("evaluate", "shop", "--method", "majority", "--model", "smollm2-135m-instruct")
    assert "majority asks no language model" in line
    (tmp_path / "setup.yaml").write_text("answerer: knn\nembedder: all-minilm-l6-v2\n")
    line = refused(
        "evaluate", "shop", "--setup", tmp_path / "setup.yaml", "--model", "smollm2-135m-instruct"
    )
    assert "asks no language model" in line
    assert answered("jobs") == []


def test_a_setup_for_another_task_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "setup.yaml").write_text("answerer: majority\ntask: answer\n")
    line = refused("evaluate", "shop", "--setup", tmp_path / "setup.yaml")
    assert 'is for the task "answer"' in line
    assert answered("jobs") == []


def test_a_setup_finds_its_model_from_the_folder_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "setup.yaml"
    file.write_text("answerer: generate\nmodel: path:./m\nembedder: path:e\n", encoding="utf-8")
    found = setup_here(file, "route")
    assert (found.model, found.embedder) == (f"path:{tmp_path}/m", f"path:{tmp_path}/e")
    assert found.task == "route"


@pytest.mark.parametrize("option", ["--split=train", "--limit=0", "--seed=x"])
def test_a_value_that_an_option_does_not_take_is_refused(shop: Path, option: str) -> None:
    line = refused("evaluate", "shop", "--method", "majority", option)
    assert option.split("=")[0] in line
    assert line.endswith("evaluate --help")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "shop", "--method", "dpo"], "'dpo' is not one of 'lora', 'qlora', "),
        (["evaluate", "shop", "--nonsense"], "No such option: --nonsense"),
        (["evaluate"], "Missing argument 'PROJECT'."),
        (["nonsense"], "No such command 'nonsense'."),
        (["estimate", "nonsense"], "No such command 'nonsense'."),
        (["--nonsense"], "No such option: --nonsense"),
    ],
)
def test_a_command_that_cannot_be_read_is_refused_in_one_line(
    home: Path, arguments: list[str], said: str
) -> None:
    line = refused(*arguments)
    assert said in line
    assert "Value error" not in line
    assert line.endswith("--help")


@pytest.mark.parametrize("group", [[], ["estimate"]])
def test_a_group_of_commands_without_one_shows_its_help(home: Path, group: list[str]) -> None:
    result = ladder(*group)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage:")
    assert "Commands:" in result.stderr


def test_what_ends_well_has_exit_code_0_and_an_early_end_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ladder("evaluate", "--help").exit_code == 0
    assert ladder("--version").exit_code == 0
    assert ladder("jobs").exit_code == 0
    monkeypatch.setattr("ladder.doctor.checks", lambda: [Check("disk", "broken", "It is full.")])
    assert ladder("doctor").exit_code == 2


def test_advise_answers_from_a_file_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("baseline: null\nlabelled: 60\n", encoding="utf-8")
    advice = answered("advise", "--answers", tmp_path / "answers.yaml")
    assert advice["recommended"] == "measure-first"
    plain = ladder("advise", "--answers", tmp_path / "answers.yaml")
    assert plain.stdout.startswith("Measure a prompt")


def test_advise_measures_what_the_project_tells(shop: Path) -> None:
    advice = answered("advise", "shop")
    assert advice["path"]
    assert advice["ranked"]


def test_advise_needs_something_to_advise_on(home: Path) -> None:
    assert "name a PROJECT" in refused("advise")


def test_no_jobs_is_an_answer(home: Path) -> None:
    assert ladder("jobs").stdout == "No jobs yet.\n"


@pytest.mark.parametrize("option", ["--cancel", "--log", "--retry"])
def test_a_job_that_is_not_there_is_refused(home: Path, option: str) -> None:
    assert "nothing-like-it" in refused("jobs", option, "nothing-like-it")


def test_models_lists_what_can_answer_here(home: Path) -> None:
    listed = {card["reference"] for card in answered("models")}
    assert {"smollm2-135m-instruct", "all-minilm-l6-v2"} <= listed
    assert "smollm2-135m-instruct" in ladder("models").stdout


def test_a_server_is_remembered_by_the_name_of_its_key_alone(home: Path) -> None:
    said = ladder("models", "--add-server", "m@http://127.0.0.1:9/v1", "--key-variable", "MY_KEY")
    assert said.exit_code == 0, said.output
    assert "server:m@http://127.0.0.1:9/v1" in {card["reference"] for card in answered("models")}
    assert json.loads((home / "servers.json").read_text())["servers"][0]["key_variable"] == "MY_KEY"


def test_an_unforeseen_error_is_one_line_and_exit_code_1(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[Any]:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("ladder.models.available", fail)
    result = ladder("models")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "ZeroDivisionError: by nought" in result.stderr
    assert "--debug" in result.stderr


@pytest.mark.parametrize("place", [0, 2])
def test_debug_shows_the_traceback_wherever_it_stands(home: Path, place: int) -> None:
    arguments = ["scoreboard", "nowhere"]
    arguments.insert(place, "--debug")
    result = ladder(*arguments)
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert "ProjectError" in result.stderr


def test_every_error_of_ours_is_a_ladder_error() -> None:
    from ladder import errors

    ours = [getattr(errors, name) for name in errors.__all__]
    assert all(issubclass(error, LadderError) for error in ours)


def test_the_board_counts_looks_and_an_advice_has_its_price(home: Path) -> None:
    from typer.testing import CliRunner

    from ladder.cli import app
    from ladder.project import create_example

    create_example("helpdesk")
    asked = ["helpdesk", "--task", "route"]
    board = CliRunner().invoke(app, ["scoreboard", *asked, "--json"])
    assert '"looks": 0' in board.stdout
    told = CliRunner().invoke(app, ["advise", *asked]).stdout
    assert "First price of " in told
    assert " a month" in told


def test_the_version_is_told(home: Path) -> None:
    from ladder import __version__

    result = ladder("--version")
    assert (result.exit_code, result.stdout) == (0, f"ladder {__version__}\n")


def test_an_empty_project_begins_with_examples_or_with_documents(home: Path) -> None:
    said = ladder("init", "own").stdout
    assert "Next: ladder import own FILE" in said
    assert "or: ladder index own --documents FOLDER" in said


def test_an_example_begins_with_the_task_of_labels(home: Path) -> None:
    said = ladder("init", "tour", "--example", "helpdesk").stdout
    assert said.endswith("Next: ladder measure tour --task route\n")


def test_measure_asks_the_model_that_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def submit(project: Any, kind: str, spec: dict[str, Any]) -> str:
        asked.append(spec)
        raise LadderError("enough")

    monkeypatch.setattr("ladder.jobs.submit", submit)
    refused("measure", "shop", "--model", "server:qwen3@http://127.0.0.1:9/v1")
    assert asked[0]["model"] == "server:qwen3@http://127.0.0.1:9/v1"
    assert "writes no answers" in refused("measure", "shop", "--model", "all-minilm-l6-v2")
    assert "names no model" in refused("measure", "shop", "--model", "nosuch")
    assert len(asked) == 1


def test_the_jobs_say_what_they_found_and_every_column_has_a_title(home: Path) -> None:
    from ladder.files import write_json
    from ladder.jobs import records, store
    from ladder.project import create_project

    run = create_project("shop").path / "runs" / "r1"
    records.new_run(run, "index", {})
    records.add_event(run, "started")
    write_json(run / "result.json", {"documents": 20, "chunks": 214, "unreadable": []})
    store.put(records.add_event(run, "done"))
    titles, line = ladder("jobs").stdout.splitlines()
    assert titles.endswith("what came of it")
    assert line.endswith("20 documents, 214 passages")
    assert answered("jobs")[0]["found"] == "20 documents, 214 passages"


def test_a_server_is_removed_and_an_unknown_one_refused(home: Path) -> None:
    assert ladder("models", "--add-server", "qwen3@http://127.0.0.1:9/v1").exit_code == 0
    assert "not tested" in ladder("models").stdout
    assert "was not added" in refused("models", "--remove-server", "other@http://127.0.0.1:9/v1")
    assert ladder("models", "--remove-server", "qwen3@http://127.0.0.1:9/v1").exit_code == 0
    assert "qwen3" not in ladder("models").stdout


@pytest.mark.parametrize("text", ["{", "[]", '{"servers": [{"name": "x"}]}', '{"servers": 3}'])
def test_a_damaged_list_of_servers_is_a_sentence(home: Path, text: str) -> None:
    (home / "servers.json").write_text(text)
    assert "servers.json cannot be read" in refused("models")


def test_a_yaml_file_whose_keys_are_no_names_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "setup.yaml").write_text("1: 2\nanswerer: generate\nfoo: 3\n")
    assert "has the key 1, which is no name" in refused(
        "evaluate", "shop", "--setup", tmp_path / "setup.yaml"
    )


def test_no_command_is_registered_twice() -> None:
    names = [
        each.name or each.callback.__name__ for each in app.registered_commands if each.callback
    ]
    assert len(names) > 20
    assert len(names) == len(set(names))
