"""Both heads on the bundled models: a few steps, then an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.evaluation import evaluate
from ladder.jobs import RunContext
from ladder.models.runs import trained_setup
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from training.jobs import run_train
from training.recipe import Recipe, changed, recipe_for


@pytest.mark.real
@pytest.mark.parametrize(
    ("method", "model"),
    [
        ("classifier", "all-minilm-l6-v2"),
        ("classifier", "smollm2-135m-instruct"),
        ("lora", "smollm2-135m-instruct"),
    ],
)
def test_a_bundled_model_is_trained_and_answers(
    method: str,
    model: str,
    route: TaskFolder,
    run_of: Callable[[Recipe], RunContext],
    bundled_models: Path,
) -> None:
    recipe = changed(
        recipe_for(method), [f"model={model}", "max_tokens=700", "rank=4", "batch_size=4"]
    )
    result = run_train(run_of(recipe))
    assert 0 < result["tokens"] <= 700
    assert result["loss_first"] < 12
    assert (result["dtype"] == "bfloat16") == ("3 to 4 times" in result["dtype_reason"])
    score = evaluate(route, trained_setup("run:r1"), build_answerer, limit=4)
    assert (score.n, score.errors, score.model) == (4, 0, "run:r1")
    assert score.method == method


@pytest.mark.real
def test_a_lora_of_the_bundled_model_leaves_as_gguf_and_for_ollama(
    route: TaskFolder,
    run_of: Callable[[Recipe], RunContext],
    bundled_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from training.export import export_run, parity

    monkeypatch.setattr(parity, "ITEMS", 10)  # the time of three models is what it takes
    recipe = changed(recipe_for("lora"), ["max_tokens=700", "rank=4", "batch_size=4"])
    run_train(run_of(recipe))
    made = export_run(route, "r1", "ollama", tmp_path / "out")
    assert all(each.agreeing >= 9 for each in made.parity)
    assert {"Modelfile", "route-r1.gguf", "card.md", "README.md"} <= set(made.files)
