"""A search is a training run whose recipe was searched: paired, within its budget, resumable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from ladder.cli import app
from ladder.errors import InputError
from ladder.files import read_json, read_json_lines
from ladder.jobs import RunContext
from ladder.jobs.job_view import _losses
from ladder.jobs.records import new_run
from ladder.models import load_generator
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from tests.training.test_methods import tensors
from training.jobs import run_train
from training.recipe import Recipe
from training.runs import training_runs
from training.search import Asked, asked_for, expected, settings_tried

MakeRecipe = Callable[..., Recipe]
MORE = ["measure_items=12", "measure_every=2", "patience=0"]


@pytest.fixture
def search_of(route: TaskFolder) -> Callable[..., RunContext]:
    """Return a function that makes the folder and context of a search."""

    def make(recipe: Recipe, text: str = "auto", run_id: str = "s1", **more: Any) -> RunContext:
        retry_of = more.pop("retry_of", None)
        asked = expected(route, recipe, asked_for(recipe, text, **more)).asked
        spec: dict[str, Any] = {
            "task": "route", "method": recipe.method, "recipe": recipe.to_dict(),
            "search": asked.to_dict(),
        }  # fmt: skip
        job = new_run(route.project.runs_folder / run_id, "train", spec, retry_of)
        return RunContext(route.project, spec, job.folder)

    return make


def test_a_search_keeps_the_best_setting_as_if_it_had_been_trained_alone(
    route: TaskFolder, tiny: MakeRecipe, search_of: Callable[..., RunContext], run_of: Any
) -> None:
    recipe = tiny("classifier", "epochs=4", *MORE)
    context = search_of(recipe, "learning_rate=0.001,0.02 rank=2,4", minutes=60)
    result = run_train(context, build_answerer)
    run, found = context.folder, result["search"]
    assert (found["tried"], found["failed"], found["untried"], found["order"]) == (4, 0, 0, "grid")
    best = found["best"]
    assert best["value"] == max(each["value"] for each in found["trials"])
    assert result["reference"] == "run:s1"
    assert best["settings"]["learning_rate"] == 0.02

    alone = Recipe.from_dict(recipe.to_dict() | best["settings"])
    run_train(run_of(alone, "alone"), build_answerer)
    left, right = tensors(run), tensors(route.project.runs_folder / "alone")
    assert left.keys() == right.keys()
    assert all((left[name] == right[name]).all() for name in left)

    kept = Recipe.from_dict(yaml_of(run))
    assert {n: getattr(kept, n) for n in best["settings"]} == best["settings"]
    assert not list((run / "trials").glob("*/adapter*"))
    assert "How its settings were chosen" in (run / "card.md").read_text()


def yaml_of(run: Any) -> Any:
    import yaml

    return yaml.safe_load((run / "recipe.yaml").read_text())


def stop_in(context: RunContext, setting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a search to stop while it trains its so-manieth setting, after two steps."""
    say = context.progress

    def progress(done: int, total: int, message: str = "", left: Any = None) -> None:
        if message.startswith(f"setting {setting}:") and ", step 2 of" in message:
            context.stop.set()
        say(done, total, message, left)

    monkeypatch.setattr(context, "progress", progress)


def values(run: Any) -> dict[str, tuple[Any, ...]]:
    return {e.key: (e.value, e.steps, e.kept_step, e.base) for e in settings_tried(run)}


