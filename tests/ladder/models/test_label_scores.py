"""Labels scored together, as a tree behind the prompt, have the scores of one pass a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.answering import PromptSettings, Query, Setup
from ladder.errors import ModelError
from ladder.models import label_scores as module
from ladder.models import load_generator, scores_labels
from ladder.models.fakes import tiny_adapter, tiny_llama
from ladder.models.label_scores import scores_of, together
from ladder.models.label_tree import LabelTree
from ladder.models.local import LocalGenerator
from ladder.project.task import Example, Task
from ladder.prompt import render, stop_texts

PROMPT = list(range(10, 50))
ENDS = [0, 2, 13]
TASK = Task("route", "classification", "Route it.")
SHOTS = [Example("1", "my card is lost", "card"), Example("2", "give it back", "refund")]
LABELS = ["card", "card lost", "refund", "other reason", "Other"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_llama(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder).eval()


def one_by_one(model: Any, prompt: Sequence[int], label: Sequence[int]) -> float:
    """Return a label's score by a pass of its own."""
    import torch

    with torch.inference_mode():
        log_p = model(torch.tensor([[*prompt, *label]])).logits[0].log_softmax(-1)
    first = len(prompt) - 1
    written = sum(float(log_p[first + i, token]) for i, token in enumerate(label))
    return written + float(log_p[first + len(label), ENDS].logsumexp(-1))


def empty_cache(model: Any) -> Any:
    from transformers import DynamicCache

    return DynamicCache(config=model.config)


def all_scores(
    model: Any, ids: Sequence[int], past: Any, tree: LabelTree, ends: Any
) -> list[float]:
    (found,), whole = scores_of(model, [ids], past, tree, ends, None)
    assert whole
    return [found[place] for place in range(len(tree.leaves))]


labels_of_tokens = st.lists(
    st.lists(st.integers(5, 12), min_size=1, max_size=5).map(tuple),
    min_size=1, max_size=30, unique=True,
)  # fmt: skip


@settings(max_examples=25)
@given(labels_of_tokens)
def test_all_labels_in_one_pass_have_the_scores_of_a_pass_each(
    model: Any, labels: list[tuple[int, ...]]
) -> None:
    found = all_scores(model, PROMPT, empty_cache(model), LabelTree(labels), ENDS)
    assert found == pytest.approx([one_by_one(model, PROMPT, each) for each in labels], abs=1e-4)


