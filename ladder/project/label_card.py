"""The cards on Start for a task that has examples: the table to label in, and leaks to know of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ladder.frame import say_errors
from ladder.project import TaskFolder, near_duplicates_across
from ladder.project import start_view as view

__all__ = ["label_table", "leaked", "save_edits"]


def leaked(folder: TaskFolder) -> None:
    """List the near-duplicates across the test and the rest of a split that was brought."""
    pairs = near_duplicates_across(folder)
    if not pairs:
        return
    with st.expander(f"{view.count_of(len(pairs), 'near-duplicate')} of test examples elsewhere"):
        st.write("A test score flatters by these. The scoreboard shows the score without them.")
        st.dataframe(
            [{"Test": p.test.input, "Part": p.part, "There": p.other.input} for p in pairs],
            hide_index=True,
            alt="Test examples with a near-duplicate outside the test, the part it is in, its text",
        )


def label_table(folder: TaskFolder) -> None:
    """Draw the table; every changed cell is saved before the page is drawn again.

    The rows stay in the order of the visit's first drawing, so that none jumps away while
    somebody types.
    """
    examples = folder.examples()
    key, find = f"labels_{folder.project.name}_{folder.task.name}", ""
    if len(examples) > view.LABEL_ROWS:
        find = st.text_input("Find rows with", key=f"{key}_find", placeholder="a word or a label")
        key = f"{key}_{find}"
    rows_key, saved_key = f"{key}_rows", f"{key}_saved"
    ids = {example.id for example in examples}
    rows: list[dict[str, Any]] = st.session_state.get(rows_key, [])
    if key not in st.session_state or not {row["id"] for row in rows} <= ids:
        rows = view.label_rows(examples, find=find)
        st.session_state[rows_key] = rows
        st.session_state[saved_key] = {}
    if find or len(rows) < len(examples):
        st.write(
            f"Showing {len(rows):,} of {view.count_of(len(examples), 'row')}, those without an "
            "answer first. Search to reach the others."
        )

    def save() -> None:
        save_edits(folder, rows, st.session_state[key]["edited_rows"], st.session_state[saved_key])

    shown = ["input", "output"]
    if folder.task.kind == "qa" or any(row["unanswerable"] for row in rows):
        shown.append("unanswerable")
    st.data_editor(
        rows,
        key=key,
        on_change=save,
        hide_index=True,
        height=300,
        column_order=shown,
        disabled=("id", "input"),
        column_config={
            "input": st.column_config.TextColumn(folder.task.input_name, width="large"),
            "output": st.column_config.TextColumn(folder.task.output_name, width="medium"),
            "unanswerable": st.column_config.CheckboxColumn(
                "Not answerable",
                width="small",
                help="The documents do not hold the answer: the right thing is to say so.",
            ),
        },
        alt="Examples with their right answers; the last column can be typed into",
    )


def save_edits(
    folder: TaskFolder,
    rows: Sequence[Mapping[str, Any]],
    edited: Mapping[int, Mapping[str, Any]],
    saved: dict[int, Mapping[str, Any]],
) -> None:
    """Store what was edited since the last save, and note it in `saved`.

    The editor reports every edit of the visit each time; storing one again would undo what
    somebody else did to that row meanwhile.
    """
    stored = {e.id: (e.output or "", e.answerable) for e in folder.examples()}
    for place, example_id, output, answerable in view.edits(rows, edited, saved):
        with say_errors():
            if stored.get(example_id) != (output, answerable):
                folder.set_output(example_id, output or None, answerable=answerable)
            saved[place] = dict(edited[place])
