"""Every method on the toy model: it trains, resumes, saves and answers again as it was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ladder.evaluation import evaluate
from ladder.files import read_json_lines
from ladder.jobs import RunContext
from ladder.models import LabelScorer, load_generator
from ladder.models.local import _MODELS
from ladder.models.quiet import quiet
from ladder.models.runs import trained_setup
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from training.jobs import run_train
from training.keep import kept_folder
from training.recipe import METHODS, Recipe

MakeRecipe = Callable[..., Recipe]
MakeRun = Callable[..., RunContext]

SETTINGS: dict[str, list[str]] = {
    "lora": [],
    "lora rslora dora": ["rslora=true", "dora=true"],
    "ia3": [],
    "prefix-tuning": ["length=6"],
    "prefix-tuning zeros": ["length=6", "start=zeros"],
    "prompt-tuning": ["length=6"],
    "prompt-tuning vocabulary": ["length=6", "start=vocabulary"],
    "adapter": ["bottleneck=4"],
    "adapter pfeiffer": ["bottleneck=4", "placement=pfeiffer"],
    "last-k": ["k=1"],
    "full": [],
    "full checkpointed": ["gradient_checkpointing=true"],
}
ASKED = [{"role": "plain", "content": "Text: card p0p\nLabel:"}]
LABELS = ["card", "refund", "account"]


def made(tiny: MakeRecipe, which: str, *more: str) -> Recipe:
    """Return the recipe of a case, with steps large enough to be seen."""
    rate = "learning_rate=0.01" if "tuning" not in which else "learning_rate=0.1"
    return tiny(which.split()[0], rate, "batch_size=4", *SETTINGS[which], *more)


def test_every_method_that_needs_no_gpu_is_tried_here() -> None:
    assert {which.split()[0] for which in SETTINGS} == METHODS.keys() - {"qlora"}


def stop_after(context: RunContext, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    say = context.progress

    def stopping(done: int, total: int, message: str, left: Any = None) -> None:
        if done == steps:
            context.stop.set()
        say(done, total, message, left)

    monkeypatch.setattr(context, "progress", stopping)


def tensors(run: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    folder = kept_folder(run)
    assert folder is not None
    return {
        name: tensor
        for file in sorted(folder.glob("*.safetensors"))
        for name, tensor in load_file(str(file)).items()
    }


def answers(reference: str) -> tuple[Any, ...]:
    generator = load_generator(reference, "float32")
    assert isinstance(generator, LabelScorer)
    done = generator.complete(ASKED, max_new_tokens=8)
    scores = generator.score_labels(ASKED, LABELS)
    return done.token_ids, scores.logprobs


@pytest.mark.parametrize("which", SETTINGS)
def test_a_run_that_was_stopped_ends_in_the_tensors_of_one_that_was_not(
    which: str,
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = made(tiny, which, "epochs=4")
    whole, first = run_of(recipe, "whole"), run_of(recipe, "first")
    result = run_train(whole)
    assert result["method"] == which.split()[0]
    assert 0 < result["trained_share"] <= 1
    losses = [line["loss"] for line in read_json_lines(whole.folder / "metrics.jsonl")]
    assert sum(losses[-5:]) < sum(losses[:5])  # of an epoch; one batch is unlike another
    stop_after(first, 2, monkeypatch)
    assert run_train(first)["stopped"]
    again = run_of(recipe, "again", retry_of="first")
    assert run_train(again)["resumed_from"] == 2
    left, right = tensors(whole.folder), tensors(again.folder)
    assert left.keys() == right.keys()
    assert all((left[name] == right[name]).all() for name in left)


@pytest.mark.parametrize("which", SETTINGS)
def test_a_run_answers_after_loading_as_it_was_trained_and_leaves_the_base_alone(
    which: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    recipe = made(tiny, which)
    before = answers(recipe.model)
    run_train(run_of(recipe))
    first = answers("run:r1")
    assert first != before
    assert answers(recipe.model) == before
    assert first[0] == written("r1", route, recipe)
    for label, logprob in first[1].items():
        assert logprob == pytest.approx(scored("r1", route, label), abs=1e-4), label
    from ladder.models import generation

    generation._LOADED.clear()
    assert not _MODELS
    assert answers("run:r1") == first


def as_trained(run_id: str, folder: TaskFolder) -> tuple[Any, Any]:
    """Return a run's model as PEFT itself, or transformers, loads it; and its tokenizer."""
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from ladder.models.bottleneck import register

    register()
    run = folder.project.runs_folder / run_id
    below = yaml.safe_load((run / "setup.yaml").read_text())["model"].removeprefix("path:")
    kept = kept_folder(run)
    assert kept is not None
    with quiet():
        make: Any = AutoModelForCausalLM
        model = make.from_pretrained(kept if kept.name == "model" else below)
        if kept.name == "adapter":
            model = PeftModel.from_pretrained(model, str(kept))
        elif kept.name == "changed":
            model.load_state_dict(load_file(str(kept / "model.safetensors")), strict=False)
        return model.eval(), AutoTokenizer.from_pretrained(below)


