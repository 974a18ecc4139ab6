"""What the microscope shows is what the trainer does; a wrong mask refuses the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from ladder.cli import app
from ladder.errors import InputError
from ladder.jobs import RunContext, jobs
from ladder.models.fakes import use_fakes
from ladder.project import TaskFolder
from training import mask
from training.checks import check_rows
from training.data import Row
from training.jobs import start
from training.mask import IGNORED
from training.microscope import Piece, microscope, pieces_of, statistics
from training.prepare import Prepared, prepare
from training.recipe import Recipe

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]


def text(pieces: list[Piece], trained: bool) -> str:
    return "".join(piece.text for piece in pieces if piece.trained is trained)


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_the_answer_is_trained_and_nothing_else(
    route: TaskFolder, tiny: MakeRecipe, format: str
) -> None:
    recipe = tiny("lora", f"format={format}")
    example = next(e for e in route.examples() if e.id == route.split().train[0])
    pieces = microscope(route, recipe, example.id)
    assert text(pieces, True).strip().removesuffix("<|im_end|>").strip() == example.output
    assert example.input in text(pieces, False)
    assert "<|im_end|>" in text(pieces, True)
    plan = prepare(route, recipe)
    row = next(row for row in plan.data.rows if row.id == example.id)
    assert [piece.token for piece in pieces] == [*row.prompt, *row.completion]


def test_of_a_classifier_the_label_is_trained_and_no_word(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    plan = prepare(route, tiny("classifier"))
    row = plan.data.rows[0]
    *read, label = pieces_of(plan, row.id)
    assert label == Piece(plan.data.labels[row.label], row.label, True)
    assert [piece.token for piece in read] == list(row.prompt)
    assert not any(piece.trained for piece in read)
    counted = statistics(plan)
    assert counted.trained_tokens == len(plan.data.rows)
    assert "one label a row is trained" in counted.words


def test_a_character_of_several_tokens_is_shown_whole(route: TaskFolder, tiny: MakeRecipe) -> None:
    first = route.split().train[0]
    with route.editing() as rows:
        place = next(i for i, row in enumerate(rows) if row.id == first)
        rows[place] = replace(rows[place], input="Gr\u00fc\u00dfe \u4f60 \U0001f600")
    shown = "".join(piece.text for piece in microscope(route, tiny(), first))
    assert "Text: Gr\u00fc\u00dfe \u4f60 \U0001f600\nIntent:" in shown


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_the_batch_that_the_trainer_makes_has_the_mask_that_is_shown(
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    from training.generate import train_generator

    plan = prepare(route, tiny("lora", f"format={format}"))
    batches: list[Any] = []

    def look(trainer: Any, *_: Any) -> Any:
        batches.extend(trainer.get_train_dataloader())

    monkeypatch.setattr("training.generate.carry_out", look)
    train_generator(plan, run_of(plan.recipe))
    made = [
        (ids[: int(alive.sum())].tolist(), labels[: int(alive.sum())].tolist())
        for batch in batches
        for ids, labels, alive in zip(
            batch["input_ids"], batch["labels"], batch["attention_mask"], strict=True
        )
    ]
    assert len(made) == len(plan.schedule.order)
    for index, (ids, labels) in zip(plan.schedule.order, made, strict=True):
        pieces = pieces_of(plan, plan.data.rows[index].id)
        assert ids == [piece.token for piece in pieces]
        assert [label != IGNORED for label in labels] == [piece.trained for piece in pieces]


def test_the_statistics_count_every_row_once(route: TaskFolder, tiny: MakeRecipe) -> None:
    plan = prepare(route, tiny("lora", "epochs=3"))
    counted = statistics(plan)
    sizes = sorted(len(row) for row in plan.data.rows)
    assert counted.total_tokens == sum(sizes)
    assert counted.trained_tokens == sum(len(row.completion) for row in plan.data.rows)
    assert (counted.p50, counted.longest) == (sizes[(len(sizes) + 1) // 2 - 1], sizes[-1])
    assert counted.p50 <= counted.p90 <= counted.longest
    processed = plan.schedule.total
    assert counted.padding == pytest.approx(1 - 3 * sum(sizes) / processed)


def nothing(row: Row) -> list[int]:
    return [IGNORED] * len(row)


def everything(row: Row) -> list[int]:
    return [*row.prompt, *row.completion]


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (nothing, r"^In \d+ of \d+ rows no token would be trained \(rows"),
        (everything, r"^In \d+ rows the prompt itself would be trained .*from token 1, \"Route it"),
    ],
)
def test_a_planted_mask_refuses_the_run(
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
    planted: Callable[[Row], list[int]],
    said: str,
) -> None:
    from training.jobs import run_train

    monkeypatch.setattr(mask, "labels_of", planted)
    with pytest.raises(InputError, match=said):
        start(route, tiny())
    assert jobs() == []
    with pytest.raises(InputError, match=said):
        run_train(run_of(tiny()))


def moved(plan: Prepared) -> Prepared:
    """Return the plan with the whole prompt of each row taken for its answer."""
    rows = tuple(Row(r.id, (), (*r.prompt, *r.completion)) for r in plan.data.rows)
    return replace(plan, data=replace(plan.data, rows=rows))


def test_the_users_words_in_the_answer_refuse_whatever_made_the_row(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    plan = prepare(route, tiny("lora", "format=chat"))
    with pytest.raises(InputError, match=r"user's turn would be trained \(rows .* is among"):
        check_rows(route, moved(plan)).refuse()


def test_a_classifier_without_a_label_is_refused(route: TaskFolder, tiny: MakeRecipe) -> None:
    plan = prepare(route, tiny("classifier"))
    rows = (replace(plan.data.rows[0], label=-1), *plan.data.rows[1:])
    broken = replace(plan, data=replace(plan.data, rows=rows))
    with pytest.raises(InputError, match=r"^In 1 of \d+ rows no token would be trained \(row "):
        check_rows(route, broken).refuse()


def test_an_example_that_is_no_row_is_refused_with_the_reason(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    with pytest.raises(InputError, match=r"not among the \d+ rows of this run: it does not train"):
        microscope(route, tiny(), route.split().test[0])


def settings(recipe: Recipe) -> list[str]:
    return ["--set", f"model={recipe.model}", "--set", "epochs=1", "--set", "rank=4"]


def test_a_dry_run_prints_the_mask_the_checks_and_the_memory(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    recipe = tiny()
    arguments = ["train", "demo", "--dry-run", "--json", "--preset", "good", *settings(recipe)]
    with use_fakes():
        ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    counted = statistics(prepare(route, recipe))
    assert said["mask"] == {
        "trained_tokens": counted.trained_tokens, "total_tokens": counted.total_tokens,
    }  # fmt: skip
    assert set(said["estimate"]["seconds"]) == {"p10", "p50", "p90"}
    peak = said["estimate"]["peak_gib"]
    assert peak["p50"] == pytest.approx(said["estimate"]["memory_gb"]["p50"] * 1e9 / 2**30)
    assert said["reasons"]["learning_rate"].startswith("five times")
    assert said["checks"] == []
    assert {"p50", "p90", "longest", "padding", "left_out"} <= set(said["statistics"])


def test_a_dry_run_carries_what_refuses_it_and_ends_with_2(
    route: TaskFolder, tiny: MakeRecipe
) -> None:
    route.save_examples([replace(row, output="card") for row in route.examples()])
    arguments = ["train", "demo", "--dry-run", "--json", *settings(tiny())]
    with use_fakes():
        ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 2
    (found,) = json.loads(ran.stdout)["checks"]
    assert (found["code"], found["severity"]) == ("one-label", "error")
    assert found["count"] == len(found["rows"]) == len(found["ids"])
    assert 'have the label "card"' in ran.stderr


def test_the_command_prints_what_is_found_and_starts_all_the_same(
    route: TaskFolder, tiny: MakeRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.submit", lambda *_: "r1")
    first = route.split().train[0]
    with route.editing() as rows:
        place = next(i for i, row in enumerate(rows) if row.id == first)
        rows[place] = replace(rows[place], input="<br> where is my card")
    with use_fakes():
        ran = CliRunner().invoke(app, ["train", "demo", "--detach", *settings(tiny())])
    assert ran.exit_code == 0, ran.output
    assert f"warning: HTML is left in 1 of 18 training examples (row {place + 1})" in ran.stderr
