"""The door to the example project, on Home and on Start."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from ladder.frame import go
from ladder.project import create_example, projects

__all__ = ["example_door"]

_EXAMPLE = "helpdesk"


def example_door(type: Literal["primary", "secondary"] = "secondary") -> None:
    """Say what the example is, and open it; it is made where it is not there yet."""
    st.write("A made-up helpdesk with labelled tickets, questions and a handbook.")
    if st.button("Look around with the helpdesk example", type=type, key="example"):
        if _EXAMPLE not in projects():
            create_example(_EXAMPLE, _EXAMPLE)
        go("home", _EXAMPLE)
