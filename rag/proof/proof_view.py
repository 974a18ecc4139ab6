"""What the proof of the search looks like, as plain data and charts: no page, no click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "HELP",
    "SETTINGS_HELP",
    "front_chart",
    "front_words",
    "measure_rows",
    "point_rows",
    "question_words",
    "risk_chart",
    "risk_words",
    "why_no_rule",
]

_ORIGINS = {
    "all": "all questions",
    "cloze": "made: a gap in a sentence",
    "keywords": "made: keywords",
    "model": "written by a model",
    "team": "labelled by the team",
    "thumbs": "thumbs up in Chat",
}
HELP = {
    "MRR": "One divided by the place of the right passage, on average: 1 first, 0.5 second.",
    "nDCG": "1 where the right passage comes first, 0.63 second, 0.5 third, 0 where it is missing.",
    "Found": "Share of the questions for which the right passage is read.",
    "Tokens read": "Tokens of passages that the model reads for a question.",
    "ms": "Milliseconds that finding the passages takes.",
    "MB": "Memory of the index.",
}
"""What the headings of the tables mean."""
SETTINGS_HELP = (
    'A name such as "hybrid 0.5, 4 x 128 tokens" says how passages are found (hybrid: by meaning '
    "and by words, 0.5 being the share of meaning), how many are read, and how long each may be."
)
_BLUE, _RUST, _GREY = "#2563eb", "#b45309", "#8a8a94"

_TELLS = 0.7
"""AUROC below which the fitted rule is not offered."""
_ANSWERS = 0.5
"""Share of answerable questions that an offered rule must at least answer."""


def measure_rows(found: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the table of measures by where the questions come from."""
    k = found["measures"][0]["k"]
    return [
        {
            "Questions": f"{_ORIGINS.get(row['origin'], row['origin'])} ({row['n']})",
            f"Found in the first {k}": _interval(row["recall"]),
            "MRR": _interval(row["mrr"]),
            "nDCG": _interval(row["ndcg"]),
        }
        for row in found["measures"]
    ]


def question_words(found: Mapping[str, Any]) -> str:
    """Return the one sentence that says how good the search is."""
    row = found["measures"][0]
    recall = row["recall"]
    return (
        f"For {recall['value'] * 100:.0f} of 100 questions the right passage is among the "
        f"{row['k']} that are read ({recall['low'] * 100:.0f} to {recall['high'] * 100:.0f}, "
        f"{row['n']} questions; {found['name']})."
    )


def point_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the table of the settings that none beats, and of what is used now."""
    return [
        {
            "Settings": point["name"],
            "": "used now" if point["now"] else "",
            "nDCG": _interval(point["ndcg"]),
            "Found": f"{point['recall']['value']:.2f}",
            "Tokens read": f"{point['tokens']:.0f}",
            "ms": f"{point['milliseconds']:.0f}",
            "MB": f"{point['megabytes']:.1f}",
            "$ per 1,000": _price(point["cost_per_1k"]),
        }
        for point in found["points"]
        if point["best_at_its_cost"] or point["now"]
    ]


def front_words(found: Mapping[str, Any]) -> str:
    """Return the chart of the front in words."""
    said = "; ".join(
        f"{p['name']}: {p['ndcg']['value']:.2f} at {p['tokens']:.0f} tokens"
        for p in found["points"]
        if p["best_at_its_cost"] or p["now"]
    )
    return f"Quality (nDCG) against tokens read a question, for the settings none beats. {said}."


def front_chart(found: Mapping[str, Any]) -> Any:
    """Return the Altair chart: quality against tokens, the front and what is used now marked."""
    import altair as alt

    advised = found["recommendation"]["name"] if found["recommendation"]["settings"] else None
    rows = [
        {
            "settings": p["name"],
            "tokens": p["tokens"],
            "nDCG": p["ndcg"]["value"],
            "low": p["ndcg"]["low"],
            "high": p["ndcg"]["high"],
            "kind": _kind(p, advised),
        }
        for p in found["points"]
    ]
    kinds = ["used now", "recommended", "best at its cost", "beaten"]
    rows.sort(key=lambda row: -kinds.index(row["kind"]))  # what matters is drawn last, on top
    base: Any = alt.Chart({"values": rows}).encode(
        x=alt.X("tokens:Q", title="tokens of passages that the model reads", scale=_from_zero()),
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[_RUST, "#15803d", _BLUE, "#d4d4d8"]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["settings:N", "nDCG:Q", "tokens:Q"],
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        y=alt.Y("nDCG:Q", scale=alt.Scale(zero=False)),
        shape=alt.Shape(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=["diamond", "triangle-up", "circle", "circle"]),
        ),
    )
    bars = (
        base.transform_filter("datum.kind != 'beaten'")
        .mark_rule()
        .encode(y=alt.Y("low:Q", title="nDCG"), y2="high:Q", tooltip=alt.value(None))
    )
    return alt.layer(bars, points).properties(height=300)


def risk_words(risk: Mapping[str, Any]) -> str:
    """Return what the fitted rule for saying nothing does, in a sentence."""
    return (
        f"Saying nothing: with a fitted rule {risk['answered'] * 100:.0f} of 100 questions that "
        f"the documents answer are answered, and {risk['stopped'] * 100:.0f} of 100 that they do "
        f"not answer are stopped (AUROC {risk['auroc']:.2f}, {risk['n']} questions of each kind, "
        "none of which the rule was fitted on)."
    )


def why_no_rule(risk: Mapping[str, Any]) -> str:
    """Return why the fitted rule is not offered, in a sentence; empty where it is."""
    if risk["auroc"] < _TELLS:
        return "That is too little to go by: keep what you use."
    if risk["answered"] < _ANSWERS:
        return (
            "It would be silent on more than half of what the documents answer: keep what you use."
        )
    return ""


def risk_chart(risk: Mapping[str, Any]) -> Any:
    """Return the Altair chart of risk against coverage."""
    import altair as alt

    rows = [
        {"answered": point["coverage"], "wrong": point["risk"], "threshold": point["threshold"]}
        for point in risk["points"]
    ]
    share = alt.Axis(format="%")
    chart: Any = alt.Chart({"values": rows})
    line = chart.mark_line(color=_BLUE, interpolate="step-after").encode(
        x=alt.X("answered:Q", title="share of all questions that are answered", axis=share),
        y=alt.Y("wrong:Q", title="of these, not in the documents", axis=share),
    )
    near = min(rows, key=lambda row: abs(row["threshold"] - risk["threshold"]))
    mark: Any = alt.Chart({"values": [near | {"said": "the rule's threshold"}]})
    mark = mark.encode(x="answered:Q", y="wrong:Q")
    return alt.layer(
        line,
        mark.mark_point(filled=True, size=90, color=_RUST, opacity=1),
        mark.mark_text(dx=-8, dy=-8, align="right", color=_RUST).encode(text="said:N"),
    ).properties(height=220)


def _kind(point: Mapping[str, Any], advised: str | None) -> str:
    if point["now"]:
        return "used now"
    if point["name"] == advised:
        return "recommended"
    return "best at its cost" if point["best_at_its_cost"] else "beaten"


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def _price(cost: float | None) -> str:
    return "set a price" if cost is None else f"{cost:.3g}"


def _from_zero() -> Any:
    import altair as alt

    return alt.Scale(zero=True)
