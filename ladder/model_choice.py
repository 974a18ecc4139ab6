"""Let a page choose which model answers: those at hand, and the servers that were added."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.frame import model_title

__all__ = ["choose_model", "embedders", "generators"]


def generators() -> list[str]:
    """Return the references of the models that can write an answer here."""
    from ladder.models import available

    return [card.reference for card in available() if card.kind == "generator"]


def embedders() -> list[str]:
    """Return the references of the models that can search documents here."""
    from ladder.models import available

    return [card.reference for card in available() if card.kind == "embedder"]


def choose_model(own: str, key: str, **look: Any) -> str:
    """Draw the choice and return the reference picked; `own` stands first.

    Args:
        own: what answers if nothing is picked.
        key: the widget's; what it holds already stays on offer.
        look: how the box looks, as `st.selectbox` takes it.
    """
    held = st.session_state.get(key)
    known = dict.fromkeys(filter(None, (own, held, *generators())))
    return str(st.selectbox("Model", list(known), key=key, format_func=model_title, **look))
