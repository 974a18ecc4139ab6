"""The live preview on the Few-shot page: a typed text, its exact prompt, examples, answer."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Query, Setup
from ladder.frame import model_title, say_errors
from ladder.methods import DEFAULT_MODEL
from ladder.project import TaskFolder
from rag.chat_view import escaped
from rag.few_shot.prompt_view import PromptView, ShownExample, prompt_view, shown_pool, warm
from rag.few_shot.settings_card import settings
from rag.few_shot.spent_card import spent

__all__ = ["preview"]

TRIED = 3
_BY_WORDS_ALONE = ("bm25", "random")
"""Selections that compare no embeddings."""
_BY = {"similarity": "similarity", "words": "words in common"}
"""What the score of an example is of."""


def preview(folder: TaskFolder, base: Setup, setup: Setup) -> None:
    """Draw the text and the settings at the left, and what the model reads at the right.

    Args:
        folder: the task.
        base: what the settings began with.
        setup: what they make now.
    """
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        text = question(folder)
        settings(folder, base.model or DEFAULT_MODEL)
    with right:
        if not text:
            st.write("Type a text, or pick one: the prompt is shown here as the model reads it.")
            return
        with say_errors():
            answer(folder, setup, text)
            view = looked_at(folder, setup, text)
            spent(folder, view)
            picture(view)


def question(folder: TaskFolder) -> str:
    """Ask for a text; offer a few of the task's own."""
    offered = [each.input for each in shown_pool(folder)[:TRIED]]

    def take() -> None:
        picked = st.session_state.get("shots_offer")
        if picked is not None:
            st.session_state["shots_input"] = offered[picked]

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
    embeds = setup.examples.selection not in _BY_WORDS_ALONE
    if setup.examples.count and embeds and setup.embedder:
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


def picture(view: PromptView) -> None:
    """Draw the exact prompt, and the examples as cards."""
    prompt, examples = st.tabs(["The exact prompt", "The examples, in their order"])
    with prompt.container(border=True):
        st.text(view.text)
    with examples:
        if not view.examples:
            st.write("None: this is a zero-shot prompt.")
        for place, shown in enumerate(view.examples, 1):
            _card(place, shown)


def _card(place: int, shown: ShownExample) -> None:
    """Draw one example: what it says, how like the question it is, why it is there."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{place}.**", width="content")
            if shown.score is not None and shown.by:
                st.badge(f"{_BY[shown.by]} {shown.score:.2f}", color="blue")
            if shown.conflict:
                st.badge("disagrees", icon=":material/warning:", color="orange")
            st.markdown(f"{shown.tokens:,} tokens, {escaped(shown.reason)}", width="content")
        if shown.conflict:
            st.markdown(escaped(shown.conflict))
        st.text(_short(shown.input, 200))
        st.text(f"→ {_short(shown.output, 120) or '(nothing)'}")


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


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
