"""After a run: compared, stored, written on its card, shown on its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import InputError
from ladder.evaluation import evaluate, looks
from ladder.files import read_json
from ladder.jobs import RunContext
from ladder.jobs.records import add_event, new_run
from ladder.methods import preset
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from training.after import read_after, run_after
from training.jobs import run_train
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]


@pytest.fixture
def r1(
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: Callable[..., RunContext],
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Return the folder of a run that ended; few small tasks are asked after it."""
    from training.forgetting.skills import items

    chosen = tuple(item for item in items() if item.id.endswith("-01"))
    monkeypatch.setattr("training.forgetting.abilities.some", lambda each: chosen)
    context = run_of(tiny("lora", "learning_rate=0.01", "batch_size=4"))
    (context.folder / "result.json").write_text(json.dumps(run_train(context)))
    return context.folder


def after(folder: TaskFolder, **more: Any) -> dict[str, Any]:
    spec = {"task": "route", "run": "r1", "windows": 1} | more
    place = folder.project.runs_folder
    job = new_run(place / f"a{len(list(place.iterdir()))}", "after", spec)
    return run_after(RunContext(folder.project, spec, job.folder), build_answerer)


def test_a_run_is_compared_with_its_base_and_the_best_and_both_are_stored(
    route: TaskFolder, r1: Path
) -> None:
    evaluate(route, preset("majority", route.task), build_answerer)
    found = after(route)
    compared = found["validation"]
    assert [each["what"] for each in compared["against"]] == ["base", "best"]
    assert compared["against"][1]["a"] == "majority"
    assert compared["words"] == [each["sentence"] for each in compared["against"]]
    assert {each["pairs"] for each in compared["against"]} == {2}
    assert compared["score"]["n"] == compared["against"][0]["n"]
    assert read_after(r1) == {name: found[name] for name in ("validation", "forgetting")}
    assert len(looks(route)) == 0
    assert found["forgetting"]["base"].startswith("path:")
    assert found["forgetting"]["windows"] == 1


def test_the_test_split_is_looked_at_once(
    route: TaskFolder, r1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(route, preset("majority", route.task), build_answerer)
    first = after(route, split="test", windows=0)["test"]
    counted = len(looks(route))
    assert counted == 3  # the run, its base, and the best so far
    assert "on the same 30 test examples" in first["words"][0]
    monkeypatch.setattr("training.after.evaluate", lambda *a, **k: pytest.fail("looked again"))
    assert after(route, split="test", windows=0)["test"] == first
    assert len(looks(route)) == counted


def test_the_card_says_data_scores_forgetting_limits_and_how_it_is_loaded(
    route: TaskFolder, r1: Path
) -> None:
    before = (r1 / "card.md").read_text()
    assert "It is not known yet" in before
    assert "was not measured" in before
    assert "the sha256 of their inputs begins with" in before
    found = after(route)
    card = (r1 / "card.md").read_text()
    for words in (*found["validation"]["words"], *found["forgetting"]["words"]):
        assert f"- {words}" in card
    score = found["validation"]["score"]
    assert f"(accuracy {score['value']:.2f}" in card or f"accuracy {score['value']:.2f} (" in card
    assert "ladder export PROJECT --run r1 --format merged" in card
    assert "    learning_rate: 0.01" in card
    assert "was not measured" not in card


def test_a_classifier_has_no_base_to_be_compared_with_and_forgets_no_writing(
    route: TaskFolder, tiny: MakeRecipe, run_of: Callable[..., RunContext]
) -> None:
    context = run_of(tiny("classifier", "batch_size=4"))
    (context.folder / "result.json").write_text(json.dumps(run_train(context)))
    found = after(route)
    assert found["validation"]["base"] is None
    assert found["validation"]["words"] == [
        "Nothing else is measured on these examples, so nothing says whether it is better."
    ]
    assert "forgetting" not in found
    assert "A classifier does not write" in (context.folder / "card.md").read_text()


def test_a_run_of_another_task_is_refused(route: TaskFolder, r1: Path) -> None:
    from ladder.project import Task

    route.project.add_task(Task("tone", "classification"))
    with pytest.raises(InputError, match="--task route"):
        after(route, task="tone")


def test_a_run_that_cannot_be_judged_keeps_what_stood_before(
    route: TaskFolder, r1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after(route, windows=0)

    def broken(*_: Any) -> Any:
        raise InputError("no")

    monkeypatch.setattr("training.after.measure", broken)
    with pytest.raises(InputError, match="no"):
        after(route)
    assert set(read_json(r1 / "after.json")) == {"validation"}


def test_the_command_refuses_what_a_format_does_not_take(route: TaskFolder, r1: Path) -> None:
    from typer.testing import CliRunner

    from ladder.cli import app

    add_event(r1, "done")
    for arguments, said in (
        (["--format", "openai", "--run", "r1"], "--run a model"),
        (["--format", "gguf"], "name it with --run ID"),
        (["--format", "merged", "--run", "r1", "--input", "x"], "are of prompts"),
        (["--format", "merged", "--run", "nope"], "no run nope"),
    ):
        ran = CliRunner().invoke(app, ["export", "demo", *arguments])
        assert ran.exit_code == 2, ran.output
        assert said in ran.stderr


def test_the_command_exports_a_run(route: TaskFolder, r1: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from ladder.cli import app

    add_event(r1, "done")
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        app, ["export", "demo", "--run", "r1", "--format", "merged", "--out", str(out)]
    )
    assert ran.exit_code == 0, ran.output
    assert "The merged model (float32) agrees with the run on 30 of 30" in ran.stdout
    assert (out / "model.safetensors").is_file()