@settings(max_examples=40)
@given(labels_of_tokens, st.integers(0, 4), st.floats(0, 20))
def test_the_best_of_many_labels_is_the_best_of_all_whatever_was_thought_likely(
    model: Any, labels: list[tuple[int, ...]], likely: int, margin: float
) -> None:
    tree = LabelTree(labels)
    everything = all_scores(model, PROMPT, empty_cache(model), tree, ENDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MARGIN", margin)
        patch.setattr(module, "MOST_LABELS", 0)
        first = [range(min(likely, len(labels)))]
        (met,), whole = scores_of(model, [PROMPT], empty_cache(model), tree, ENDS, first)
        assert not whole
    assert max(met, key=met.__getitem__) == max(range(len(labels)), key=everything.__getitem__)
    assert met == pytest.approx({place: everything[place] for place in met}, abs=1e-4)


def test_a_large_tree_is_read_in_several_passes_behind_a_kept_beginning(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(module, "MOST_NODES", 5)
    labels = [[7], [7, 8], [7, 8, 9, 10, 11, 12], [8, 8, 8], [9, 7, 5]]
    past = empty_cache(model)
    with torch.inference_mode():
        model(torch.tensor([PROMPT[:25]]), past_key_values=past)
    found = all_scores(model, PROMPT[25:], past, LabelTree(labels), ENDS)
    assert found == pytest.approx([one_by_one(model, PROMPT, each) for each in labels], abs=1e-4)


@settings(max_examples=25)
@given(
    labels_of_tokens,
    st.lists(st.lists(st.integers(5, 60), min_size=1, max_size=9), min_size=1, max_size=4),
    st.integers(4, 256),
    st.booleans(),
)
def test_prompts_read_together_have_the_scores_that_each_has_alone(
    model: Any, labels: list[tuple[int, ...]], rests: list[list[int]], nodes: int, best: bool
) -> None:
    import torch

    tree, past = LabelTree(labels), empty_cache(model)
    with torch.inference_mode():
        model(torch.tensor([PROMPT]), past_key_values=past)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_NODES", nodes)
        patch.setattr(module, "MOST_LABELS", 0 if best else 99)
        likely = [range(place % len(labels)) for place in range(len(rests))]
        found, whole = scores_of(model, rests, past, tree, ENDS, likely)
    assert whole is not best
    for rest, scores in zip(rests, found, strict=True):
        alone = [one_by_one(model, [*PROMPT, *rest], label) for label in labels]
        assert scores == pytest.approx({place: alone[place] for place in scores}, abs=1e-4)
        assert alone[max(scores, key=scores.__getitem__)] == pytest.approx(max(alone), abs=1e-4)


def test_prompts_that_begin_alike_are_read_together_as_long_as_they_are_short() -> None:
    begin = list(range(100))
    assert together([[*begin, i] for i in range(20)], 100) == [8, 8, 4]
    assert together([[*begin, *range(100)]] * 5, 100) == [2, 2, 1]
    assert together([[*begin, *range(300)]] * 3, 100) == [1, 1, 1]
    assert together([[*begin, 1], [9, *begin], [*begin, 1], [*begin, 2]], 100) == [1, 1, 2]


def test_equal_beginnings_are_read_once() -> None:
    tree = LabelTree([[1, 2, 3], [1, 2, 4], [1]])
    assert (tree.tokens, tree.parents) == ([1, 2, 3, 4], [-1, 0, 1, 1])
    assert tree.branch(1) == [1]  # a choice follows
    assert LabelTree([[1, 2, 3]]).branch(0) == [0, 1, 2]
    with pytest.raises(ValueError, match="without tokens"):
        LabelTree([[]])


@pytest.mark.parametrize("style", ["plain", "chat"])
def test_a_score_is_the_probability_that_the_label_is_written_and_ended(
    folder: Path, style: str
) -> None:
    prompt = PromptSettings(format="plain" if style == "plain" else "chat")
    setup = Setup("labels", "route", "m", prompt=prompt)
    messages = render(setup, Query.of("q", "where is it"), SHOTS, task=TASK)
    generator = load_generator(f"path:{folder}", "float32")
    assert isinstance(generator, LocalGenerator)
    stop = stop_texts(setup, TASK)
    scores = generator.score_labels(messages, LABELS, stop=stop)
    blank = " " if style == "plain" else ""
    tokenizer, model = generator.tokenizer, generator._model._model
    ends = {tokenizer.convert_tokens_to_ids(each) for each in ("<|im_end|>", "<|endoftext|>")}
    if stop:
        ends |= set(tokenizer("\n")["input_ids"])
    for label in LABELS:
        ids = tokenizer(blank + label)["input_ids"]
        import torch

        with torch.inference_mode():
            prompt_ids = generator.encode(messages)
            log_p = model(torch.tensor([[*prompt_ids, *ids]])).logits[0].log_softmax(-1)
        at = len(prompt_ids) - 1
        wanted = sum(float(log_p[at + i, token]) for i, token in enumerate(ids))
        wanted += float(log_p[at + len(ids), sorted(ends)].logsumexp(-1))
        assert scores.logprobs[label] == pytest.approx(wanted, abs=1e-4)
        assert scores.label_tokens[label] == len(ids) + 1
    assert scores.exact
    assert scores.prompt_tokens == len(prompt_ids)


def test_a_kept_beginning_and_an_adapter_change_no_score(folder: Path, tmp_path: Path) -> None:
    setup = Setup("labels", "route", "m")
    messages = render(setup, Query.of("q", "where is it"), SHOTS, task=TASK)
    bare = load_generator(f"path:{folder}", "float32")
    assert isinstance(bare, LocalGenerator)
    alone = bare.score_labels(messages, LABELS, stop=("\n",))
    for turn in range(2):
        kept = bare.score_labels(messages, LABELS, stop=("\n",), shared_prefix=20)
        assert kept.logprobs == pytest.approx(alone.logprobs, abs=1e-4)
        assert kept.cached_tokens == 20 * turn
    adapter = tiny_adapter(folder, tmp_path / "adapter")
    name = bare._model.add_adapter(adapter)
    ids = {label: bare.tokenizer(f" {label}")["input_ids"] for label in LABELS}
    (adapted,) = bare._model.submit_labels(
        [bare.encode(messages)], ids, adapter=name, stop=("\n",)
    ).result()
    assert adapted.logprobs != pytest.approx(alone.logprobs, abs=1e-3)
    again = bare.score_labels(messages, LABELS, stop=("\n",))
    assert again.logprobs == pytest.approx(alone.logprobs, abs=1e-4)


def test_of_more_than_twenty_labels_the_best_is_sure_and_all_are_had_on_request(
    folder: Path,
) -> None:
    setup = Setup("labels", "route", "m")
    messages = render(setup, Query.of("q", "where is it"), SHOTS, task=TASK)
    generator = load_generator(f"path:{folder}", "float32")
    assert isinstance(generator, LocalGenerator)
    labels = [f"{word} {number}" for word in ("card", "refund", "other") for number in range(10)]
    best = generator.score_labels(messages, labels, stop=("\n",))
    everything = generator.score_labels(messages, labels, stop=("\n",), exact=True)
    assert not best.exact
    assert everything.exact
    assert set(everything.logprobs) == set(labels)
    top = max(best.logprobs, key=best.logprobs.__getitem__)
    assert top == max(everything.logprobs, key=everything.logprobs.__getitem__)


def test_no_label_and_a_prompt_that_is_too_long_are_said(folder: Path) -> None:
    generator = load_generator(f"path:{folder}", "float32")
    assert isinstance(generator, LocalGenerator)
    with pytest.raises(ModelError, match="no label to score"):
        generator.score_labels([{"role": "plain", "content": "Intent:"}], [])
    long = [{"role": "plain", "content": "x" * 1030}]
    with pytest.raises(ModelError, match="context window has 1,024"):
        generator.score_labels(long, LABELS)


def test_models_in_this_process_tell_how_likely_labels_are() -> None:
    assert scores_labels("smollm2-135m-instruct")
    assert scores_labels("run:abc")
    assert not scores_labels("server:m@http://127.0.0.1:9/v1")
    assert not scores_labels("gguf:m.gguf")


@pytest.mark.parametrize("many", [False, True])
def test_a_model_scores_several_prompts_as_it_scores_each(folder: Path, many: bool) -> None:
    generator = load_generator(f"path:{folder}", "float32")
    assert isinstance(generator, LocalGenerator)
    labels = LABELS if not many else [f"label {i} of {i * i}" for i in range(30)]
    begin = "Texts and intents, one after the other. Text: "
    prompts = [
        [{"role": "plain", "content": f"{begin}{'x' * (7 * i)}\nIntent:"}] for i in range(12)
    ]
    prompts[5] = [{"role": "plain", "content": "Another beginning, with no intent at all:"}]
    likely = [labels[i % 3 : i % 3 + 1] for i in range(12)]
    found = generator.score_labels_together(
        prompts, labels, stop=("\n",), shared_prefix=20, likely=likely
    )
    assert len(found) == 12
    for prompt, first, scores in zip(prompts, likely, found, strict=True):
        alone = generator.score_labels(prompt, labels, stop=("\n",), likely=first)
        assert scores.logprobs == pytest.approx(alone.logprobs, abs=1e-4)
        assert scores.prompt_tokens == alone.prompt_tokens
        assert scores.cached_tokens in (0, 20)
    assert [scores.cached_tokens for scores in found[1:5]] == [20] * 4
    assert generator.score_labels_together([], labels) == []


def test_labels_are_not_scored_beyond_what_a_sliding_attention_sees(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = load_generator(f"path:{folder}", "float32")
    assert isinstance(generator, LocalGenerator)
    config = generator._model._model.config
    slides = ["sliding_attention"] * config.num_hidden_layers
    monkeypatch.setattr(config, "layer_types", slides, raising=False)
    monkeypatch.setattr(config, "sliding_window", 90, raising=False)
    short, long = ([{"role": "plain", "content": "x" * n + ":"}] for n in (5, 100))
    assert generator.score_labels(short, LABELS).exact
    with pytest.raises(ModelError, match="sees 90 back"):
        generator.score_labels(long, LABELS)


def test_what_a_long_prompt_sees_is_laid_out_at_once(model: Any) -> None:
    import time

    ids = [5] * 3000
    reading = module._Reading(LabelTree([[7]]), 0, ids)
    import torch

    class Fake:
        dtype, device = torch.float32, "cpu"

        def __call__(self, **given: Any) -> Any:
            mask = given["attention_mask"][0, 0]
            assert torch.equal(mask[:3000, :3000] == 0, torch.ones(3000, 3000).tril().bool())
            assert (mask[3000] == 0).all()
            return type("Out", (), {"logits": torch.zeros(1, 2, 60)})()

    began = time.process_time()
    module._read(Fake(), empty_cache(model), [0], [(reading, [0])])
    assert time.process_time() - began < 2
