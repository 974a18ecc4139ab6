from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import InputError, ProjectError
from rag.search import bm25
from rag.search.bm25 import Bm25

TEXTS = [
    "Standard delivery takes three days.",
    "Refunds are paid within ten days of the return.",
    "The islands are delivered to on Fridays; deliveries cost 4.90 euros.",
    "",
]


def test_a_word_is_found_in_its_other_forms_and_stop_words_count_for_nothing() -> None:
    index = Bm25.build(TEXTS)
    assert len(index) == 4
    assert index.languages == ("en",)
    scores = index.scores("What is the DELIVERY of it to an island?")
    assert scores.argmax() == 2
    assert scores[0] > 0
    assert scores[1] == scores[3] == 0
    assert not index.scores("what is it with the").any()
    assert not index.scores("zebra").any()
    assert not index.scores("").any()


def test_the_scores_are_those_of_the_formula() -> None:
    index = Bm25.build(["red red apple", "green apple pear", "red pear"], "en")
    lengths, k1, b = [3, 3, 2], 1.5, 0.75
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expected = [
        idf * tf / (tf + k1 * (1 - b + b * n / np.mean(lengths)))
        for tf, n in zip([2, 0, 1], lengths, strict=True)
    ]
    assert index.scores("red").tolist() == pytest.approx(expected, rel=1e-5)
    assert index.scores("red red").tolist() == index.scores("red").tolist()


def test_what_is_saved_scores_as_before_and_holds_no_pickle(tmp_path: Path) -> None:
    index = Bm25.build(TEXTS)
    index.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {bm25.ARRAYS, bm25.WORDS}
    again = Bm25.load(tmp_path)
    assert again.languages == index.languages
    for query in ("delivery islands", "refund", "zebra"):
        assert again.scores(query).tolist() == index.scores(query).tolist()


def test_an_index_of_nothing_and_of_stop_words_alone_can_be_kept(tmp_path: Path) -> None:
    for texts in ([], [""], ["", "?!"], ["the of and"]):
        Bm25.build(texts).save(tmp_path)
        assert Bm25.load(tmp_path).scores("anything at all").tolist() == [0.0] * len(texts)


def test_only_new_texts_are_cut_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Bm25.build(TEXTS)
    cut: list[str] = []
    real = bm25.words_of
    monkeypatch.setattr(
        bm25, "words_of", lambda text, code="": cut.append(text) or real(text, code)
    )
    now = [TEXTS[2], "Parcels are lost and found.", TEXTS[0]]
    after = Bm25.build(now, before=before)
    assert cut == ["Parcels are lost and found."]
    fresh = Bm25.build(now)
    for query in ("delivery islands", "parcel", "refund"):
        assert after.scores(query).tolist() == fresh.scores(query).tolist()


def test_each_text_is_stemmed_in_its_own_language() -> None:
    german = "Die Lieferung auf die Inseln dauert f\u00fcnf Tage, und sie ist nicht kostenlos."
    index = Bm25.build([*TEXTS, german])
    assert set(index.languages) == {"de", "en"}
    assert index.scores("Wie viele Lieferungen gibt es?").argmax() == 4
    assert index.scores("What does an island cost?").argmax() == 2


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match='"xx"; give "auto" or one of ar, ca'):
        Bm25.build(TEXTS, "xx")


def _without(folder: Path, name: str) -> None:
    (folder / name).unlink()


def _cut(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:-20])


def _pickled(folder: Path, name: str) -> None:
    with (folder / bm25.ARRAYS).open("wb") as file:
        np.savez(file, data=np.asarray([{"a": 1}], dtype=object))


def _out_of_range(folder: Path, name: str) -> None:
    with np.load(folder / bm25.ARRAYS) as file:
        arrays = dict(file)
    arrays["indices"] = arrays["indices"] + 1000
    with (folder / bm25.ARRAYS).open("wb") as file:
        np.savez(file, **arrays)


def _other_words(folder: Path, name: str) -> None:
    path = folder / bm25.WORDS
    about = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(about | {"vocabulary": about["vocabulary"][1:]}), encoding="utf-8")


@pytest.mark.parametrize("damage", [_without, _cut, _pickled, _out_of_range, _other_words])
@pytest.mark.parametrize("name", [bm25.ARRAYS, bm25.WORDS])
def test_damaged_files_are_refused_with_the_remedy(
    tmp_path: Path, damage: Callable[[Path, str], None], name: str
) -> None:
    Bm25.build(TEXTS).save(tmp_path)
    damage(tmp_path, name)
    with pytest.raises(ProjectError, match="index the documents again"):
        Bm25.load(tmp_path)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6), st.text(max_size=30))
def test_any_text_has_one_finite_score_a_row(texts: list[str], query: str) -> None:
    scores = Bm25.build(texts).scores(query)
    assert scores.shape == (len(texts),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_rows_with_more_of_the_words_come_first() -> None:
    draw = random.Random(0)
    words = [f"w{n}" for n in range(200)]
    texts = [" ".join(draw.choices(words, k=30)) for _ in range(300)]
    index = Bm25.build(texts)
    hits = sum(int(index.scores(text).argmax() == row) for row, text in enumerate(texts))
    assert hits == 300
