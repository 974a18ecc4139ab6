"""What the labelled examples look like, as plain data and a chart: no page, no click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ladder.project.task import Example, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag.few_shot.label_next import LabelNext, Way
    from rag.few_shot.problems import Problems

__all__ = [
    "MOST_ROWS",
    "SHOWN",
    "WAYS",
    "bar_chart",
    "bar_rows",
    "bar_words",
    "next_rows",
    "pool_words",
    "problem_rows",
    "ways",
]

SHOWN = 15
"""Labels that have their own bar; the rest are counted in a sentence."""
MOST_ROWS = 200
"""Examples with a problem that are listed."""
WAYS: dict[Way, str] = {
    "vote-k": "those that stand for many",
    "uncertainty": "those that are undecided",
}
"""The ways to choose what to label next."""
_LENGTHS = ((1, 1), (2, 3), (4, 7), (8, 15), (16, 31), (32, 63))
"""Words of an answer, where answers are no labels."""


def bar_rows(pool: Sequence[Example], kind: Kind) -> list[dict[str, Any]]:
    """Return the bars: examples by label, or by the length of their answer.

    Args:
        pool: labelled examples.
        kind: of the task; only a classification has labels.
    """
    answers = [each.output or "" for each in pool]
    if kind == "classification":
        counts = Counter(answers).most_common(SHOWN)
        return [{"name": label or "(empty)", "examples": count} for label, count in counts]
    lengths = [len(answer.split()) for answer in answers]
    bins = [(_range(a, b), sum(a <= n <= b for n in lengths)) for a, b in _LENGTHS]
    bins.append((f"{_LENGTHS[-1][1] + 1} words or more", sum(n > _LENGTHS[-1][1] for n in lengths)))
    bins.insert(0, ("no answer", sum(n == 0 for n in lengths)))
    return [{"name": name, "examples": count} for name, count in bins if count]


def _range(low: int, high: int) -> str:
    return f"{low} word" if low == high == 1 else f"{low} to {high} words"


def bar_words(pool: Sequence[Example], kind: Kind) -> str:
    """Return the bars in words, for who does not see them."""
    said = ", ".join(f"{row['name']} {row['examples']}" for row in bar_rows(pool, kind))
    return f"Labelled examples: {said}."


def pool_words(pool: Sequence[Example], kind: Kind) -> str:
    """Return how many examples may be shown, and how they are spread over labels."""
    text = f"{len(pool):,} labelled example{'' if len(pool) == 1 else 's'} may be shown"
    if kind != "classification" or not pool:
        return f"{text}; those of the test split are kept apart."
    counts: Mapping[str | None, int] = Counter(each.output for each in pool)
    most, least = max(counts.values()), min(counts.values())
    spread = f"{most:,} each" if most == least else f"{least:,} to {most:,} each"
    text += f", of {len(counts):,} label{'' if len(counts) == 1 else 's'}, {spread}"
    hidden = len(counts) - SHOWN
    rest = f" The chart has the {SHOWN} most frequent; {hidden:,} more are not drawn."
    return f"{text}; those of the test split are kept apart.{rest if hidden > 0 else ''}"


def bar_chart(pool: Sequence[Example], kind: Kind) -> Any:
    """Return the Altair chart of the bars, each with its number."""
    import altair as alt

    rows = bar_rows(pool, kind)
    ink = "#171717"
    words: dict[str, Any] = {"labelColor": ink, "titleColor": ink}
    lane = alt.Y(
        "name:N",
        sort=[row["name"] for row in rows],
        title=None,
        axis=alt.Axis(labelLimit=220, labelOverlap=False, labelFontSize=13, **words),
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=lane, tooltip=["name:N", "examples:Q"])
    along = alt.X(
        "examples:Q",
        title="labelled examples",
        axis=alt.Axis(tickMinStep=1, format="d", titleFontSize=13, **words),
    )
    bars = base.mark_bar(color="#0f5c73").encode(x=along)
    counts = base.mark_text(align="left", dx=4, fontSize=13, color=ink).encode(
        x="examples:Q", text="examples:Q"
    )
    return (bars + counts).properties(height=alt.Step(24))


def ways(examples: Sequence[Example], kind: Kind) -> list[Way]:
    """Return the ways that make sense: to be undecided takes two labels."""
    known = {each.output for each in examples if each.labelled}
    return ["vote-k", "uncertainty"] if kind == "classification" and len(known) > 1 else ["vote-k"]


def next_rows(chosen: Sequence[LabelNext]) -> list[dict[str, Any]]:
    """Return the table of what to label next."""
    return [
        {
            "id": each.example.id,
            "input": each.example.input,
            "output": "",
            "unanswerable": False,
            "why": each.reason,
        }
        for each in chosen
    ]


def problem_rows(found: Problems) -> list[dict[str, str]]:
    """Return the table of examples with a problem, the worst first, at most `MOST_ROWS`."""
    rows = [_row("no text or no answer", each) for each in found.empty]
    rows += [
        _row("contradicts", each.left)
        | {"The other text": each.right.input, "The other answer": each.right.output or ""}
        for each in found.contradictions
    ]
    for problem, groups in (
        ("repeated", found.duplicates),
        ("nearly repeated", found.near_duplicates),
    ):
        for first, *others in groups:
            rows += [
                _row(problem, each)
                | {"The other text": first.input, "The other answer": first.output or ""}
                for each in others
            ]
    rows += [_row("very long", each) for each in found.long]
    return rows[:MOST_ROWS]


def _row(problem: str, example: Example) -> dict[str, str]:
    return {
        "Problem": problem,
        "Text": example.input,
        "Answer": example.output or "",
        "The other text": "",
        "The other answer": "",
    }
