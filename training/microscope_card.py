"""The panel "What the model will see" of the Train page: findings, tokens, lengths."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.errors import LadderError
from ladder.frame import model_title
from ladder.models.references import parse_reference
from ladder.project import TaskFolder
from training import microscope_view as view
from training.checks import Checked, check_rows, compared_labels
from training.checks.neighbours import FEWEST
from training.microscope import pieces_of, statistics
from training.prepare import Prepared, prepare
from training.recipe import Recipe

__all__ = ["findings", "panel", "say_refusal"]

_INK = "#171717"


def panel(folder: TaskFolder, recipe: Recipe, checked: Checked, rows: int) -> Checked:
    """Draw the panel and return all that is found so far.

    Args:
        folder: the task.
        recipe: what would train.
        checked: what the examples show without a model.
        rows: how many train.
    """
    key = view.signature(folder, recipe)
    st.subheader("What the model will see", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.toggle(
            "Show the tokens",
            key="microscope",
            help="Reads every row with the model's tokenizer; the weights are not loaded.",
        )
        compares = folder.task.kind == "classification" and rows >= FEWEST
        asked = compares and st.button(
            "Compare the labels of similar texts",
            key="compare",
            help="Embeds the texts, which takes some seconds per hundred the first time.",
        )
    if asked:
        bar = st.progress(0.0, text="Loading the embedder")

        def say(done: int, total: int) -> None:
            bar.progress(done / total, text=f"Comparing {done:,} of {total:,} texts")

        st.session_state["compared"] = (key, compared_labels(folder, recipe, say))
        bar.empty()
    compared = _kept("compared", key)
    plan = _prepared(folder, recipe, key) if wanted else None
    if plan is not None:
        checked += check_rows(folder, plan)
    if compared is not None:
        checked += compared
    findings(checked)
    if compared == Checked():
        st.write("The labels of similar texts agree: at most 30 % of them are doubtful.")
    if plan is not None:
        tokens(folder, plan)
    return checked


def findings(checked: Checked) -> None:
    """List what was found, or say that nothing was."""
    if checked.findings:
        st.html(view.findings_html(checked))
    else:
        st.write("Nothing is wrong with the rows that could be seen.")


def say_refusal(words: str) -> None:
    """Say why a run cannot start; the words may hold some of the data, so they are escaped."""
    with st.container(border=True, key="refusal"):
        st.html(view.plain_html(words))


def tokens(folder: TaskFolder, plan: Prepared) -> None:
    """Show the statistics of all rows and the tokens of one."""
    st.write(statistics(plan).words)
    st.altair_chart(
        _lengths(plan), alt="How many rows have how many tokens, prompt and answer together"
    )
    found = view.examples_of(plan, folder)
    chosen = st.selectbox(
        "Example", list(found), key="microscope_example", format_func=lambda id: found.get(id, id)
    )
    if len(found) < len(plan.data.rows):
        st.caption(f"The first {len(found):,} of {len(plan.data.rows):,} rows.")
    pieces = pieces_of(plan, chosen)
    st.write(view.tokens_words(pieces))
    with st.container(border=True):
        st.html(view.tokens_html(pieces))


def _prepared(folder: TaskFolder, recipe: Recipe, key: str) -> Prepared | None:
    """Return the run as it would start, kept while nothing of it changes; say why there is none."""
    plan = _kept("prepared", key)
    if plan is None:
        if parse_reference(recipe.model).kind == "hf":
            st.write("The tokens can be shown once the model is here; the run downloads it.")
            return None
        try:
            with st.spinner(f"Reading the rows as {model_title(recipe.model)} will"):
                plan = prepare(folder, recipe)
        except LadderError as error:
            say_refusal(str(error))
            return None
        st.session_state["prepared"] = (key, plan)
    return plan  # type: ignore[no-any-return]


def _kept(name: str, key: str) -> Any:
    """Return what was kept under a name, if it is of the same rows."""
    kept = st.session_state.get(name)
    return kept[1] if kept is not None and kept[0] == key else None


def _lengths(plan: Prepared) -> Any:
    import altair as alt

    bins = view.length_bins(plan)
    span = alt.Scale(domain=[bins[0]["From"], bins[-1]["To"]], nice=False)
    words: dict[str, Any] = {"labelColor": _INK, "titleColor": _INK, "labelFontSize": 13}
    return (
        alt.Chart(alt.InlineData(values=bins))
        .mark_bar(color="#0f5c73")
        .encode(
            x=alt.X(
                "From:Q", title="tokens of a row", scale=span, axis=alt.Axis(format="d", **words)
            ),
            x2="To:Q",
            y=alt.Y("Rows:Q", title="rows", axis=alt.Axis(tickMinStep=1, format="d", **words)),
            y2=alt.datum(0),
        )
        .properties(height=160)
    )
