"""What is measured of forgetting: the texts, the items, the arithmetic and the words."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelError
from ladder.files import read_json_lines
from ladder.models import load_generator
from ladder.models.generation import Completion
from training.forgetting import Abilities, compared, forgetting_words, measure
from training.forgetting.prose import WINDOW, windows
from training.forgetting.skills import _RULES, KINDS, Item, items, right, some


def answer(text: str, finish: Any = "stop") -> Completion:
    return Completion(text, (), 0, 0, 0, 0.0, finish)


@pytest.mark.real
def test_there_are_about_fifty_thousand_tokens_by_turns_from_twelve_texts(
    bundled_models: Path,
) -> None:
    tokenizer: Any = load_generator("smollm2-135m-instruct").tokenizer  # type: ignore[attr-defined]
    found = windows(tokenizer)
    assert 49_000 <= len(found) * WINDOW <= 52_000
    assert {len(window) for window in found} == {WINDOW}
    first = [tokenizer.decode(window)[:40] for window in found[:12]]
    assert len(set(first)) == 12


def test_the_prose_says_whose_it_is_and_is_small() -> None:
    folder = Path("training/forgetting/data")
    rows = read_json_lines(folder / "prose.jsonl")
    assert len(rows) == 12
    assert all("Jane Austen" in row["source"] for row in rows[::2])
    assert all("message to the Congress" in row["source"] for row in rows[1::2])
    assert (folder / "prose.jsonl").stat().st_size < 300_000
    assert "public domain" in (folder / "SOURCE.md").read_text(encoding="utf-8")


def test_there_are_forty_items_of_each_kind_and_none_twice() -> None:
    assert Counter(item.kind for item in items()) == dict.fromkeys(KINDS, 40)
    assert len({str(item.messages) for item in items()}) == 200
    assert len({item.id for item in items()}) == 200
    assert all(item.id.startswith(f"{item.kind}-") for item in items())
    assert {item.rule for item in items()} == set(_RULES)


def test_a_few_of_each_kind_are_spread_from_easy_to_hard() -> None:
    assert [item.id for item in some(2)][:4] == [
        "copying-01", "copying-21", "arithmetic-01", "arithmetic-21",
    ]  # fmt: skip
    assert (some(0), some(None), some(99)) == ((), items(), items())


@pytest.mark.parametrize(
    ("rule", "want", "good", "bad"),
    [
        ("exact", "AB-12", "AB-12", "ab-12"),
        ("exact", "The bus.", '"The bus."', "The bus"),
        ("number", "12", "7 + 5 = 12", "12 + 5 = 17"),
        ("number", "12", "12.", "112"),
        ("names", "eight|8", "It has Eight legs", "It has eighty legs"),
        ("regex", r"\W*cold\W*", "Cold.", "It is cold."),
        ("regex-case", "GARDEN", "GARDEN", "garden"),
    ],
)
def test_each_rule_takes_the_right_answer_and_no_other(
    rule: str, want: str, good: str, bad: str
) -> None:
    item = Item("x-01", "x", (), rule, want)
    assert right(item, answer(good))
    assert not right(item, answer(bad))


def test_a_turn_that_does_not_end_is_wrong_where_it_has_to() -> None:
    item = Item("chat-01", "chat", (), "names", "Ada", ends=True)
    assert right(item, answer("I am Ada."))
    assert not right(item, answer("I am Ada.", "length"))


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only a few items be asked: the toy takes as long for each as a model does."""
    chosen = tuple(item for item in items() if item.id.endswith(("-01", "-21")))
    monkeypatch.setattr("training.forgetting.abilities.some", lambda each: chosen)


