"""What a prompt takes, on the Few-shot page: its tokens against the window, and its price."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Setup
from ladder.frame import model_title
from ladder.project import TaskFolder
from rag.few_shot.call_price import call_prices, dollars, traffic
from rag.few_shot.prompt_view import PromptView, token_words

__all__ = ["spent"]


def spent(folder: TaskFolder, setup: Setup, view: PromptView) -> None:
    """Draw the tokens of a prompt, and what a call and a month of it cost."""
    st.markdown(f"**{token_words(view)}**, for {model_title(view.model)}.")
    if view.context:
        share = min(1.0, view.tokens / view.context)
        st.progress(share, f"{share:.0%} of the {view.context:,} tokens that it can read at once")
    _price(folder, setup, view)


def _price(folder: TaskFolder, setup: Setup, view: PromptView) -> None:
    """Draw the price of a call, and of as many a month as the visitor says."""
    known = traffic(folder.project)
    key = f"shots_month_{folder.project.name}"
    st.session_state.setdefault(key, known.a_month)
    st.session_state[key] = st.session_state[key]  # kept while other parts are looked at
    prices = call_prices(folder.task, view.tokens, 0, 0)
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    month = left.number_input(
        "Questions a month", 0, 1_000_000_000, step=1000, key=key, help=f"From {known.source}."
    )
    with right:
        if not prices:
            st.markdown("For dollars, set a price in the task card on Start.")
        for price in prices:
            st.markdown(
                f"**{dollars(price.call)}** a call, **{dollars(price.month(month))}** a month "
                f"({price.where}; an estimate)".replace("$", "\\$"),
                help=price.source.replace("$", "\\$"),
            )
