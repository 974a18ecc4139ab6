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
    "best",
    "chart_rows",
    "differing",
    "first_pair",
    "money",
    "name_of",
    "standing",
    "table_rows",
]


def name_of(score: Score, scores: Sequence[Score]) -> str:
    """Return what a score is called; the Setup's hash only where the method alone is not enough."""
    twins = [s for s in scores if s.method == score.method]
    return score.method if len(twins) == 1 else f"{score.method} ({score.setup_hash[:4]})"


def best(scores: Iterable[Score], llm: bool | None = None) -> Score | None:
    """Return the highest score: of all, of those with an LLM, or of those without."""
    able = [s for s in scores if llm is None or _uses_llm(s) is llm]
    return max(able, key=lambda s: s.value, default=None)


def standing(scores: Sequence[Score], target: float) -> list[str]:
    """Return the plain sentences above the chart: who leads, the target, who loses to no LLM."""
    top = best(scores)
    if top is None:
        return []
    name = name_of(top, scores)
    lines = [
        f"**{name}** leads with {top.value:.2f} ({top.low:.2f} to {top.high:.2f}, n = {top.n}); "
        f"{_against(top, target)}."
    ]
    baseline = best(scores, llm=False)
    if baseline is None:
        return lines
    behind = [name_of(s, scores) for s in scores if _uses_llm(s) and s.value < baseline.value]
    if behind:
        lines.append(
            f"Scored below {name_of(baseline, scores)} ({baseline.value:.2f}), "
            f"which needs no LLM: {', '.join(behind)}."
        )
    return lines


def first_pair(scores: Sequence[Score]) -> tuple[str, str]:
    """Return the two names to compare first: the leader, and the best of the other sort.

    A leader with an LLM is set against the best without one, and the other way round; where
    there is one sort alone, against the second.
    """
    ordered = sorted(scores, key=lambda s: -s.value)
    top = ordered[0]
    others = [s for s in ordered[1:] if _uses_llm(s) is not _uses_llm(top)] or ordered[1:]
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
            "Without near-duplicates": _clean(score),
            "Errors": score.errors,
            "Abstained": score.abstained,
            "Invalid": score.invalid,
            "Tokens a query": round(tokens),
            "Cost per 1,000": money(score.cost_per_1k),
            "As deployed": money(score.deploy_cost_per_1k),
            "p50": _milliseconds(score.p50_ms),
        }
        rows.append(row)
    for optional, empty in (("Without near-duplicates", ""), ("As deployed", "set a price")):
        if all(row[optional] == empty for row in rows):
            for row in rows:
                del row[optional]
    return rows


def chart_rows(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return the dots with their intervals, best first."""
    return [
        {
            "Method": name_of(s, scores),
            "Score": s.value,
            "Low": s.low,
            "High": s.high,
            "n": s.n,
            "Who": "with an LLM" if _uses_llm(s) else "no LLM",
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


def _uses_llm(score: Score) -> bool:
    method = METHODS.get(score.method)
    return method.uses_model if method else bool((score.setup or {}).get("model"))


def _against(score: Score, target: float) -> str:
    """Return where a score stands to the target, as sure as its interval allows."""
    if score.low >= target:
        return f"its whole interval reaches the target of {target:.2f}"
    if score.high < target:
        return f"its whole interval is short of the target of {target:.2f}"
    side = "above" if score.value >= target else "below"
    return f"that is {side} the target of {target:.2f}, and the interval cannot rule out the other"


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