def logits_after(model: Any, ids: list[int]) -> Any:
    """Return the logits of every token of a text, read in one pass and without any cache."""
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).logits
    return logits[0, -len(ids) :].float()


def written(run_id: str, folder: TaskFolder, recipe: Recipe) -> tuple[int, ...]:
    model, tokenizer = as_trained(run_id, folder)
    ids = tokenizer(ASKED[0]["content"])["input_ids"]
    found: list[int] = []
    ends = {tokenizer.eos_token_id, *tokenizer.convert_tokens_to_ids(["<|endoftext|>"])}
    while len(found) < 8:
        token = int(logits_after(model, [*ids, *found])[-1].argmax())
        if token in ends:
            break
        found.append(token)
    return tuple(found)


def scored(run_id: str, folder: TaskFolder, label: str) -> float:
    model, tokenizer = as_trained(run_id, folder)
    ids = tokenizer(ASKED[0]["content"])["input_ids"]
    words = tokenizer(f" {label}")["input_ids"]
    logs = logits_after(model, [*ids, *words]).log_softmax(-1)
    ends = tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    total = sum(float(logs[len(ids) - 1 + i, word]) for i, word in enumerate(words))
    return total + float(logs[-1, ends].logsumexp(-1))


@pytest.mark.parametrize("which", ["prefix-tuning", "prompt-tuning", "adapter", "ia3"])
def test_a_prefix_that_is_kept_changes_no_answer(
    which: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    run_train(run_of(made(tiny, which)))
    generator = load_generator("run:r1", "float32")
    assert isinstance(generator, LabelScorer)
    alone = generator.complete(ASKED, max_new_tokens=8)
    scores = generator.score_labels(ASKED, LABELS).logprobs
    for _ in range(2):
        kept = generator.complete(ASKED, max_new_tokens=8, shared_prefix=6)
        assert kept.token_ids == alone.token_ids
        assert generator.score_labels(ASKED, LABELS, shared_prefix=6).logprobs == pytest.approx(
            scores, abs=1e-4
        )
    assert kept.cached_tokens == 6


def test_runs_of_several_methods_on_one_base_answer_in_turn(
    route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    cases = ("lora", "prefix-tuning", "ia3", "prompt-tuning", "adapter")
    for which in cases:
        run_train(run_of(made(tiny, which), which))
    alone = {which: answers(f"run:{which}") for which in cases}
    assert len(set(map(str, alone.values()))) == len(cases)
    for which in (*reversed(cases), *cases):
        assert answers(f"run:{which}") == alone[which]


@pytest.mark.parametrize("which", ["ia3", "adapter", "last-k", "full"])
def test_every_method_with_a_head_for_labels_learns_the_words(
    which: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    more = ["epochs=12", "head=classify", "learning_rate=0.02"]
    result = run_train(run_of(made(tiny, which, *more)))
    assert result["method"] == "classifier"
    assert result["loss_last"] < result["loss_first"]
    score = evaluate(route, trained_setup("run:r1"), build_answerer)
    assert (score.method, score.errors) == ("classifier", 0)
    assert score.value >= 0.5


@pytest.mark.parametrize("which", ["ia3", "prefix-tuning", "last-k", "full"])
def test_a_score_names_the_method_that_trained(
    which: str, route: TaskFolder, tiny: MakeRecipe, run_of: MakeRun
) -> None:
    run_train(run_of(made(tiny, which)))
    score = evaluate(route, trained_setup("run:r1"), build_answerer)
    assert (score.method, score.scheme, score.errors) == (which, "held-out", 0)


@pytest.mark.parametrize("which", ["lora", "ia3", "prefix-tuning", "prompt-tuning", "adapter"])
def test_frozen_matrices_held_in_bfloat16_train_as_those_that_are_rounded_at_every_step(
    which: str,
    route: TaskFolder,
    tiny: MakeRecipe,
    run_of: MakeRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = made(tiny, which, "dtype=bfloat16")
    run_train(run_of(recipe, "held"))
    monkeypatch.setattr("training.loop.hold_frozen", lambda model, plan: None)
    run_train(run_of(recipe, "rounded"))
    found = [
        [
            line["loss"]
            for line in read_json_lines(route.project.runs_folder / run / "metrics.jsonl")
        ]
        for run in ("held", "rounded")
    ]
    assert found[0] == found[1]
    left, right = (tensors(route.project.runs_folder / run) for run in ("held", "rounded"))
    assert all((left[name] == right[name]).all() for name in left)
