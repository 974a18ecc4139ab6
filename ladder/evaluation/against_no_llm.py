"""Who loses to the best method that needs no language model: said plainly, by the paired test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ladder.evaluation.board_view import best, name_of, uses_llm

if TYPE_CHECKING:
    from ladder.evaluation.paired import Verdict
    from ladder.evaluation.score import Score

__all__ = ["against_no_llm"]


def against_no_llm(scores: Sequence[Score], verdicts: Sequence[Verdict]) -> list[str]:
    """Return which methods with a language model are worse than the best without one.

    Args:
        scores: those of one split that stand beside each other, as `comparable` gives them.
        verdicts: the paired verdicts; those of another split are left out.

    Returns:
        A sentence on those that the paired test finds worse, and one on those that only score
        lower; none where there are no such methods.
    """
    baseline = best(scores, llm=False)
    if baseline is None:
        return []
    name = name_of(baseline, scores)
    here = ("", baseline.split)
    found = {frozenset((v.a, v.b)): v for v in verdicts if v.split in here}
    worse, unsure = [], []
    for score in sorted(filter(uses_llm, scores), key=lambda score: score.value):
        own = name_of(score, scores)
        verdict = found.get(frozenset((own, name)))
        if verdict is None:
            if score.value < baseline.value:
                unsure.append(f"{own} ({score.value:.2f}, no example in common)")
            continue
        mine, its = verdict.value_a, verdict.value_b
        if verdict.b == own:
            mine, its = its, mine
        said = f"{own} ({mine:.2f} against {its:.2f}, n = {verdict.n:,})"
        if verdict.better and mine < its:
            worse.append(said)
        elif mine < its:
            unsure.append(said)
    end = f"{name}, which needs no LLM" + (", on the test split" * (baseline.split == "test"))
    lines = []
    if worse:
        lines.append(f"Worse than {end}, by the paired test: {', '.join(worse)}.")
    if unsure:
        lines.append(f"Below {end}, though the paired test cannot tell yet: {', '.join(unsure)}.")
    return lines
