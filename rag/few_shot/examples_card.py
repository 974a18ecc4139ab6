"""The examples on the Few-shot page: how they are spread, what is wrong, what to label next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from ladder.answering import Setup
from ladder.frame import say_errors
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import TaskFolder
from ladder.project.label_card import save_edits
from ladder.project.task import Example
from rag.chat_view import escaped
from rag.few_shot import examples_view as view
from rag.few_shot.board import state_of
from rag.few_shot.prompt_view import shown_pool
from rag.few_shot.warm_card import compared

if TYPE_CHECKING:
    from rag.few_shot.label_next import Way

__all__ = ["examples"]

NEXT = 20
"""How many examples the list of what to label next has."""


def examples(folder: TaskFolder, setup: Setup) -> None:
    """Draw the examples of a task, as the prompts of a Setup would show them."""
    pool, kind = shown_pool(folder), folder.task.kind
    embedder = setup.embedder or DEFAULT_EMBEDDER
    st.write(view.pool_words(pool, kind))
    left, right = st.columns([1, 1.2], gap="large")
    with left:
        title = "Labels" if kind == "classification" else "Length of the answers"
        st.header(title, anchor=False)
        st.altair_chart(view.bar_chart(pool, kind), width="stretch", alt=view.bar_words(pool, kind))
    with right, say_errors():
        st.header("What is wrong with them", anchor=False)
        problems(folder, pool, embedder)
    with say_errors():
        st.header("What to label next", anchor=False)
        label_next(folder, embedder)


def problems(folder: TaskFolder, pool: Sequence[Example], embedder: str) -> None:
    """Draw what is wrong with the examples; looked for once for each state of the task."""
    of = folder.path, state_of(folder), embedder
    kept = st.session_state.get("shots_problems")
    if kept is None or kept[0] != of:
        compared(pool, embedder, str(folder.path))
        with st.spinner("Looking for repeated and contradicting examples"):
            from rag.few_shot.problems import problems_of

            kept = of, problems_of(pool, folder.task.kind, embedder)
        st.session_state["shots_problems"] = kept
    found = kept[1]
    if not found.sentences:
        st.markdown(
            ":material/check: Nothing: no text is repeated, none contradicts another, and every "
            "label has as many as the others."
        )
        return
    for sentence in found.sentences:
        st.markdown(f"- {escaped(sentence)}")
    rows = view.problem_rows(found)
    if rows:
        with st.expander(f"Which ones, {len(rows):,}"):
            st.dataframe(rows, hide_index=True, alt="Examples with a problem, and with which other")
        st.write("Mend them on Start, in the table of examples.")


def label_next(folder: TaskFolder, embedder: str) -> None:
    """Draw the examples that are worth labelling first; what is typed is kept at once."""
    every = folder.examples()
    waiting = sum(not each.labelled for each in every)
    if not waiting:
        st.write(
            "Every example has its answer. Add texts without an answer on Start: this list then "
            "says which of them teach the most, so that you label 20 and not 2,000."
        )
        return
    ways = view.ways(every, folder.task.kind)
    way = ways[0]
    if len(ways) > 1:
        st.session_state["shots_way"] = st.session_state.get("shots_way") or way
        picked = st.segmented_control(
            "Which first", ways, format_func=view.WAYS.__getitem__, required=True, key="shots_way",
            help="With few labels, those that stand for many others; later, those on which a "
            "simple classifier is undecided.",
        )  # fmt: skip
        way = picked or way
    rows = suggested(folder, every, embedder, way)
    of = f"shots_next_{st.session_state['shots_round']}_{way}_{folder.path}"
    saved: dict[int, Any] = st.session_state.setdefault(f"{of}_saved", {})

    def save() -> None:
        save_edits(folder, rows, st.session_state[of]["edited_rows"], saved)

    st.write(f"{waiting:,} wait for their answer; type it into the table, and press Enter.")
    st.data_editor(
        rows, key=of, on_change=save, hide_index=True, disabled=("input", "why"),
        column_order=("input", "output", "why"),
        column_config={
            "input": st.column_config.TextColumn(folder.task.input_name, width="large"),
            "output": st.column_config.TextColumn(folder.task.output_name, width="medium"),
            "why": st.column_config.TextColumn("Why this one", width="medium"),
        },
        alt="Examples to label next, with the reason; the answer can be typed into",
    )  # fmt: skip
    if st.button("Suggest the next ones", key="shots_more"):
        st.session_state["shots_round"] += 1
        st.rerun()


def suggested(
    folder: TaskFolder, every: Sequence[Example], embedder: str, way: Way
) -> list[dict[str, Any]]:
    """Return the rows to label, which stay while somebody types."""
    round_ = st.session_state.setdefault("shots_round", 0)
    of = folder.path, embedder, way, round_
    kept = st.session_state.get("shots_suggested")
    if kept is None or kept[0] != of:
        compared(every, embedder, f"all of {folder.path}")
        with st.spinner("Choosing what is worth labelling first"):
            from rag.few_shot.label_next import label_next as choose

            chosen = choose(every, embedder, folder.task.kind, NEXT, way)
        kept = of, view.next_rows(chosen)
        st.session_state["shots_suggested"] = kept
    rows: list[dict[str, Any]] = kept[1]
    return rows
