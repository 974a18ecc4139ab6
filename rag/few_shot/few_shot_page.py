"""Few-shot: which examples make the best prompt? The prompt as it will be sent, and its answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import streamlit as st

from ladder.answering import ExampleSettings, PromptSettings, Query, Setup
from ladder.errors import LadderError
from ladder.evaluation.runner import method_of
from ladder.frame import Current, asked_plan, frame, go, model_title, primary_bar, say_errors
from ladder.jobs import submit
from ladder.methods import DEFAULT_MODEL
from ladder.model_choice import choose_model
from ladder.plan import Plan
from ladder.project import TaskFolder
from rag.few_shot.prompt_view import (
    PromptView,
    ShownExample,
    prompt_view,
    shown_pool,
    starting_setup,
    token_words,
    warm,
)

ENOUGH = 20
"""Labelled examples that the page asks for: 8 are shown, the others tell whether it works."""
MOST = 32
"""The most examples that the page offers; `ladder prompt --count` takes more."""
TRIED = 3
SELECTIONS: dict[Literal["nearest", "random"], str] = {
    "nearest": "most similar",
    "random": "at random",
}
ORDERS: dict[Literal["nearest-last", "nearest-first"], str] = {
    "nearest-last": "most similar last",
    "nearest-first": "most similar first",
}
FORMATS: dict[Literal["plain", "chat"], str] = {"plain": "plain text", "chat": "chat template"}


def empty(folder: TaskFolder | None) -> None:
    """Ask for labelled examples, with the ways to get them."""
    st.write(
        "A few-shot prompt shows the model labelled examples that are most like the question. "
        f"Begin with {ENOUGH} labelled examples: 8 are shown, and the others tell whether it works."
    )
    waiting = [each for each in folder.examples() if not each.labelled] if folder else []
    if waiting:
        st.markdown(
            f"**{len(waiting):,} examples wait for their answer.** On Start, click the first empty "
            "cell under “output”, type the right answer, press Enter, and go on with the next."
        )
    else:
        st.markdown(
            "- **A file with answers**: drop a CSV or JSONL on Start; one column is the text, one "
            "the right answer.\n- **A file without**: drop it all the same, then type the answers "
            "into the table on Start, one Enter a row."
        )
    with primary_bar():
        label = f"Label {ENOUGH} examples" if waiting else "Add examples"
        if st.button(label, type="primary", key="to_start"):
            go("start")


def begin(folder: TaskFolder, plan: Plan | None) -> Setup:
    """Return the Setup that the widgets start from, filling them once a task or plan."""
    base = Setup.from_dict(plan.setup) if plan and plan.setup else starting_setup(folder)
    owner = f"{folder.path} {plan.id if plan else ''}"
    anew = st.session_state.get("shots_of") != owner
    st.session_state["shots_of"] = owner
    for name, value in {
        "shots_count": min(base.examples.count, MOST),
        "shots_selection": base.examples.selection,
        "shots_order": base.examples.order,
        "shots_format": base.prompt.format,
        "shots_instruction": base.prompt.instruction or folder.task.instruction,
        "shots_labels": base.prompt.show_labels,
        "shots_model": base.model or DEFAULT_MODEL,
        "shots_input": "",
        "shots_answer": None,
    }.items():
        # Who leaves the page while it is being drawn takes the values of its widgets away.
        if anew or name not in st.session_state:
            st.session_state[name] = value
    return base


def settings(folder: TaskFolder, base: Setup) -> Setup:
    """Draw the settings and return the Setup that they make."""
    for name in ("count", "selection", "order", "format", "instruction", "labels", "model"):
        st.session_state[f"shots_{name}"] = st.session_state[f"shots_{name}"]  # kept across pages
    columns = [*st.columns(2), *st.columns(2)]
    count = columns[0].number_input(
        "Examples", 0, MOST, key="shots_count", help="Each costs its tokens on every call."
    )
    selection = columns[1].selectbox(
        "Which", list(SELECTIONS), format_func=SELECTIONS.__getitem__, key="shots_selection",
        help="The most similar ones by the embedding of the text, or the same for every question.",
    )  # fmt: skip
    order = columns[2].selectbox(
        "In which order", list(ORDERS), format_func=ORDERS.__getitem__, key="shots_order",
        help="Small models repeat what they read last, so the most similar stands there.",
        disabled=selection == "random",
    )  # fmt: skip
    form = columns[3].selectbox(
        "Format", list(FORMATS), format_func=FORMATS.__getitem__, key="shots_format",
        help="Running text, or turns in the model's own template. Small models follow text better.",
    )  # fmt: skip
    model = choose_model(
        base.model or DEFAULT_MODEL, "shots_model",
        help="Which model is asked. Add a server on the page Models.",
    )  # fmt: skip
    instruction = st.text_input("Instruction", key="shots_instruction").strip()
    labels = False
    if folder.task.kind == "classification":
        labels = st.toggle(
            "List all labels", key="shots_labels", help="Costs their tokens on every call."
        )
    prompt = PromptSettings(
        format=form,
        system=base.prompt.system,
        instruction="" if instruction == folder.task.instruction.strip() else instruction,
        show_labels=labels,
    )
    examples = ExampleSettings(int(count), selection, order, base.examples.seed)
    return replace(base, model=model, prompt=prompt, examples=examples)


def question(folder: TaskFolder) -> str:
    """Ask for a text; offer a few of the task's own."""
    offered = [each.input for each in shown_pool(folder)[:TRIED]]

    def take() -> None:
        picked = st.session_state.get("shots_offer")
        if picked is not None:
            st.session_state["shots_input"] = offered[picked]

    st.session_state["shots_input"] = st.session_state["shots_input"]
    text = st.text_area(
        "Your text", key="shots_input", height=90, placeholder="Type what a person would ask"
    )
    st.pills(
        "or try one of the task's own",
        range(len(offered)),
        format_func=lambda i: _short(offered[i], 52),
        key="shots_offer",
        on_change=take,
        wrap=True,
    )
    return text.strip()


