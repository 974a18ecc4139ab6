"""Models: which models can answer here, how fast, and how to add or remove a server."""

from __future__ import annotations

import streamlit as st

from ladder.errors import LadderError
from ladder.frame import frame, model_title, primary_bar, say_errors
from ladder.jobs import active_jobs
from ladder.machine import read_machine, start_calibration
from ladder.machine_view import machine_words, rates_list
from ladder.models import (
    ModelCard,
    ModelTest,
    add_server,
    available,
    remove_server,
    test_model,
)

KINDS = {
    "generator": ("answers", "blue"),
    "embedder": ("compares texts", "gray"),
    "classifier": ("names labels", "blue"),
}
SERVERS = {
    None: ("not tested", "orange"),
    True: ("answers", "blue"),
    False: ("did not answer", "red"),
}
"""A server's badge by its last test; of what lies on this machine the kind is known."""


def tested(reference: str) -> None:
    """Try one model and keep what came of it for this visit."""
    with st.spinner(f"Testing {model_title(reference)}: loading it, then one short answer"):
        results()[reference] = test_model(reference)


def results() -> dict[str, ModelTest]:
    """Return the tests of this visit."""
    found: dict[str, ModelTest] = st.session_state.setdefault("model_tests", {})
    return found


def card(model: ModelCard) -> None:
    """Draw one model with its test button."""
    with st.container(border=True, gap="xsmall"):
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{model.title}**", width="content")
            word, colour = SERVERS[model.answered] if is_server(model) else KINDS[model.kind]
            st.badge(word, color=colour)  # type: ignore[arg-type]
            context = f"{model.context:,} tokens of context" if model.context else ""
            st.markdown(", ".join(filter(None, [model.where, context])), width="content")
        reference = model.reference
        pressed = right.button("Test", key=f"test_{reference}", width="stretch")
        if is_server(model):
            right.button(
                "Remove",
                key=f"remove_{reference}",
                width="stretch",
                on_click=removed,
                args=(reference,),
            )
        kind = reference.partition(":")[0]
        short = reference if len(reference) <= 60 else f"{kind}:…{reference[-44:]}"
        st.markdown(f"`{short}` {model.note}", help=reference if short != reference else None)
        if pressed:
            tested(reference)
            st.rerun()  # the badge above says what came of it
        if (result := results().get(model.reference)) is not None:
            outcome(result)


def is_server(model: ModelCard) -> bool:
    """Return whether a model is one of the servers that were added."""
    return model.reference.startswith("server:")


def removed(reference: str) -> None:
    """Forget a server; what refuses is said when the page is drawn next."""
    try:
        remove_server(reference)
    except LadderError as error:
        st.session_state["models_error"] = str(error)


def outcome(result: ModelTest) -> None:
    """Show what a test found."""
    speed = f" {result.tokens_per_second:,.0f} tokens a second." if result.tokens_per_second else ""
    text = f"{result.sentence} {result.seconds:.1f} s.{speed}"
    if result.ok:
        st.success(text)
    else:
        st.error(text)


def server_form() -> None:
    """Ask for a server: its address, a model, and the NAME of the variable with the key."""
    with st.form("server", border=False):
        first, second, third = st.columns(3)
        url = first.text_input("Address", placeholder="http://127.0.0.1:8000/v1")
        model = second.text_input("Model", placeholder="qwen3-8b")
        variable = third.text_input(
            "Variable that holds the key (optional)",
            placeholder="OPENAI_API_KEY",
            help="The NAME of an environment variable. The key itself is never stored.",
        )
        if st.form_submit_button("Add the server", key="add_server"):
            try:
                server = add_server(model.strip(), url.strip(), variable.strip())
                st.success(
                    f"Added {server.reference}. Test it above; then choose it as the model on "
                    "Chat, Few-shot or Scoreboard."
                )
            except LadderError as error:
                st.error(str(error))


def this_machine() -> None:
    """Show what this machine was measured to do, or offer to measure it."""
    found, why_not = read_machine()
    st.subheader("This machine", anchor=False)
    if found:
        st.write(machine_words(found))
        with st.expander("Measured rates", icon=":material/speed:"):
            st.markdown(rates_list(found))
    else:
        st.write(f"{why_not}. Until then, times are reckoned from our assumptions.")
    if any(job.kind == "calibrate" for job in active_jobs()):
        st.write("It is being measured now; the link above shows how far it is.")
        return
    label = "Measure it again" if found else "Measure this machine"
    told = "Runs as a job; other programs that are busy meanwhile make the numbers worse."
    if st.button(f"{label}, about 1 minute", key="calibrate", help=told):
        start_calibration()
        st.rerun()


frame("Which models can answer here?")
with say_errors():
    if refusal := st.session_state.pop("models_error", None):
        st.error(refusal, icon=":material/error:")
    slot = st.container()
    with st.expander("Add a server that speaks the OpenAI protocol", icon=":material/add:"):
        server_form()
        models = available()
    with slot:
        for model in models:
            card(model)
    this_machine()
    with primary_bar():
        if st.button("Test all of them", type="primary", key="test_all"):
            for model in models:
                tested(model.reference)
            st.rerun()
        st.write("Each is loaded and gives one short answer.")
