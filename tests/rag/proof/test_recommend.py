from __future__ import annotations

import random
from typing import Any

from ladder.evaluation.search import Trial
from rag.proof.recommend import Recommendation, recommended

ITEMS = [f"q{n}" for n in range(400)]


def trial(name: str, value: float, tokens: float, ms: float = 10) -> tuple[Trial, Trial]:
    """Return one setting on both halves, with nested right answers so that pairs are telling."""

    def on(items: list[str]) -> Trial:
        values = {item: float(n < value * len(items)) for n, item in enumerate(items)}
        return Trial({"way": name}, values, {"tokens": tokens, "milliseconds": ms, "megabytes": 1})

    return on(ITEMS[:200]), on(ITEMS[200:])


def advised(*pairs: tuple[Trial, Trial]) -> Recommendation:
    base = pairs[0][0]
    ranked = sorted((a for a, _ in pairs), key=lambda t: (-t.value, t is not base))
    names: dict[str, Any] = {a.key: a.settings["way"] for a, _ in pairs}
    return recommended(base, ranked, {b.key: b for _, b in pairs}, names)


def test_what_is_better_at_no_higher_cost_is_recommended() -> None:
    found = advised(trial("now", 0.7, 400), trial("good", 0.85, 400), trial("bad", 0.5, 100))
    assert (found.kind, found.settings) == ("better", {"way": "good"})
    assert found.sentence.startswith("Change to good: good is better than what is used now")
    assert found.verdicts[0].n == 200


def test_what_is_better_on_one_half_alone_is_not() -> None:
    lucky = (trial("lucky", 0.85, 400)[0], trial("lucky", 0.7, 400)[1])
    found = advised(trial("now", 0.7, 400), lucky)
    assert (found.kind, found.settings) == ("keep", None)
    assert found.sentence.startswith("Nothing that was tried helps on your documents")


def test_as_good_for_a_fifth_less_is_recommended_where_nothing_is_better() -> None:
    found = advised(trial("now", 0.7, 400), trial("short", 0.7, 200), trial("near", 0.7, 380))
    assert (found.kind, found.settings) == ("cheaper", {"way": "short"})
    assert "200 tokens of passages a question instead of 400" in found.sentence
    chance = random.Random(0)
    noisy = Trial(
        {"way": "noisy"},
        {item: float(chance.random() < 0.7) for item in ITEMS[200:]},
        {"tokens": 200, "milliseconds": 10, "megabytes": 1},
    )
    first = trial("noisy", 0.7, 200)[0]
    assert advised(trial("now", 0.7, 400), (first, noisy)).kind == "keep", "not sure enough"


def test_what_a_higher_cost_buys_is_said_but_not_recommended() -> None:
    slow = trial("slow", 0.9, 400, ms=500)
    found = advised(trial("now", 0.7, 400), trial("dear", 0.9, 900), slow)
    assert found.kind == "keep"
    assert "At a higher cost dear is better: 0.90 against 0.70" in found.dearer