def test_a_search_that_was_stopped_keeps_the_best_so_far_and_goes_on_where_it_was(
    route: TaskFolder,
    tiny: MakeRecipe,
    search_of: Callable[..., RunContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe, text = tiny("classifier", "epochs=3", *MORE), "learning_rate=0.0005,0.01,0.02"
    whole = run_train(search_of(recipe, text, "whole", minutes=60), build_answerer)
    assert whole["search"]["tried"] == 4

    first = search_of(recipe, text, "first", minutes=60)
    stop_in(first, 3, monkeypatch)
    stopped = run_train(first, build_answerer)
    assert stopped["search"]["tried"] == 2
    assert "It was stopped before it was through." in stopped["search"]["effort"]
    assert (first.folder / "adapter" / "labels.json").is_file(), "the best so far can be asked"
    in_training = [f for f in (first.folder / "trials").glob("*") if (f / "checkpoints").exists()]
    assert len(in_training) == 1

    again = run_train(
        search_of(recipe, text, "again", minutes=60, retry_of="first"), build_answerer
    )
    folder = route.project.runs_folder
    assert values(folder / "again") == values(folder / "whole")
    assert again["search"]["tried"] == 4
    on = folder / "again" / "trials" / in_training[0].name
    assert read_json(on / "result.json")["resumed_from"] == 2
    assert len(read_json_lines(folder / "again" / "trials.jsonl")) == 4
    left, right = tensors(folder / "whole"), tensors(folder / "again")
    assert all((left[name] == right[name]).all() for name in left)


def test_a_search_that_was_killed_goes_on_and_trains_again_what_lost_its_weights(
    route: TaskFolder, tiny: MakeRecipe, search_of: Callable[..., RunContext]
) -> None:
    import shutil

    recipe, text = tiny("classifier", "epochs=3", *MORE), "learning_rate=0.001,0.02"
    whole = search_of(recipe, text, "whole", minutes=60)
    run_train(whole, build_answerer)  # its best setting's weights are the run's now
    shutil.rmtree(whole.folder / "adapter")
    again = search_of(recipe, text, "again", minutes=60, retry_of="whole")
    result = run_train(again, build_answerer)
    assert values(again.folder) == values(whole.folder)
    assert result["search"]["tried"] == 2
    assert (again.folder / "adapter" / "labels.json").is_file()


def test_stopped_before_one_setting_is_through_it_keeps_what_that_learned(
    tiny: MakeRecipe, search_of: Callable[..., RunContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = search_of(tiny("lora", "epochs=3", *MORE), "rank=2,8", minutes=60)
    stop_in(context, 1, monkeypatch)
    result = run_train(context, build_answerer)
    assert (result["steps"], result["stopped"]) == (2, True)
    assert "search" not in result
    assert (context.folder / "adapter" / "adapter_config.json").is_file()
    assert load_generator("run:s1", "float32")


def test_all_settings_are_compared_on_the_same_examples_whatever_each_would_choose(
    tiny: MakeRecipe, search_of: Callable[..., RunContext]
) -> None:
    context = search_of(tiny("classifier", "epochs=2"), "batch_size=4,16", minutes=60)
    found = run_train(context, build_answerer)["search"]
    lines = read_json_lines(context.folder / "trials.jsonl")
    assert len(lines) == 3
    assert len({tuple(sorted(line["values"])) for line in lines}) == 1
    assert {each["n"] for each in found["trials"]} == {12}
    assert found["verdict"] is None or found["verdict"]["n"] == 12


def test_a_setting_that_cannot_be_trained_is_listed_with_its_reason(
    tiny: MakeRecipe, search_of: Callable[..., RunContext]
) -> None:
    context = search_of(tiny("last-k", "epochs=1", *MORE), "k=1,2,99", minutes=60)
    result = run_train(context, build_answerer)
    found = result["search"]
    assert (found["tried"], found["failed"]) == (2, 1)
    assert "the model has 2 layers; lower k" in found["trials"][-1]["error"]
    assert "1 could not be trained" in found["effort"]
    assert ", best of 2 settings" in _losses(result)
    told = training_runs()[0].to_json()["trials"]
    assert [each["key"] for each in told] == [each["key"] for each in found["trials"]]


def test_what_the_first_settings_took_decides_whether_another_is_begun(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    from ladder.evaluation.trials import Trial
    from training.search.forecast import Price

    price, recipe = Price(route), tiny("classifier", "epochs=2")
    band = price.seconds(recipe)
    assert price.at_most(recipe, []) == (band.p90, 0.0)

    def took(seconds: float, share: float = 1.0) -> Trial:
        return Trial({}, {}, {"expected": 10.0, "share": share}, seconds)

    assert price.at_most(recipe, [took(5.0)])[0] == pytest.approx(band.p50 * 0.5 * 1.25)
    slow = price.at_most(recipe, [took(5.0), took(5.0, share=0.25)])  # stopped at a quarter
    assert slow[0] == pytest.approx(band.p50 * 2 * 1.25)


def test_nothing_is_begun_that_might_pass_the_budget(
    tiny: MakeRecipe, search_of: Callable[..., RunContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.search.forecast import Price

    context = search_of(tiny("classifier", "epochs=1", *MORE), "rank=2,8,16", minutes=60)
    monkeypatch.setattr(
        Price, "at_most", lambda self, recipe, known: (4000.0 * (recipe.rank > 2), 0.0)
    )
    found = run_train(context, build_answerer)["search"]
    assert sorted(each["settings"]["rank"] for each in found["trials"]) == [2, 4]
    assert found["untried"] == 2
    assert "2 more settings were not begun" in found["stopped"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seed=1,2", "seed cannot be searched: it also draws the validation examples"),
        ("measure_items=10,20", "must be the same for all settings"),
        ("model=a,b", "a search is about one base model"),
        ("rang=1,2", 'There is no setting "rang" in a lora recipe; search over'),
        ("rank", '"rank" names no values to try'),
        ("rank=2,x", "rank is 'x'; give a value of type int"),
        ("rank=2,9999", "rank is 9999; give a number from 1 to 512"),
        ("rank=2 rank=4", "rank is named twice"),
        ("rank=2,2", "rank names a value twice"),
        ("rank=4", "There is no setting to try besides the recipe as it is"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_words(
    text: str, words: str, route: TaskFolder, tiny: MakeRecipe
) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        expected(route, tiny(), asked_for(tiny(), text))


def test_a_budget_that_does_not_hold_the_recipe_itself_is_refused(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    with pytest.raises(InputError, match=r"The recipe as it is may take .* alone, and the budget"):
        expected(route, tiny(), asked_for(tiny(), minutes=0.01))
    with pytest.raises(InputError, match="A budget in money needs the price of an hour"):
        expected(route, tiny(), asked_for(tiny(), money=1.0))
    with pytest.raises(InputError, match="compares nothing"):
        asked_for(tiny(), points=1)
    with pytest.raises(InputError, match="measure_items is 0"):
        expected(route, tiny("lora", "measure_items=0"), asked_for(tiny()))


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("lora", ["learning_rate", "rank"]),
        ("classifier", ["learning_rate", "rank"]),
        ("adapter", ["learning_rate", "bottleneck"]),
        ("prefix-tuning", ["learning_rate", "length"]),
        ("last-k", ["learning_rate", "k"]),
        ("ia3", ["learning_rate"]),
        ("full", ["learning_rate"]),
    ],
)
def test_every_method_has_a_space_of_its_own_with_a_reason(
    method: str, fields: list[str], route: TaskFolder, tiny: MakeRecipe
) -> None:
    plan = expected(route, tiny(method), asked_for(tiny(method), minutes=600))
    assert list(plan.asked.values) == fields
    assert plan.asked.why.keys() == plan.asked.values.keys()
    assert plan.settings == (9 if len(fields) == 2 else 5)
    assert plan.recipe.learning_rate in plan.asked.values["learning_rate"]
    assert (plan.order, plan.items) == ("grid", 12)
    again = Asked.from_dict(json.loads(json.dumps(plan.asked.to_dict())))
    assert again == plan.asked


def test_with_a_small_budget_only_some_fit_and_they_are_not_a_corner_of_the_space(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    asked = asked_for(tiny(), "learning_rate=1e-4,1e-3,1e-2 rank=2,8,16 dropout=0,0.1", minutes=2)
    plan = expected(route, tiny(), asked)
    assert plan.settings == 19
    assert plan.tried.p10 < plan.tried.p50 < 19
    assert plan.order == "tpe"
    assert plan.seconds.p90 == 120
    assert plan.at_most == "at most 2 minutes"
    assert "ten settings at random" in plan.words


def test_the_adapter_of_a_run_is_searched_in_its_own_size(
    route: TaskFolder, tiny: MakeRecipe, run_of: Any
) -> None:
    run_train(run_of(tiny("lora", *MORE), "before"))
    from dataclasses import replace

    recipe = replace(tiny(), model="run:before")
    with pytest.raises(InputError, match="rank cannot be searched: run:before is an adapter"):
        expected(route, recipe, asked_for(recipe, "rank=2,8"))
    assert list(expected(route, recipe, asked_for(recipe)).asked.values) == ["learning_rate"]


def test_the_command_says_settings_estimate_and_reasons_before_it_starts(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    base = ["--set", f"model={tiny().model}", "--set", "epochs=1", "--dry-run"]
    ran = CliRunner().invoke(app, ["train", "demo", *base, "--search", "auto", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)["search"]
    assert told["settings"] == 9
    assert told["seconds"].keys() == {"p10", "p50", "p90"}
    assert told["seconds"]["p90"] <= 1800 == told["budget"]["minutes"] * 60
    assert told["why"]["rank"].startswith("half, as it is, and double")
    ran = CliRunner().invoke(app, ["train", "demo", *base, "--search", "rank=2,4"])
    assert "Search: It trains" in ran.stdout
    ran = CliRunner().invoke(app, ["train", "demo", *base, "--points", "4"])
    assert ran.exit_code == 2
    assert "--points 4 is of a search, and none is asked for" in ran.stderr
