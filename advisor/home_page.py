"""Home: where do we stand, and what next? The ladder of the task, and one next step."""

from __future__ import annotations

import streamlit as st

from advisor.home_chart import in_words, ladder_chart, table_rows
from advisor.ladder_view import ladder_sentence, next_step, rungs
from ladder.frame import Current, frame, go, primary_bar, say_errors
from ladder.jobs import active_jobs, submit
from ladder.project import TaskFolder, create_example, projects

EXAMPLE = "helpdesk"


def doors() -> None:
    """Offer the two ways in."""
    st.write(
        "Adaptation Ladder finds the cheapest way to make a language model good enough at your "
        "task, runs it, and proves it on your own examples."
    )
    left, right = st.columns(2, gap="large")
    with left.container(border=True):
        st.header("Look around", anchor=False)
        st.write("A made-up helpdesk with labelled tickets, questions and a handbook.")
        if st.button("Look around with the helpdesk example", type="primary", key="example"):
            if EXAMPLE not in projects():
                create_example(EXAMPLE, EXAMPLE)
            go("home", EXAMPLE)
    with right.container(border=True):
        st.header("Bring your own", anchor=False)
        st.write("A file of examples is enough: CSV, JSONL or chat data. It stays on this machine.")
        if st.button("Start with your own data", key="to_start"):
            go("start")


def ladder(folder: TaskFolder) -> None:
    """Draw where the task stands, and the next step."""
    busy = active_jobs()
    found = rungs(folder, busy)
    st.markdown(ladder_sentence(folder, found).replace("$", "\\$"))
    st.altair_chart(
        ladder_chart(found, folder.task.target),
        width="stretch",
        alt=in_words(found, folder.task.target),
    )
    with st.expander("The ladder as a table"):
        st.dataframe(table_rows(found), hide_index=True, alt="The rungs, the cheapest last")
    step = next_step(folder, busy)
    with primary_bar():
        if st.button(step.label, type="primary", key=f"next_{step.kind}"):
            if step.kind == "measure":
                submit(folder.project, "measure", step.spec(folder))
                go("jobs")
            go(step.kind)
        if step.kind != "decide" and st.button("Which way, and what will it cost?", key="decide"):
            go("decide")


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
