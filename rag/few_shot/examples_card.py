"""The examples on the Few-shot page: how they are spread, what is wrong, what to label next."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Setup
from ladder.project import TaskFolder
from rag.few_shot import examples_view as view
from rag.few_shot.prompt_view import shown_pool

__all__ = ["examples"]


def examples(folder: TaskFolder, setup: Setup) -> None:
    """Draw the examples of a task, as the prompts of a Setup would show them."""
    pool, kind = shown_pool(folder), folder.task.kind
    st.write(view.pool_words(pool, kind))
    left, _right = st.columns([1, 1], gap="large")
    with left:
        title = "Labels" if kind == "classification" else "Length of the answers"
        st.header(title, anchor=False)
        st.altair_chart(view.bar_chart(pool, kind), width="stretch", alt=view.bar_words(pool, kind))
