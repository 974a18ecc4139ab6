"""What a prompt takes, on the Few-shot page: its tokens against the window, and its price."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from ladder.errors import LadderError
from ladder.frame import model_title
from ladder.project import TaskFolder
from rag.chat_view import escaped
from rag.few_shot.call_price import call_prices, traffic
from rag.few_shot.prompt_view import PromptView, token_words

__all__ = ["bar_html", "bar_parts", "spent"]

_COLOURS = ("#0f5c73", "#8a5a00", "#6d28d9", "#d4d4d8")


def spent(folder: TaskFolder, view: PromptView) -> None:
    """Draw the tokens of a prompt, and what a call and a month of it cost."""
    st.markdown(f"**{token_words(view)}**, for {escaped(model_title(view.model))}.")
    if view.budget.warning:
        st.warning(view.budget.warning, icon=":material/warning:")
    if view.context:
        st.html(bar_html(bar_parts(view), view.context))
    price(folder, view)


def bar_parts(view: PromptView) -> list[tuple[str, int]]:
    """Return what fills the model's window: a name and its tokens; what is left comes last."""
    shown = sum(example.tokens for example in view.examples)
    parts = [
        ("examples", shown),
        ("instruction and question", max(0, view.tokens - shown)),
        ("kept for the answer", view.budget.most_answer_tokens),
    ]
    taken = sum(tokens for _, tokens in parts)
    return [*parts, ("free", max(0, (view.context or 0) - taken))]


def bar_html(parts: Sequence[tuple[str, int]], context: int) -> str:
    """Return the bar: its parts in proportion, each named below with its tokens."""
    whole = max(context, sum(tokens for _, tokens in parts))
    coloured = list(zip(parts, _COLOURS, strict=True))
    bars = "".join(
        f'<span style="background:{colour};width:{100 * tokens / whole:.2f}%"></span>'
        for (_, tokens), colour in coloured
    )
    names = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)} {tokens:,}</span>'
        for (name, tokens), colour in coloured
    )
    return (
        "<style>.spent{display:flex;height:12px;border-radius:6px;overflow:hidden;gap:1px}"
        ".spent-names{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:14px;margin-top:6px}"
        ".spent-names i{display:inline-block;width:10px;height:10px;margin-right:6px}</style>"
        f'<div class="spent" aria-hidden="true">{bars}</div><div class="spent-names">'
        f"<span>Of {context:,} tokens that it can read at once:</span>{names}</div>"
    )


def price(folder: TaskFolder, view: PromptView) -> None:
    """Draw the price of a call, and of as many a month as the visitor says."""
    known = traffic(folder.project)
    name = folder.project.name
    key, kept = f"shots_month_{name}", st.session_state.setdefault("shots_months", {})
    st.session_state.setdefault(key, kept.get(name, known.a_month))
    left, right = st.columns([1, 2.4])
    month = left.number_input(
        "Questions a month", 0, 1_000_000_000, step=1000, key=key,
        help=f"At first: {known.source}.",
    )  # fmt: skip
    kept[name] = month  # the widget's own value goes when it is not drawn
    with right:
        try:
            prices = call_prices(folder.task, view.budget)
        except LadderError as error:
            st.error(str(error), icon=":material/error:")
            return
        for each in prices:
            st.markdown(f"About {escaped(each.words(month))}.", help=escaped(each.source))
        if not prices:
            st.write(view.budget.price_note)
        st.markdown(
            f"{view.budget.cacheable_tokens:,} of its tokens, at the beginning, are the same for "
            "every question.",
            help="A provider, or this machine, need not read these again: random examples are the "
            "same for all questions, similar ones are not.",
        )