def test_perplexity_is_that_of_transformers_own_loss(
    home: Path, tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.forgetting.abilities.some", lambda each: ())
    found = measure(f"path:{tiny_llama_folder}", 2)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    make: Any = AutoModelForCausalLM
    dtype = getattr(torch, found.dtype)
    model = make.from_pretrained(tiny_llama_folder, dtype=dtype).eval()
    texts = windows(AutoTokenizer.from_pretrained(tiny_llama_folder))[:2]
    with torch.inference_mode():
        losses = [
            float(model(torch.tensor([ids]), labels=torch.tensor([ids])).loss) for ids in texts
        ]
    assert found.losses == pytest.approx(losses, rel=5e-3)
    assert found.perplexity == pytest.approx(math.exp(sum(losses) / 2), rel=2e-2)
    assert (found.tokens, found.sampled) == (2 * WINDOW, True)


def test_what_was_measured_is_not_measured_again_and_goes_on_where_it_stopped(
    home: Path, tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch)
    reference = f"path:{tiny_llama_folder}"

    class Stopped(Exception): ...

    def stop(done: int, total: int, message: str) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        measure(reference, 3, progress=stop)
    (kept,) = (home / "abilities").glob("*.jsonl")
    assert len(read_json_lines(kept)) == 2
    first = measure(reference, 3)
    assert len(read_json_lines(kept)) == 3 + 10

    def not_again(*_: Any) -> Any:
        raise AssertionError("it was measured again")

    monkeypatch.setattr("training.forgetting.abilities._read", not_again)
    monkeypatch.setattr("training.forgetting.abilities._write", not_again)
    assert measure(reference, 3) == first


def test_a_model_that_only_writes_is_refused(home: Path, fake_models: Any) -> None:
    with pytest.raises(ModelError, match="nobody sees how likely"):
        measure("server:m@http://127.0.0.1:9/v1")


def able(name: str, shift: float, lost: int, windows_: int = 24) -> Abilities:
    """A model whose losses are `shift` higher and that fails at the first so many items."""
    done = {f"{kind}-{n:02}": n > lost for kind in KINDS for n in range(1, 41)}
    losses = tuple(3.0 + 0.01 * place + shift for place in range(windows_))
    return Abilities(name, "float32", losses, 99, WINDOW, done, 60.0)


def test_forgetting_is_said_with_its_interval_and_where_most_was_lost() -> None:
    found = compared(able("base", 0.0, 5), able("run:r1", 0.2, 15))
    assert found.ratio == pytest.approx(math.exp(0.2))
    assert found.ratio_low <= found.ratio + 1e-9 <= found.ratio_high + 2e-9
    assert found.prose == "worse"
    prose, skills = forgetting_words(found)
    assert "22.1% higher" in prose
    assert "a sample: the first 24 of 99 windows" in prose
    assert "it forgot some of its language" in prose
    assert "175 (82% to 91%) were done before and 125 (56% to 69%) after" in skills
    assert "50 were lost and 0 gained (p < 0.001): it forgot some" in skills
    assert "Most was lost in copying (35 of 40 before, 25 after)" in skills
    assert found.to_json()["words"] == [prose, skills]


def test_where_nothing_changed_nothing_is_claimed() -> None:
    found = compared(able("base", 0.0, 5), able("run:r1", 0.0, 5))
    prose, skills = forgetting_words(found)
    assert "whether it changed cannot be told" in prose
    assert "cannot tell yet" in skills
    assert found.ratio == 1.0


def test_a_run_that_learned_prose_is_called_better() -> None:
    found = compared(able("base", 0.0, 30), able("run:r1", -0.2, 0))
    assert "it reads it better than before" in forgetting_words(found)[0]
    assert "it does more than before" in forgetting_words(found)[1]


def test_a_model_without_a_chat_template_is_asked_for_prose_alone(
    home: Path, tiny_llama_folder: Path, tmp_path: Path
) -> None:
    import shutil

    bare = tmp_path / "bare"
    shutil.copytree(tiny_llama_folder, bare)
    (bare / "chat_template.jinja").unlink()
    found = measure(f"path:{bare}", 1)
    assert found.done == {}
    words = forgetting_words(compared(found, found))
    assert words[1] == "The small tasks were not asked: the model has no chat template."


@pytest.mark.real
def test_the_bundled_model_does_some_of_the_small_tasks_and_not_others(
    home: Path, bundled_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tuple(item for item in items() if item.id.endswith(("-06", "-19", "-33")))
    monkeypatch.setattr("training.forgetting.abilities.some", lambda each: chosen)
    found = measure("smollm2-135m-instruct", 2)
    assert 3 <= sum(found.done.values()) <= 12
    assert 10 < found.perplexity < 40