def looked_at(folder: TaskFolder, setup: Setup, text: str) -> PromptView:
    """Return the prompt, saying what takes its time."""
    if setup.examples.count and setup.examples.selection == "nearest" and setup.embedder:
        pool = shown_pool(folder)
        key = f"{folder.path} {setup.embedder} {len(pool)}"
        if st.session_state.get("shots_warm") != key:
            bar = st.progress(0.0, "Loading the model that compares texts")

            def tell(done: int, total: int) -> None:
                bar.progress(done / total, f"Comparing texts: {done:,} of {total:,} examples read")

            warm(pool, setup.embedder, tell)
            bar.empty()
            st.session_state["shots_warm"] = key
    with st.spinner("Choosing the examples and counting tokens"):
        return prompt_view(folder, setup, text)


def card(place: int, shown: ShownExample) -> None:
    """Draw one example: what it says, how like the question it is, why it is there."""
    with st.container(border=True, gap="xsmall"):
        like = "" if shown.score is None else f"similarity {shown.score:.2f}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{place}.**", width="content")
            if like:
                st.badge(like, color="blue")
            st.markdown(f"{shown.tokens:,} tokens, {shown.reason}", width="content")
        st.text(_short(shown.input, 200))
        st.text(f"→ {_short(shown.output, 120) or '(nothing)'}")


def picture(view: PromptView) -> None:
    """Draw the tokens, the examples as cards, and the exact prompt."""
    st.markdown(f"**{token_words(view)}**, for {model_title(view.model)}.")
    if view.context:
        share = min(1.0, view.tokens / view.context)
        st.progress(share, f"{share:.0%} of the {view.context:,} tokens that it can read at once")
    prompt, examples = st.tabs(["The exact prompt", "The examples, in their order"])
    with prompt.container(border=True):
        st.text(view.text)
    with examples:
        if not view.examples:
            st.write("None: this is a zero-shot prompt.")
        for place, shown in enumerate(view.examples, 1):
            card(place, shown)


def answer(folder: TaskFolder, setup: Setup, text: str) -> None:
    """Ask the model on a click; the answer stays until the prompt is another."""
    key = f"{setup.hash} {text}"
    title = model_title(setup.model or "")
    if st.button(f"Ask {title}", key="ask", icon=":material/play_arrow:"):
        from rag.answerers import build_answerer

        with st.spinner(f"Loading {title}, then it reads the prompt; the first time takes longest"):
            answerer = build_answerer(setup, folder, shown_pool(folder))
            given = next(iter(answerer.answer([Query.of("", text)])))
        st.session_state["shots_answer"] = (key, given)
    kept = st.session_state.get("shots_answer")
    if kept is None or kept[0] != key:
        return
    given = kept[1]
    if given.error:
        st.error(given.error)
        return
    with st.container(border=True, key="model_answer"):
        st.text(given.text or "(nothing)")
        known = "" if folder.task.kind != "classification" else f"label **{given.label}**, "
        if folder.task.kind == "classification" and given.label is None:
            known = "none of the task's labels, so it would count as wrong; "
        st.markdown(f"{known}{given.seconds:.1f} s, {given.completion_tokens} tokens written")


def act(folder: TaskFolder, setup: Setup, plan: Plan | None) -> None:
    """Draw the primary button: keep the setting, then measure it."""
    kept = folder.setup() == setup
    with primary_bar():
        if not kept:
            if st.button("Use this setting", type="primary", key="use"):
                folder.save_setup(setup)
                st.rerun()
            st.write("Makes it what answers for this task.")
            return
        if st.button("Measure this setting", type="primary", key="measure"):
            spec: dict[str, Any] = {"task": folder.task.name, "method": method_of(setup)}
            spec |= {"setup": setup.to_dict(), "split": "validation"}
            if plan is not None and plan.is_of(setup):
                spec = plan.spec("evaluate")
            submit(folder.project, "evaluate", spec)
            go("jobs")
        st.markdown(f":material/check: In use. {_how_long(folder, setup, plan)}")


def _how_long(folder: TaskFolder, setup: Setup, plan: Plan | None) -> str:
    """Return how long measuring takes, as a sentence."""
    if (setup.model or "").startswith("server:"):
        return "How long measuring takes depends on the server; it goes on without this page."
    from ladder.evaluation.estimate import method_seconds
    from ladder.jobs.job_view import duration

    seconds = (
        plan.seconds.p50
        if plan
        else method_seconds(folder, "few-shot" if setup.examples.count else "zero-shot")
    )
    return f"Measuring takes about {duration(seconds)}; it goes on when you close this page."


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    folder = current.folder
    labelled = sum(each.labelled for each in folder.examples()) if folder else 0
    if folder is None or not labelled:
        empty(folder)
        return
    plan = asked_plan(current)
    base = begin(folder, plan)
    if plan is not None:
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
    if labelled < ENOUGH:
        st.info(
            f"{labelled} labelled example{'s' if labelled > 1 else ''}; with {ENOUGH} it can be "
            "told whether few-shot works. Label more on Start: type the answer, press Enter."
        )
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        text = question(folder)
        setup = settings(folder, base)
    act(folder, setup, plan)
    with right:
        if not text:
            st.write("Type a text, or pick one: the prompt is shown here as the model reads it.")
            return
        try:
            answer(folder, setup, text)
            picture(looked_at(folder, setup, text))
        except LadderError as error:
            st.error(str(error), icon=":material/error:")


with say_errors():
    main(frame("Which examples make the best prompt?"))
