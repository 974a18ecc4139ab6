"""The settings of a few-shot prompt, as widgets: which examples, how it is put and answered.

What the widgets hold is kept while other parts of the page, and other pages, are looked at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from ladder.answering import (
    AnswererName,
    Calibration,
    DecodingSettings,
    ExampleSettings,
    PromptSettings,
    Selection,
    Setup,
)
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL
from ladder.model_choice import choose_model
from ladder.models.references import scores_labels
from ladder.project import TaskFolder

__all__ = ["SELECTIONS", "begin", "can_score", "fill", "held", "instruction_box", "settings"]

MOST = 32
"""The most examples that the page offers; `ladder prompt --count` takes more."""
SELECTIONS: dict[Selection, str] = {
    "nearest": "most similar",
    "bm25": "sharing its rare words",
    "mmr": "similar, yet unlike each other",
    "per-label": "most similar of each label",
    "nearest+per-label": "half similar, half of each label",
    "random": "at random",
}
_OF_LABELS = ("per-label", "nearest+per-label")
"""Selections that make sense for classification alone."""
ORDERS: dict[Literal["nearest-last", "nearest-first"], str] = {
    "nearest-last": "most similar last",
    "nearest-first": "most similar first",
}
FORMATS: dict[Literal["plain", "chat"], str] = {"plain": "plain text", "chat": "chat template"}
ANSWERS: dict[AnswererName, str] = {"labels": "it picks a label", "generate": "it writes text"}
CALIBRATIONS: dict[Calibration, str] = {
    "none": "as the model has them",
    "contextual": "less what it says to an empty text",
    "batch": "less what it says on average",
}
_NAMES = (
    *("count", "selection", "order", "format", "instruction", "labels", "model"),
    *("answerer", "calibration", "json", "input"),
)


def begin(folder: TaskFolder, base: Setup, owner: str) -> None:
    """Fill the widgets from a Setup, once a task or plan.

    Args:
        folder: the task.
        base: what stands in them at first.
        owner: names the task and plan; with another one they are filled anew.
    """
    anew = st.session_state.get("shots_of") != owner
    st.session_state["shots_of"] = owner
    if anew:
        fill(folder, base)
        st.session_state["shots_input"] = ""
        st.session_state["shots_answer"] = None
    for name, value in (_values(folder, base) | {"input": "", "answer": None}).items():
        # Who leaves the page while it is being drawn takes the values of its widgets away.
        st.session_state.setdefault(f"shots_{name}", value)
    for name in _NAMES:  # kept though they are not drawn
        st.session_state[f"shots_{name}"] = st.session_state[f"shots_{name}"]


def fill(folder: TaskFolder, setup: Setup) -> None:
    """Put a Setup into the widgets; before they are drawn, or in a callback."""
    for name, value in _values(folder, setup).items():
        st.session_state[f"shots_{name}"] = value


def _values(folder: TaskFolder, base: Setup) -> dict[str, object]:
    return {
        "count": min(base.examples.count, MOST),
        "selection": _offered(folder, base.examples.selection),
        "order": base.examples.order,
        "format": base.prompt.format,
        "instruction": base.prompt.instruction or folder.task.instruction,
        "labels": base.prompt.show_labels,
        "model": base.model or DEFAULT_MODEL,
        "answerer": base.answerer,
        "calibration": base.decoding.calibration,
        "json": base.decoding.json_schema,
    }


def _offered(folder: TaskFolder, selection: Selection) -> Selection:
    labels = folder.task.kind == "classification"
    return selection if labels or selection not in _OF_LABELS else "nearest"


def held(folder: TaskFolder, base: Setup) -> Setup:
    """Return the Setup that the widgets make, drawn or not."""
    state = st.session_state
    instruction = str(state["shots_instruction"]).strip()
    own = "" if instruction == folder.task.instruction.strip() else instruction
    classifies, extracts = (folder.task.kind == kind for kind in ("classification", "extraction"))
    answerer: AnswererName = state["shots_answerer"]
    if not can_score(folder, state["shots_model"]):
        answerer = "generate"
    calibration: Calibration = state["shots_calibration"] if answerer == "labels" else "none"
    decoding: DecodingSettings = replace(
        base.decoding, calibration=calibration, json_schema=extracts and state["shots_json"]
    )
    return replace(
        base,
        answerer=answerer,
        model=state["shots_model"],
        embedder=base.embedder or DEFAULT_EMBEDDER,
        prompt=PromptSettings(
            format=state["shots_format"],
            system=base.prompt.system,
            instruction=own,
            show_labels=classifies and state["shots_labels"],
        ),
        examples=ExampleSettings(
            int(state["shots_count"]),
            state["shots_selection"],
            state["shots_order"],
            base.examples.seed,
        ),
        decoding=decoding,
    )


def can_score(folder: TaskFolder, model: str) -> bool:
    """Return whether the model says how likely each label of the task is."""
    return folder.task.kind == "classification" and scores_labels(model)


def instruction_box(rows: int) -> None:
    """Draw the box of the instruction; one and the same wherever it stands."""
    st.text_area("Instruction", key="shots_instruction", height=24 * rows + 20)


def settings(folder: TaskFolder, model: str) -> None:
    """Draw the settings; `held` says what they make.

    Args:
        folder: the task.
        model: the one that stands first among those that can be asked.
    """
    columns = [*st.columns([3, 2]), *st.columns([3, 2])]
    offered = [each for each in SELECTIONS if _offered(folder, each) == each]
    selection = columns[0].selectbox(
        "Which examples", offered, format_func=SELECTIONS.__getitem__, key="shots_selection",
        help="By the meaning of the text, by its rare words, or for the spread of labels; at "
        "random they are the same for every question, so that a provider can cache them.",
    )  # fmt: skip
    columns[1].number_input(
        "How many", 0, MOST, key="shots_count", help="Each costs its tokens on every call."
    )
    with columns[2]:
        choose_model(
            model, "shots_model", help="Which model is asked. Add a server on the page Models."
        )
    columns[3].selectbox(
        "In which order", list(ORDERS), format_func=ORDERS.__getitem__, key="shots_order",
        help="Small models repeat what they read last, so the most similar stands there.",
        disabled=selection == "random",
    )  # fmt: skip
    instruction_box(2)
    with st.expander("How it is put, and how it answers"):
        _put_and_answered(folder)


def _put_and_answered(folder: TaskFolder) -> None:
    classifies = folder.task.kind == "classification"
    st.selectbox(
        "Format", list(FORMATS), format_func=FORMATS.__getitem__, key="shots_format",
        help="Running text, or turns in the model's own template. Small models follow text better.",
    )  # fmt: skip
    if classifies:
        st.toggle("List all labels", key="shots_labels", help="Costs their tokens on every call.")
    if folder.task.kind == "extraction":
        st.toggle(
            "Hold the answer to JSON with the fields of the examples", key="shots_json",
            help="The model can then write nothing but such an object.",
        )  # fmt: skip
    if not classifies:
        return
    if not can_score(folder, st.session_state["shots_model"]):
        st.write("This model does not say how likely a label is, so it writes its answer.")
        return
    answerer = st.selectbox(
        "How it answers", list(ANSWERS), format_func=ANSWERS.__getitem__, key="shots_answerer",
        help="Picking: every label gets a probability and the likeliest is the answer, so that it "
        "is always one of yours. Writing: the model writes, which may be no label at all.",
    )  # fmt: skip
    if answerer == "labels":
        st.selectbox(
            "Probabilities of labels", list(CALIBRATIONS), key="shots_calibration",
            format_func=CALIBRATIONS.__getitem__,
            help="A model prefers some labels whatever is asked; taking away what it says to an "
            "empty text, or to the texts of your examples on average, evens that out "
            "(calibration). Whether it helps is measured by the leaderboard.",
        )  # fmt: skip
