"""What the Scoreboard page shows, as plain data: table, chart, sentences, differing items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ladder.methods import METHODS

if TYPE_CHECKING:
    from ladder.evaluation.rows import Row
    from ladder.evaluation.score import Score
    from ladder.project.task import Example

__all__ = [
    "HELP",
    "best",
    "chart_rows",
    "differing",
    "first_pair",
    "left_out",
    "money",
    "name_of",
    "scheme_words",
    "standing",
    "table_rows",
    "unpriced",
    "uses_llm",
]

HELP = {
    "Score": "On the held-out examples, with the interval in which it lies at 95 % confidence.",
    "Errors": "Examples that got no answer because something failed; they count as wrong.",
    "Abstained": "Examples on which it said nothing; wrong, unless they have no answer.",
    "Invalid": "Answers that are none of the task's labels; they count as wrong.",
    "Cost per 1,000": "Dollars for 1,000 queries: the seconds measured here at the task's price "
    "per hour, or the tokens counted here at its model's token prices. The price is set on Start, "
    "in the task card.",
    "As deployed": "Dollars for 1,000 queries if the same tokens went to the model that you will "
    "deploy, at its token prices. That model is named on Start, in the task card.",
    "p50": "Half of the single queries took at most so long here.",
}
"""What the columns mean that do not say it themselves."""


def name_of(score: Score, scores: Sequence[Score]) -> str:
    """Return what a score is called: its method, and what tells it from others of that method.

    That is the model or the one setting in which all of them differ; else as much of the
    Setup's hash as it takes.
    """
    twins = {s.setup_hash: s for s in scores if s.method == score.method} | {
        score.setup_hash: score
    }
    if len(twins) == 1:
        return score.method
    settings = {hash: _settings(twin) for hash, twin in twins.items()}
    for key in settings[score.setup_hash]:
        values = {_said_setting(key, its.get(key)) for its in settings.values()}
        if len(values) == len(twins) and max(len(value) for value in values) <= _LONGEST_NAME:
            return f"{score.method} ({_said_setting(key, settings[score.setup_hash][key])})"
    digits = 4
    while len({hash[:digits] for hash in twins}) < len(twins):
        digits += 1
    return f"{score.method} ({score.setup_hash[:digits]})"


_LONGEST_NAME = 40
"""Letters; an instruction is too long to be a name."""


def _settings(score: Score) -> dict[str, Any]:
    """Return the model and all settings of a Setup by their dotted names, the model first."""
    flat: dict[str, Any] = {"model": score.model}
    for key, value in (score.setup or {}).items():
        if isinstance(value, dict):
            flat |= {f"{key}.{inner}": setting for inner, setting in value.items()}
        else:
            flat[key] = value if key != "model" else score.model
    return flat


def _said_setting(key: str, value: Any) -> str:
    """Return a setting as a name says it: "count 8"; a model goes by its own name."""
    return str(value) if key == "model" else f"{key.rpartition('.')[2].replace('_', ' ')} {value}"


def best(scores: Iterable[Score], llm: bool | None = None) -> Score | None:
    """Return the highest score: of all, of those with an LLM, or of those without.

    Samples count only where nothing was measured on the whole split.
    """
    able = [s for s in scores if llm is None or uses_llm(s) is llm]
    able = [s for s in able if not s.sampled] or able
    return max(able, key=lambda s: s.value, default=None)


def scheme_words(scores: Sequence[Score], items: int = 0) -> str:
    """Return on how many examples scores of one split were measured, and what could be used.

    The number is not always that of the split: with few labelled examples, choosing uses all
    that are not test examples.

    Args:
        scores: those that stand beside each other.
        items: how many there are to measure on today, of which samples were drawn; 0 if unknown.
    """
    whole = [s for s in scores if not s.sampled] or list(scores)
    if not whole:
        return ""
    n = _how_many(whole, items)
    plain = [s for s in whole if s.scheme != "5-fold"] or whole
    words = {
        "leave-one-out": (
            f"{'the ' * n.isdigit()}{n} labelled examples outside the test split; for each, a "
            "method may use all the others (leave-one-out)"
        ),
        "5-fold": f"{n} labelled examples outside the test split (5-fold)",
        "held-out": (
            f"{n} test examples; a method may use every labelled example outside the test split"
            if plain[0].split == "test"
            else f"{n} validation examples; a method may use the training examples alone"
        ),
    }
    said = f"Measured on {words[plain[0].scheme]}."
    if fitted := sorted({s.method for s in whole if s.scheme == "5-fold"}):
        verb = "is" if len(fitted) == 1 else "are"
        said += (
            f" {' and '.join(fitted)} {verb} fitted five times, on four fifths, and asked about "
            "the fifth that was left out (5-fold)."
        )
    return said


def standing(scores: Sequence[Score], target: float) -> str:
    """Return the plain sentence above the chart: who leads, and the target; empty without one."""
    top = best(scores)
    if top is None:
        return ""
    name = name_of(top, scores)
    return (
        f"**{name}** leads with {top.value:.2f} ({top.low:.2f} to {top.high:.2f}, {_count(top)}); "
        f"{_against(top, target)}."
    )


def left_out(scores: Sequence[Score], metric: str) -> list[str]:
    """Return a sentence for every reason why scores stand beside no other."""
    other = [s for s in scores if s.metric != metric]
    stale = [s for s in scores if s.metric == metric and s.stale]
    lines = []
    if other:
        names = ", ".join(name_of(s, scores) for s in other)
        lines.append(f"Measured with another metric, measure again: {names}.")
    if stale:
        names = ", ".join(f"{name_of(s, scores)} {s.value:.2f} ({_count(s)})" for s in stale)
        lines.append(f"Measured before the examples changed, measure again: {names}.")
    return lines


def first_pair(scores: Sequence[Score]) -> tuple[str, str]:
    """Return the two names to compare first: the leader, and the best of the other sort.

    A leader with an LLM is set against the best without one, and the other way round; where
    there is one sort alone, against the second.
    """
    ordered = sorted(scores, key=lambda s: -s.value)
    top = ordered[0]
    others = [s for s in ordered[1:] if uses_llm(s) is not uses_llm(top)] or ordered[1:]
    return name_of(top, scores), name_of(others[0], scores)


def money(dollars: float | None) -> str:
    """Return a price per 1,000 queries, or what to do to have one."""
    if dollars is None:
        return "set a price"
    return f"${dollars:,.2f}" if dollars >= 0.01 or dollars == 0 else f"${dollars:.2g}"


def table_rows(scores: Sequence[Score], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the table, best first; `titles` says what a model reference is called."""
    ordered = sorted(scores, key=lambda s: -s.value)
    rows = []
    for score in ordered:
        tokens = (score.prompt_tokens + score.completion_tokens) / max(score.n, 1)
        row = {
            "Method": name_of(score, scores),
            "Model": titles.get(score.model, score.model or "none"),
            "Score": f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f})",
            "n": score.n,
            "Sample": f"{score.n} drawn at random" if score.sampled else "",
            "Without near-duplicates": _clean(score),
            "Errors": score.errors,
            "Abstained": score.abstained,
            "Invalid": score.invalid,
            "Tokens a query": round(tokens),
            "Cost per 1,000": money(score.cost_per_1k),
            "As deployed": money(score.deploy_cost_per_1k) if uses_llm(score) else "no LLM",
            "p50": _milliseconds(score.p50_ms),
        }
        rows.append(row)
    nothing = {"", "set a price", "no LLM"}
    for optional in ("Sample", "Without near-duplicates", "As deployed"):
        if all(row[optional] in nothing for row in rows):
            for row in rows:
                del row[optional]
    return rows


