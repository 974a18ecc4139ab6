"""What the few-shot leaderboard looks like, as plain data and charts: no page, no click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ladder.answering import ASKS_MODEL
from ladder.evaluation.board_view import money

if TYPE_CHECKING:
    from rag.few_shot.board import Board, Line

__all__ = [
    "HELP",
    "board_chart",
    "board_words",
    "curve_chart",
    "curve_words",
    "how_words",
    "legend",
    "legend_html",
    "prompts",
    "recommended",
    "said_shortly",
    "table_rows",
]

HELP = {
    "Prompt": "Which examples it shows, and in which order.",
    "Score": "On held-out examples, with the interval in which it lies at 95 % confidence.",
    "n": "How many examples it was measured on; scores of different n do not stand beside "
    "each other.",
    "Invalid": "Share of the answers that have not the form asked for, as none of the labels.",
    "Found": "Random examples are drawn several times, and their score is the mean.",
    "Tokens": "Tokens of a prompt on average; they are paid on every call. Those that are kept "
    "were not computed again for the next question.",
    "Time": "Of a single request here, on average.",
    "$ per 1,000": "Dollars for 1,000 questions, by the price in the task card on Start.",
}
"""What the headings of the table mean."""

GROUPS: dict[str, str] = {
    "no-llm": "no LLM",
    "zero-shot": "no examples",
    "selection": "which examples",
    "count": "how many",
    "calibration": "calibration",
}
"""What a line was measured for, in words."""
_KINDS = ("no LLM", "prompt", "best prompt", "dropped early")
_COLOURS = ("#8a5a00", "#0f5c73", "#15803d", "#6b6b76")
_SHAPES = ("square", "circle", "diamond", "triangle-up")
_SIGNS = ("■", "●", "◆", "▲")
_INK = "#171717"


def table_rows(board: Board) -> list[dict[str, Any]]:
    """Return the table: lines as they are kept, with what each costs and what was found."""
    rows = [_row(line) for line in board.lines]
    if all(row["$ per 1,000"] in ("", "set a price") for row in rows):
        for row in rows:
            del row["$ per 1,000"]
    return rows


def _row(line: Line) -> dict[str, Any]:
    return {
        "Prompt": line.name,
        "Tried for": GROUPS[line.group],
        "Score": _score(line),
        "n": f"{line.n:,}" if line.n else "",
        "Found": ", ".join(filter(None, (_found(line), _draws(line)))),
        "Tokens": _tokens(line),
        "Time": _time(line.milliseconds),
        "$ per 1,000": money(line.cost_per_1k) if line.n else "",
        "Invalid": f"{line.invalid:.0%}" if line.n else "",
    }


def _found(line: Line) -> str:
    """Return in a few words what became of a line."""
    if line.state == "dropped":
        late = line.why.startswith("The budget")
        return f"{'out of time' if late else 'dropped'} after {line.n} items"
    if line.state != "measured":
        return line.state
    if line.best:
        return "the best prompt"
    return "cannot be told from the best" if line.tied else ""


def _draws(line: Line) -> str:
    """Return how far apart the scores of several random draws lie."""
    values = [value for _, value in line.seeds]
    return f"{len(values)} draws {min(values):.2f} to {max(values):.2f}" if values else ""


def _tokens(line: Line) -> str:
    """Return the tokens of a prompt, and of these what was kept from another question."""
    if line.group == "no-llm" or not line.n:
        return ""
    kept = f", {line.cached_tokens:,.0f} kept" if round(line.cached_tokens) else ""
    return f"{line.prompt_tokens:,.0f}{kept}"


def _score(line: Line) -> str:
    if line.value is None:
        return ""
    if line.low is None or line.high is None:
        return f"{line.value:.2f}"
    return f"{line.value:.2f} ({line.low:.2f} to {line.high:.2f})"


def _time(milliseconds: float | None) -> str:
    if milliseconds is None:
        return ""
    if milliseconds < 1:
        return "under 1 ms"
    return f"{milliseconds:,.0f} ms" if milliseconds < 2000 else f"{milliseconds / 1000:.1f} s"


def how_words(board: Board) -> str:
    """Return on what the board was measured, and how to read its scores."""
    sample = f", a sample drawn by seed {board.seed}" if board.limit is not None else ""
    how = {
        "held-out": f"{board.n} {board.split} examples{sample}; only other examples are shown",
        "leave-one-out": f"{board.n} labelled examples outside the test split{sample}; for each, "
        "all the others may be shown (leave-one-out)",
    }
    return (
        f"Measured by {board.metric} on {how.get(board.scheme, f'{board.n} examples{sample}')}. "
        "The bars are 95 % intervals. What was dropped early could no longer win, and saved time."
    )


def prompts(board: Board) -> list[Line]:
    """Return the lines that put a prompt to a model and were measured: they can be tried here."""
    return [
        line
        for line in board.lines
        if line.value is not None and line.settings.get("answerer") in ASKS_MODEL
    ]


def recommended(board: Board) -> Line | None:
    """Return the line to use: the best prompt, or what needs no LLM where that is the verdict."""
    if board.verdict.kind == "no-llm":
        free = [e for e in board.lines if e.group == "no-llm" and e.state == "measured"]
        return max(free, key=lambda line: line.value or 0.0, default=None)
    return next((line for line in board.lines if line.best), None)


def said_shortly(sentence: str) -> tuple[str, str]:
    """Return a text as its first sentence, and the rest."""
    head, stop, rest = sentence.partition(". ")
    return (f"{head}.", rest.strip()) if stop else (sentence, "")


def board_words(board: Board) -> str:
    """Return the chart of the leaderboard in words."""
    said = "; ".join(f"{e.name} {_score(e)}, n = {e.n}" for e in board.lines if e.value is not None)
    return f"Scores ({board.metric}) with 95 % intervals; the target is {board.target:.2f}. {said}."


def board_chart(board: Board) -> Any:
    """Return the Altair chart: a dot a line, its interval, the target through all."""
    import altair as alt

    rows = [_dot(line) for line in board.lines if line.value is not None]
    lane = alt.Y(
        "name:N",
        sort=[row["name"] for row in rows],
        title=None,
        axis=alt.Axis(**_words() | {"labelFontSize": 12, "labelLimit": 205, "labelOverlap": False,
                      "labelFlush": False, "labelBound": False}),
    )  # fmt: skip
    colour = alt.Color("kind:N", scale=alt.Scale(domain=_KINDS, range=_COLOURS), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=_KINDS, range=_SHAPES), legend=None)
    base = alt.Chart(alt.InlineData(values=rows))
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", **_scores(board)), x2="high:Q", y=lane, color=colour
    )
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="score:Q", y=lane, color=colour, shape=shape,
        tooltip=["name:N", "score:Q", "low:Q", "high:Q", "n:Q", "found:N"],
    )  # fmt: skip
    rule = _goal(board).mark_rule(strokeDash=[6, 4], color=_INK).encode(x="score:Q")
    label = (
        _goal(board)
        .mark_text(align="right", dx=-4, dy=-6, fontSize=13, color=_INK)
        .encode(x="score:Q", y=alt.value(0), text="label:N")
    )
    return (lines + dots + rule + label).properties(height=alt.Step(26))


def legend(board: Board) -> list[tuple[str, str, str]]:
    """Return sign, colour and meaning of the sorts of dots in the chart."""
    there = {_dot(line)["kind"] for line in board.lines if line.value is not None}
    rows = zip(_SIGNS, _COLOURS, _KINDS, strict=True)
    return [(sign, colour, kind) for sign, colour, kind in rows if kind in there]


def legend_html(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return the legend as HTML that wraps; `rows` are what `legend` gives."""
    signs = "".join(
        f'<span style="white-space:nowrap"><b style="color:{colour}">{escape(sign)}</b> '
        f"{escape(kind)}</span>"
        for sign, colour, kind in rows
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:4px 18px">{signs}</div>'


def _dot(line: Line) -> dict[str, Any]:
    kind = "no LLM" if line.group == "no-llm" else "best prompt" if line.best else "prompt"
    return {
        "name": line.name,
        "score": round(line.value or 0.0, 4),
        "low": line.value if line.low is None else line.low,
        "high": line.value if line.high is None else line.high,
        "n": line.n,
        "kind": "dropped early" if line.state == "dropped" else kind,
        "found": _found(line),
    }


def curve_words(board: Board) -> str:
    """Return the curve over the number of examples in words."""
    said = "; ".join(
        f"{p.count}: {p.value:.2f} ({p.low:.2f} to {p.high:.2f}, n = {p.n})" for p in board.curve
    )
    return f"Score by the number of examples shown; the target is {board.target:.2f}. {said}."


def curve_chart(board: Board) -> Any:
    """Return the Altair chart of the score over the number of examples, with intervals."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {"count": str(p.count), "score": round(p.value, 4), "low": p.low, "high": p.high, "n": p.n}
        for p in board.curve
    ]
    across = alt.X(
        "count:N",
        sort=[row["count"] for row in rows],
        title="examples in the prompt",
        axis=alt.Axis(labelAngle=0, **_words()),
    )
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_rule(strokeWidth=2, color=_COLOURS[1]).encode(
        x=across, y=alt.Y("low:Q", **_scores(board)), y2="high:Q"
    )
    line = base.mark_line(color=_COLOURS[1], point={"size": 70, "color": _COLOURS[1]}).encode(
        x=across, y="score:Q", tooltip=["count:N", "score:Q", "low:Q", "high:Q", "n:Q"]
    )
    rule = _goal(board).mark_rule(strokeDash=[6, 4], color=_INK).encode(y="score:Q")
    label = (
        _goal(board)
        .mark_text(align="left", dx=4, dy=-7, fontSize=13, color=_INK)
        .encode(y="score:Q", x=alt.value(0), text="label:N")
    )
    return (bars + line + rule + label).properties(height=260)


def _goal(board: Board) -> Any:
    import altair as alt

    target = {"score": board.target, "label": f"target {board.target:.2f}"}
    return alt.Chart(alt.InlineData(values=[target]))


def _scores(board: Board) -> Mapping[str, Any]:
    """Return how an axis of scores looks."""
    import altair as alt

    ticks = alt.Axis(values=[i / 10 for i in range(0, 11, 2)], **_words())
    return {"scale": alt.Scale(domain=[0, 1]), "title": board.metric, "axis": ticks}


def _words() -> dict[str, Any]:
    return {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 13, "titleFontSize": 13}
