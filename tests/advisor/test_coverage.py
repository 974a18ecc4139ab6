from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from advisor import coverage as module
from advisor.coverage import coverage, known_coverage, tokens_a_word
from advisor.measured import measured_answers
from ladder.project import Example, Task, TaskFolder, create_project

TICKET = "Guten Tag, meine Kaffeemaschine tropft seit gestern und ich brauche sie dringend. "


@pytest.fixture
def letters() -> Tokenizer:
    """Return a tokenizer that makes a token of every letter."""
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    return tokenizer


@pytest.fixture
def german(home: Path) -> TaskFolder:
    folder = create_project("laden").add_task(Task("route", "classification"))
    folder.save_examples([Example(str(i), TICKET + str(i), "repair") for i in range(10)])
    return folder


def test_a_word_has_as_many_tokens_as_it_has_letters_here(letters: Tokenizer) -> None:
    assert tokens_a_word(letters, "abcd efg") == 4  # 8 letters with the space, 2 words
    assert tokens_a_word(letters, "你好吗") == 1


def test_what_is_measured_is_kept_and_read_without_a_tokenizer(
    german: TaskFolder, letters: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert known_coverage(german) == {}
    monkeypatch.setattr(module, "_tokenizer_of", lambda reference: letters)
    found = coverage(german)
    assert set(found) == {"fertility", "embedder_fertility"}
    assert 1.1 < found["fertility"] < 1.5  # German words are longer
    monkeypatch.setattr(module, "_tokenizer_of", lambda reference: pytest.fail("read again"))
    assert coverage(german) == known_coverage(german) == found
    assert measured_answers(german)["fertility"] == found["fertility"]


def test_other_texts_are_measured_anew(
    german: TaskFolder, letters: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_tokenizer_of", lambda reference: letters)
    coverage(german)
    german.save_examples([Example("0", "to be or not " * 50, "repair")])
    assert known_coverage(german) == {}
    assert coverage(german)["fertility"] < 1


def test_a_language_cut_into_small_pieces_is_taken_for_unknown(
    german: TaskFolder, letters: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_tokenizer_of", lambda reference: letters)
    german.save_examples([Example("0", "Donaudampfschifffahrtsgesellschaft " * 20, "x")])
    assert coverage(german)["language_covered"] is False


def test_too_little_text_and_missing_tokenizers_say_nothing(
    german: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_tokenizer_of", lambda reference: None)
    assert coverage(german) == {}
    german.save_examples([Example("0", "short", "repair")])
    assert coverage(german) == {}


@pytest.mark.real
def test_the_bundled_tokenizers_know_english_better_than_german(german: TaskFolder) -> None:
    foreign = coverage(german)
    assert foreign["fertility"] > 1.5
    assert foreign["embedder_fertility"] > 1.5
    english = "My coffee machine has been dripping since yesterday and I need it urgently. "
    german.save_examples([Example(str(i), english + str(i), "repair") for i in range(10)])
    assert all(0.8 < value < 1.2 for value in coverage(german).values())