def unpriced(scores: Sequence[Score]) -> str:
    """Return what it takes to see the cost here, where no score has one; empty where one has."""
    if any(s.cost_per_1k is not None for s in scores):
        return ""
    return (
        "No price is set for these queries, so the table has their tokens and seconds; for dollars "
        "give a price per hour, or a model's token prices, in the task card on Start."
    )


def chart_rows(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return the dots with their intervals, best first."""
    return [
        {
            "Method": name_of(s, scores),
            "Score": s.value,
            "Low": s.low,
            "High": s.high,
            "n": s.n,
            "Who": "with an LLM" if uses_llm(s) else "no LLM",
        }
        for s in sorted(scores, key=lambda s: -s.value)
    ]


def differing(
    rows_a: Mapping[str, Row],
    rows_b: Mapping[str, Row],
    metric: str,
    examples: Iterable[Example],
    names: tuple[str, str],
) -> list[dict[str, str]]:
    """Return the items that the two score differently, side by side."""
    inputs = {example.id: example.input for example in examples}
    found = []
    for item in sorted(rows_a.keys() & rows_b.keys()):
        a, b = rows_a[item], rows_b[item]
        score_a, score_b = a.score(metric), b.score(metric)
        if abs(score_a - score_b) > 1e-9:
            found.append(
                {
                    "Input": inputs.get(item, item),
                    "Right answer": a.expected,
                    names[0]: _said(a, score_a),
                    names[1]: _said(b, score_b),
                    "Better": names[0] if score_a > score_b else names[1],
                }
            )
    return found


def uses_llm(score: Score) -> bool:
    """Return whether a language model, or one trained here, gave the answers."""
    method = METHODS.get(score.method)
    return method.uses_model if method else bool((score.setup or {}).get("model"))


def _how_many(scores: Sequence[Score], items: int) -> str:
    """Return on how many examples: their number, or which samples were drawn of how many."""
    least, most = min(s.n for s in scores), max(s.n for s in scores)
    if not scores[0].sampled or most == items:
        return str(most)
    drawn = f"a sample of {most}" if least == most else f"samples of {least} to {most}"
    return f"{drawn} of the {items}" if items else f"{drawn} of the"


def _against(score: Score, target: float) -> str:
    """Return where a score stands to the target, as sure as its interval allows."""
    if score.low >= target:
        return f"its whole interval reaches the target of {target:.2f}"
    if score.high < target:
        return f"its whole interval is short of the target of {target:.2f}"
    side, other = ("above", "below") if score.value >= target else ("below", "above")
    return (
        f"that is {side} the target of {target:.2f}, though its interval still holds scores "
        f"{other} it"
    )


def _count(score: Score) -> str:
    return f"n = {score.n}" + (", a sample" if score.sampled else "")


def _clean(score: Score) -> str:
    value, n = score.value_without_near_duplicates, score.n_without_near_duplicates
    return "" if value is None or n in (None, score.n) else f"{value:.2f} (n = {n})"


def _milliseconds(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f} ms" if value >= 1 else "under 1 ms"


def _said(row: Row, score: float) -> str:
    mark = "✓" if score >= 1 else "✗" if score <= 0 else f"{score:.2f}"
    return f"{mark} {row.error or row.label or row.text or '(no answer)'}"
