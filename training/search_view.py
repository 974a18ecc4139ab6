"""What the Train page shows of a search, as plain data: values, table, charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from training.fields import choices_of, hints_of
from training.search.asked import NOT_SEARCHED, usual_values

if TYPE_CHECKING:
    from training.core import Recipe

__all__ = [
    "field_chart",
    "field_words",
    "importance_chart",
    "importance_words",
    "label",
    "rows_of",
    "searchable",
    "text_of",
    "usual_fields",
    "values_text",
]

INK, _BLUE, _GREY = "#171717", "#0f5c73", "#6b7280"


def label(name: str) -> str:
    """Return a field as a person reads it."""
    return name.replace("_", " ").capitalize()


def searchable(recipe: Recipe) -> list[str]:
    """Return the fields that can be searched, the usual ones first, then the method's own."""
    hints = hints_of(type(recipe))
    first = usual_fields(recipe)
    rest = [name for name in reversed(list(hints)) if name not in {*NOT_SEARCHED, *first}]
    return [*first, *rest]


def usual_fields(resolved: Recipe) -> list[str]:
    """Return the fields that a search tries where none are chosen."""
    return list(usual_values(resolved)[0])


def values_text(resolved: Recipe, name: str) -> str:
    """Return values to begin with, as the form holds them: "8, 16, 32"."""
    usual = usual_values(resolved)[0]
    choices = choices_of(type(resolved)).get(name)
    value = getattr(resolved, name)
    values: Sequence[Any]
    if name in usual:
        values = usual[name]
    elif choices:
        values = choices
    elif isinstance(value, bool):
        values = ("false", "true")
    elif isinstance(value, int) and value > 1:
        values = (value // 2, value, 2 * value)
    elif isinstance(value, float) and value:
        values = tuple(float(f"{value * factor:.3g}") for factor in (0.5, 1, 2))
    else:
        values = () if value is None else (value,)
    return ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def text_of(values: Mapping[str, str]) -> str:
    """Return fields with their values as a command has them."""
    return " ".join(f"{name}={listed.replace(' ', '')}" for name, listed in values.items())


def rows_of(trials: Sequence[Mapping[str, Any]], best: str | None = None) -> list[dict[str, Any]]:
    """Return the settings tried as rows of a table, the best first."""
    rows = []
    for each in trials:
        failed = each["value"] is None
        marks = (["best so far" if best is None else "best"] if each["key"] == best else []) + (
            ["as it was"] if each["base"] else []
        )
        rows.append(
            {
                "Setting": each["name"],
                "Score": "failed" if failed else f"{each['value']:.2f}",
                "95 %": "" if failed else f"{each['low']:.2f} to {each['high']:.2f}",
                "n": each["n"] or None,
                "Steps": f"{each['steps']:,} of {each['steps_planned']:,}" if each["steps"] else "",
                "Minutes": round(each["minutes"], 1),
                "": each["error"] or ", ".join(marks),
            }
        )
    return rows


def importance_words(found: Mapping[str, Any]) -> str:
    """Return the chart of what mattered in words, for those who do not see it."""
    shares = found["importance"]["shares"]
    listed = ", ".join(f"{label(name)} {share:.0%}" for name, share in shares.items())
    return f"Share of the differences between settings that each field explains: {listed}"


def importance_chart(found: Mapping[str, Any]) -> Any:
    """Return bars: how much of the differences between settings each field explains."""
    import altair as alt

    words: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    rows = [{"Field": label(n), "Share": s} for n, s in found["importance"]["shares"].items()]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X(
            "Share:Q",
            title="share of the differences",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], **words),
        ),
        y=alt.Y("Field:N", title=None, sort=None, axis=alt.Axis(**words)),
    )
    text = base.mark_text(align="left", dx=4, color=INK).encode(
        text=alt.Text("Share:Q", format=".0%")
    )
    return (base.mark_bar(color=_BLUE) + text).properties(height=44 * len(rows) + 30)


def field_words(found: Mapping[str, Any], name: str) -> str:
    """Return the chart of a field in words."""
    parts = [
        f"{_said(e['settings'][name])}: {e['value']:.2f} ({e['low']:.2f} to {e['high']:.2f})"
        for e in _ordered(found, name)
    ]
    return f"Score by {label(name).lower()}: {', '.join(parts)}"


def field_chart(found: Mapping[str, Any], name: str) -> Any:
    """Return the score of every setting with its interval, by the value of one field."""
    import altair as alt

    words: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    through = _ordered(found, name)
    rows = [
        {
            "Value": _said(each["settings"][name]),
            "Setting": each["name"],
            "Score": each["value"],
            "Low": each["low"],
            "High": each["high"],
            "Which": "best" if each["key"] == found["best"]["key"] else "other",
            "Number": each["number"],
        }
        for each in through
    ]
    order = list(dict.fromkeys(row["Value"] for row in rows))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("Value:N", title=label(name), sort=order, axis=alt.Axis(labelAngle=0, **words)),
        xOffset=alt.XOffset("Number:O", scale=alt.Scale(paddingOuter=0.4)),
        color=alt.Color(
            "Which:N", legend=None, scale=alt.Scale(domain=["best", "other"], range=[_BLUE, _GREY])
        ),
        tooltip=["Setting:N", alt.Tooltip("Score:Q", format=".2f")],
    )
    score = alt.Y(
        "Score:Q",
        title=found["best"]["metric"],
        scale=alt.Scale(zero=False),
        axis=alt.Axis(**words),
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=score,
        shape=alt.Shape(
            "Which:N",
            legend=None,
            scale=alt.Scale(domain=["best", "other"], range=["diamond", "circle"]),
        ),
    )
    lines = base.mark_rule().encode(y=alt.Y("Low:Q", title=found["best"]["metric"]), y2="High:Q")
    return (lines + dots).properties(height=220)


def _ordered(found: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the settings that are through, by the value of a field."""
    through = [each for each in found["trials"] if each["value"] is not None]
    values = [each["settings"][name] for each in through]
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return sorted(
        through,
        key=lambda e: (e["settings"][name] if numbers else str(e["settings"][name]), e["number"]),
    )


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
