"""The cards on Start that show one dropped table before anything is written.

They draw what was understood, let the columns be changed, and return what would be imported.
"""

from __future__ import annotations

from collections.abc import Mapping as Counts
from collections.abc import Sequence
from typing import Any

import streamlit as st

from ladder.project import (
    ImportPreview,
    Kind,
    Mapping,
    Project,
    RowProblem,
    Table,
    guess_mapping,
    preview,
    read_table,
)
from ladder.project import start_view as view
from ladder.project.task_card import KINDS

__all__ = ["Understood", "histogram", "problem_table", "understand"]

Understood = tuple[str, ImportPreview, Any]
"""The task's name, what would be imported, and which split the rows are for."""


def understand(project: Project, file: Any) -> Understood:
    """Show one table: its mapping, which can be changed, its rows, labels and bad rows."""
    table = _parsed(file)
    guess = guess_mapping(table)
    key = file.file_id
    st.subheader(file.name, anchor=False)
    columns = table.columns
    first, second, third, fourth = st.columns(4)
    with first:
        asked = _column("Input", columns, guess.input, f"in_{key}", "What is asked.")
    with second:
        answer = _column(
            "Right answer", columns, guess.output, f"out_{key}", "The label or answer, if any."
        )
    task = _task_name(third, project, file, _kind(file, table, guess))
    with st.expander("More: context, ids, which split"):
        left, middle, right = st.columns(3)
        with left:
            context = _column(
                "Context",
                columns,
                guess.context,
                f"context_{key}",
                "Text beside the input.",
            )
        with middle:
            ids = _column("Id", columns, guess.id, f"id_{key}", "A name for each row, if any.")
        split = right.selectbox(
            "These rows are for",
            ["auto", "train", "validation", "test"],
            key=f"split_{key}",
            help="auto: some are kept back for testing and never move again.",
        )
    mapping = Mapping(asked or guess.input, answer, context, ids)
    guessed = preview(table, mapping)
    kinds = list(KINDS)
    if task in project.tasks():
        kind = project.task(task).task.kind
        fourth.selectbox("Kind", [KINDS[kind]], key=f"kind_of_{task}_{key}", disabled=True)
    else:
        kind = fourth.selectbox(
            "Kind",
            kinds,
            kinds.index(guessed.kind),
            key=f"kind_{key}_{answer}",
            format_func=lambda name: KINDS[name],
            help="What sort of answer is asked for; it decides metrics and methods.",
        )
    found = guessed if kind == guessed.kind else preview(table, mapping, kind)
    _show(table, found)
    return task, found, split


def _task_name(place: Any, project: Project, file: Any, kind: Kind) -> str:
    """Ask which task the rows belong to: one that is there, or a new one.

    The task that the file is named after stands first, else the only one of a fitting kind, else
    a new one.
    """
    fresh = view.slug(file.name)
    names = project.tasks()
    fitting = [name for name in names if project.task(name).task.kind == kind]
    choices = names if fresh in names else [fresh, *names]
    first = fitting[0] if len(fitting) == 1 and fresh not in names else fresh
    return str(
        place.selectbox(
            "Task",
            choices,
            choices.index(first),
            key=f"task_{file.file_id}",
            accept_new_options=True,
            help="Pick one to add to, or type a new name.",
        )
    )


def _column(label: str, columns: list[str], guess: str | None, key: str, help: str) -> str | None:
    """Pick a column of the table; the guess stands first."""
    index = columns.index(guess) if guess in columns else None
    return st.selectbox(label, columns, index, key=key, help=help, placeholder="None")


def _parsed(file: Any) -> Table:
    """Read a dropped table once per visit."""
    tables: dict[str, Table] = st.session_state.setdefault("tables", {})
    if file.file_id not in tables:
        tables[file.file_id] = read_table(file.name, file.getvalue())
    return tables[file.file_id]


def _kind(file: Any, table: Table, guess: Mapping) -> Kind:
    """Return the kind of task that a dropped table seems to be for, found once per visit."""
    kinds: dict[str, Kind] = st.session_state.setdefault("table_kinds", {})
    if file.file_id not in kinds:
        kinds[file.file_id] = preview(table, guess).kind
    return kinds[file.file_id]


def _show(table: Table, found: ImportPreview) -> None:
    """Show what an import would bring."""
    labelled = sum(example.labelled for example in found.examples)
    documents = f", {view.count_of(len(found.documents), 'document')}" if found.documents else ""
    st.write(
        f"{table.format}, {table.encoding}: **{view.count_of(len(found.examples), 'row')}**, "
        f"{labelled:,} with a right answer{documents}; "
        f"{view.count_of(len(found.problems), 'remark')} about rows."
    )
    problem_table(found.problems)
    rows = [{"Input": e.input, "Right answer": e.output} for e in found.examples[:5]]
    st.dataframe(rows, hide_index=True, alt="The first five rows as they were understood")
    if found.kind == "classification":
        histogram(found.labels)


def problem_table(problems: Sequence[RowProblem]) -> None:
    """Draw what was remarked about rows, if anything."""
    if not problems:
        return
    st.dataframe(
        [{"Row": str(p.row or "file"), "Field": p.field, "What": p.message} for p in problems],
        hide_index=True,
        height=min(250, 40 + 35 * len(problems)),
        alt="Rows with a problem: number, field, reason",
    )


def histogram(labels: Counts[str, int]) -> None:
    """Draw how many rows each label has."""
    if not labels:
        return
    import altair as alt

    rows = [{"Label": label, "Rows": count} for label, count in view.top_labels(labels)]
    words: dict[str, Any] = {"labelColor": "#171717", "labelFontSize": 13, "titleColor": "#171717"}
    lane = alt.Axis(labelOverlap=False, labelLimit=220, **words)
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color="#0f5c73", height=14)
        .encode(
            x=alt.X("Rows:Q", axis=alt.Axis(tickMinStep=1, format="d", **words)),
            y=alt.Y("Label:N", sort=None, title=None, axis=lane),
            tooltip=["Label:N", "Rows:Q"],
        )
        .properties(height=70 + 24 * len(rows))
    )
    st.altair_chart(bars, alt="Rows per label: " + ", ".join(f"{k} {n}" for k, n in labels.items()))
