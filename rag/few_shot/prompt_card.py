"""The live preview on the Few-shot page: a typed text, its exact prompt, examples, answer."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

import streamlit as st

from ladder.answering import Query, Setup
from ladder.frame import model_title, say_errors
from ladder.methods import DEFAULT_MODEL
from ladder.project import TaskFolder
from rag.chat_view import escaped
from rag.few_shot.prompt_view import PromptView, ShownExample, prompt_view, shown_pool
from rag.few_shot.settings_card import settings
from rag.few_shot.spent_card import spent
from rag.few_shot.warm_card import compared

__all__ = ["preview"]

TRIED = 3
_BY_WORDS_ALONE = ("bm25", "random")
"""Selections that compare no embeddings."""
_BY = {"similarity": "similarity", "words": "words in common"}
"""What the score of an example is of."""
_NO_LABEL = "none of the task's labels, so it would count as wrong; "


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
        compared(shown_pool(folder), setup.embedder, str(folder.path))
    with st.spinner("Choosing the examples and counting tokens"):
        return prompt_view(folder, setup, text)


def picture(view: PromptView) -> None:
    """Draw the exact prompt, and the examples as cards."""
    prompt, examples = st.tabs(
        ["The exact prompt", "The examples, in their order"], key="shots_tabs"
    )
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
            if shown.score is not None and shown.scored_by:
                st.badge(f"{_BY[shown.scored_by]} {shown.score:.2f}", color="blue")
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
        if given.logprobs:
            st.markdown(f"label **{escaped(given.label or '')}**, {given.seconds:.1f} s")
            st.text(f"Likeliest: {likeliest(given.logprobs)}")
            return
        st.text(given.text or "(nothing)")
        known = ""
        if folder.task.kind == "classification":
            known = f"label **{escaped(given.label)}**, " if given.label else _NO_LABEL
        st.markdown(f"{known}{given.seconds:.1f} s, {given.completion_tokens} tokens written")


def likeliest(logprobs: Mapping[str, float], most: int = 3) -> str:
    """Return the likeliest labels with their probabilities."""
    ranked = sorted(logprobs.items(), key=lambda entry: -entry[1])[:most]
    chances = [(label, exp(value)) for label, value in ranked]
    return ", ".join(f"{n} {p:.0%}" if p >= 0.01 else f"{n} under 1%" for n, p in chances)


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
