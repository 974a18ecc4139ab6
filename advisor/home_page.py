"""Home: where do we stand, and what next? The ladder of the task, and one next step."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from advisor.home_chart import in_words, ladder_chart, table_rows
from advisor.home_list import ladder_list
from advisor.ladder_view import NextStep, confirm_step, ladder_sentence, next_step, rungs
from ladder.frame import Current, frame, go, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
from ladder.project import TaskFolder
from ladder.project.example_door import example_door


def doors() -> None:
    """Offer the two ways in."""
    st.write(
        "Adaptation Ladder finds the cheapest way to make a language model good enough at your "
        "task, runs it, and proves it on your own examples."
    )
    left, right = st.columns(2, gap="large")
    with left.container(border=True):
        st.header("Look around", anchor=False)
        example_door(type="primary")
    with right.container(border=True):
        st.header("Bring your own", anchor=False)
        st.write("A file of examples is enough: CSV, JSONL or chat data. It stays on this machine.")
        if st.button("Start with your own data", key="to_start"):
            go("start")


def ladder(folder: TaskFolder) -> None:
    """Draw where the task stands, and the next step."""
    busy = active_jobs()
    found = rungs(folder, busy)
    step = next_step(folder, busy)
    st.markdown(ladder_sentence(folder, found, step).replace("$", "\\$"))
    target = folder.task.target
    picture = st.container(key="ladder_wide")  # filled last: its library is loaded meanwhile
    with st.container(key="ladder_narrow"):  # the frame's style shows one of the two
        st.html(ladder_list(found, target))
    with primary_bar():
        offer(folder, step, "primary")
        if step.kind != "decide":
            if st.button("Which way, and what will it cost?", key="decide"):
                go("decide")
        elif also := confirm_step(folder):
            offer(folder, also, "secondary")
    with picture:
        st.altair_chart(ladder_chart(found, target), width="stretch", alt=in_words(found, target))
        with st.expander("The ladder as a table"):
            st.table(table_rows(found), hide_index=True, alt="The rungs, the cheapest last")


def offer(folder: TaskFolder, step: NextStep, type: Literal["primary", "secondary"]) -> None:
    """Draw the button of a step, and take the step when it is pressed."""
    if st.button(step.label, type=type, key=f"next_{step.kind}", help=step.help or None):
        if step.kind in ("measure", "confirm"):
            submit(folder.project, step.job, step.spec(folder))
            go("jobs")
        go(step.kind)


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    if current.project is None:
        doors()
    elif current.folder is None:
        st.write("This project has no task yet: bring a file of examples, and one is made from it.")
        with primary_bar():
            if st.button("Add examples", type="primary", key="to_start"):
                go("start")
    else:
        ladder(current.folder)


with say_errors():
    main(frame("Where do we stand, and what next?"))
