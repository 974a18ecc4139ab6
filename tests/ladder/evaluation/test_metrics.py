from __future__ import annotations

import pytest

from ladder.answering import Answer
from ladder.errors import InputError
from ladder.evaluation.metrics import (
    SCORERS,
    aggregate,
    f1_by_label,
    is_valid,
    score_item,
    squad_normalised,
)
from ladder.evaluation.rows import Row
from ladder.project.task import METRICS, Example


def scored(metric: str, text: str, expected: str) -> float:
    return score_item(metric, Answer("1", text, label=text), Example("1", "?", expected))


def labelled(expected: str, given: str | None) -> Row:
    return Row("1", expected, True, given or "", label=given)


def test_every_metric_a_task_can_have_is_there() -> None:
    assert {m for metrics in METRICS.values() for m in metrics} == set(SCORERS)


def test_squad_normalisation_drops_case_punctuation_articles_and_spaces() -> None:
    assert squad_normalised(" The  Café, a  (small) one. ") == "café small one"


@pytest.mark.parametrize(
    ("metric", "text", "expected", "value"),
    [
        ("accuracy", "refund", "refund", 1.0),
        ("accuracy", "Refund", "refund", 0.0),
        ("exact-match", "The 14 days.", "14 days", 1.0),
        ("exact-match", "15 days", "14 days", 0.0),
        ("exact-match", '{"b": 1, "a": [2]}', '{"a": [2], "b": 1}', 1.0),
        ("exact-match", '{"a": 1}', '{"a": 11}', 0.0),
        ("token-f1", "within 14 days", "14 days", 0.8),
        ("token-f1", "no idea", "14 days", 0.0),
        ("token-f1", "the", "a", 1.0),
        ("rouge-l", "the cat sat", "the cat ran", 2 / 3),
        ("rouge-l", "größe", "größe", 1.0),
        ("chrf", "exactly this", "exactly this", 1.0),
        ("chrf", "zzz", "exactly this", 0.0),
        ("json-f1", '{"name": "ANN  Lee", "age": 3}', '{"name": "Ann Lee", "age": 4}', 0.5),
        ("json-f1", '```json\n{"a": 1}\n```', '{"a": 1}', 1.0),
        ("json-f1", '{"a": [2, 1]}', '{"a": [1, 2]}', 1.0),
        ("json-f1", '{"a": {"b": 1}}', '{"a": {"c": 1}}', 0.0),
        ("json-f1", "no json", '{"a": 1}', 0.0),
        ("json-f1", "{}", "{}", 1.0),
    ],
)
def test_what_an_answer_is_worth(metric: str, text: str, expected: str, value: float) -> None:
    assert scored(metric, text, expected) == pytest.approx(value)


def test_rouge_equals_the_library_on_plain_english() -> None:
    from rouge_score.rouge_scorer import RougeScorer

    pair = ("a return within 14 days of delivery", "returns are free within 14 days")
    expected = RougeScorer(["rougeL"]).score(pair[1], pair[0])["rougeL"].fmeasure
    assert scored("rouge-l", *pair) == pytest.approx(expected)


def test_an_item_without_an_answer_is_right_exactly_when_nothing_is_answered() -> None:
    item = Example("1", "?", "", answerable=False)
    assert score_item("token-f1", Answer("1", "I cannot say", abstained=True), item) == 1
    assert score_item("token-f1", Answer("1", "  "), item) == 1
    assert score_item("token-f1", Answer("1", "14 days"), item) == 0
    assert score_item("token-f1", Answer("1", "", error="The server is gone."), item) == 0


def test_errors_and_abstentions_count_as_wrong_where_there_is_an_answer() -> None:
    item = Example("1", "?", "yes")
    assert score_item("exact-match", Answer("1", "yes", abstained=True), item) == 0
    assert score_item("exact-match", Answer("1", "yes", error="cut off"), item) == 0


def test_an_unlabelled_example_or_unknown_metric_is_refused() -> None:
    with pytest.raises(InputError, match="not labelled"):
        score_item("accuracy", Answer("1", "x"), Example("1", "?"))
    with pytest.raises(InputError, match="accuracy"):
        score_item("bleu", Answer("1", "x"), Example("1", "?", "x"))
    with pytest.raises(InputError, match="no JSON object"):
        scored("json-f1", "{}", "plain")


def test_macro_f1_equals_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("c", "a"), ("b", "d"), ("c", "c")]
    rows = [labelled(e, g) for e, g in pairs]
    expected = f1_score(*zip(*pairs, strict=True), average="macro", zero_division=0)
    assert aggregate("macro-f1", rows) == pytest.approx(expected)


def test_an_answer_that_is_no_label_lowers_only_the_expected_label() -> None:
    rows = [labelled("a", None), labelled("a", "a"), labelled("b", "b")]
    assert f1_by_label(rows) == {"a": pytest.approx(2 / 3), "b": 1.0}


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(InputError, match="nothing to score"):
        aggregate("accuracy", [])


def test_an_answer_is_invalid_when_it_is_no_label_or_no_json() -> None:
    assert not is_valid("accuracy", Answer("1", "something"))
    assert is_valid("accuracy", Answer("1", "refund", label="refund"))
    assert is_valid("accuracy", Answer("1", "", error="The server is gone."))
    assert not is_valid("json-f1", Answer("1", "{"))
    assert is_valid("json-f1", Answer("1", "{}"))
    assert is_valid("token-f1", Answer("1", "anything"))
