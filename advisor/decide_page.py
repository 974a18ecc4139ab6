"""Decide: which way, and what will it cost? One question at a time, the flowchart growing."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from advisor.advise import Advice, advise
from advisor.decide_act import act, offer_record, run_other, while_measuring
from advisor.decide_result import beside, costs, ranked, recommendation, where_on_the_map
from advisor.few_shot_words import measured_words
from advisor.inputs import LABELS, collect, draw, forget
from advisor.measured import measured_answers
from advisor.mermaid import flowchart, in_words
from advisor.methods import MEASURE_FIRST
from advisor.plans import choose
from advisor.screens import DETAILS, SCREENS, Screen
from advisor.wizard import Wizard
from ladder.errors import InputError
from ladder.frame import Current, frame, primary_bar, say_errors
from ladder.project import TaskFolder

HORIZON = ("horizon_months",)
ALL = {screen.short: screen for screen in (*SCREENS, *DETAILS)}


def state(current: Current) -> Wizard:
    """Return the wizard of this project and task: from the visit, else from the address."""
    folder = current.folder
    measured = measured_answers(folder) if folder else {}
    owner = str(folder.path) if folder else ""
    if st.session_state.get("wizard_of") != owner:
        forget()
        first = "wizard_of" not in st.session_state
        query = st.query_params.to_dict() if first else {}
        st.session_state["wizard_of"] = owner
        st.session_state["wizard"] = Wizard.start(measured, query)
    before: Wizard = st.session_state["wizard"]
    after = before.refreshed(measured)
    if after != before:
        forget()
        st.session_state["wizard"] = after
    return after


def keep(wizard: Wizard) -> None:
    """Make this the state, and the address what it says."""
    st.session_state["wizard"] = wizard
    query = wizard.to_query()
    for name in LABELS:
        if name in st.query_params and name not in query:
            del st.query_params[name]
    for name, text in query.items():
        if st.query_params.get(name) != text:
            st.query_params[name] = text


def move(where: str, names: tuple[str, ...]) -> None:
    """Take what stands in the widgets, then go `next`, `back` or on to the `finish`."""
    wizard: Wizard = st.session_state["wizard"]
    try:
        wizard = wizard.with_answers(collect(names, wizard.answers))
    except InputError:
        return  # the widget's own message stays where it is
    steps = {"next": wizard.next, "back": wizard.back, "finish": wizard.finish}
    st.session_state["wizard"] = steps[where]()
    forget()


def fill_in(screen: Screen, wizard: Wizard) -> Wizard:
    """Draw a question's answers, filled in, and return the wizard with what stands there."""
    with suppress(InputError):  # said below the widget, which must be drawn first
        wizard = wizard.with_answers(collect(screen.fields, wizard.answers))
    for name in screen.fields:
        draw(name, wizard)
    return wizard.with_answers(collect(screen.fields, wizard.answers))


def say_news(wizard: Wizard) -> None:
    """Say once what of the address was left out, and what is measured since."""
    if wizard.ignored:
        names = ", ".join(LABELS.get(name, name) for name in wizard.ignored)
        st.warning(f"The link gave no usable value for: {names}. The default stands instead.")
    if "baseline" in wizard.news and wizard.answers.measured:
        st.success("Measured: the figure is filled in below.", icon=":material/check:")


def picture(wizard: Wizard, advice: Advice | None) -> None:
    """Draw the flowchart as far as it was walked, and the same in words."""
    recommended = advice.recommended if advice else None
    asking = None if advice else wizard.chart_question
    words = in_words(wizard.steps, asking, recommended)
    st.mermaid_chart(flowchart(wizard.steps, asking, recommended), alt=words)
    with st.expander("The way in words"):
        st.markdown(words)


def question(asking: Screen, wizard: Wizard) -> None:
    """Lay a question out: it at the left, the way so far at the right."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        say_news(wizard)
        st.header(f"{wizard.answered + 1}. {asking.text}", anchor=False)
        wizard = fill_in(asking, wizard)
    keep(wizard)
    with right:
        picture(wizard, None)
    with primary_bar():
        told = (asking.fields,)
        st.button("Next", type="primary", key="next", on_click=move, args=("next", *told))
        if wizard.answered:
            st.button("Back", key="back", on_click=move, args=("back", *told))
            st.button(
                "Skip to the advice", key="finish", on_click=move, args=("finish", *told),
                help="What was not asked yet keeps what is measured, or its default.",
            )  # fmt: skip
        st.write(f"Question {wizard.answered + 1} of at most {len(SCREENS)}.")


def details(wizard: Wizard) -> Wizard:
    """Offer every answer to change, those with defaults too, a group at a time."""
    st.header("Change an answer", anchor=False)
    st.caption("What nobody was asked stands at its default, unless it is marked as measured.")
    short = st.segmented_control(
        "Answers about", list(ALL), default="Tokens", required=True, key="details"
    )
    with st.container(key="answers", horizontal=True, gap="medium", vertical_alignment="top"):
        return fill_in(ALL[short], wizard)


def answer(folder: TaskFolder | None, wizard: Wizard) -> None:
    """Lay the advice out, and all that stands behind it."""
    top = st.container()
    middle = st.columns([1, 1], gap="large")
    slider, bottom = st.container(), st.container()
    wizard = details(wizard)
    with slider:
        st.header("All sixteen methods, the best first", anchor=False)
        draw("horizon_months", wizard)
        wizard = wizard.with_answers(collect(HORIZON, wizard.answers))
    token_model = folder.task.price.token_model if folder else ""
    advice = advise(wizard.answers, token_model)
    months = wizard.answers.horizon_months
    with top:
        say_news(wizard)
        while_measuring(folder)
        left, right = st.columns([1, 1], gap="large")
        with left:
            known = advice.recommended == MEASURE_FIRST or folder is None
            missing = "" if known or folder is None else choose(folder, advice).missing
            measured = measured_words(folder, advice.recommended) if folder else ""
            recommendation(advice, months, measured, missing)
        with right:
            picture(wizard, advice)
    with middle[0]:
        where_on_the_map(advice)
    with middle[1]:
        beside(advice, months)
    with bottom:
        ranked(advice, months)
        if folder is not None:
            run_other(folder, advice)
        costs(advice, months)
    keep(wizard)
    with primary_bar():
        act(folder, advice)
        offer_record(folder, advice)
        st.button("Back", key="back", on_click=move, args=("back", HORIZON))


def main(current: Current) -> None:
    """Ask, or show the advice."""
    wizard = state(current)
    if wizard.asking is not None:
        question(wizard.asking, wizard)
    else:
        answer(current.folder, wizard)


with say_errors():
    main(frame("Which way, and what will it cost?"))
