"""Embed texts before they are compared, behind words that say how far it is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ladder.project.task import Example
from rag.few_shot.prompt_view import warm

__all__ = ["compared"]


def compared(examples: Sequence[Example], embedder: str, of: str) -> None:
    """Embed the inputs of examples, once a visit; what was embedded before takes no time.

    Args:
        examples: whose inputs.
        embedder: reference of the embedding model.
        of: names the examples; nothing is said again for the same ones.
    """
    key = f"{of} {embedder} {len(examples)}"
    done: set[str] = st.session_state.setdefault("shots_warm", set())
    if key in done:
        return
    bar = st.progress(0.0, "Loading the model that compares texts")

    def tell(at: int, total: int) -> None:
        bar.progress(at / total, f"Comparing texts: {at:,} of {total:,} examples read")

    warm(examples, embedder, tell)
    bar.empty()
    done.add(key)
