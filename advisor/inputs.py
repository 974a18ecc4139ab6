"""The wizard's widgets: one per answer, drawn from the field's type and help text.

Each widget is named `answer_FIELD`; `collect` reads them back, so that a button pressed right
after typing loses nothing. The dataclass is the state: a widget that is not drawn keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from advisor.answers import BELOW_TARGET, Answers, choices, help_text
from advisor.measured import HOW, SUGGESTED
from advisor.methods import METHODS
from advisor.wizard import Wizard
from ladder.costs import GPUS

__all__ = ["LABELS", "collect", "draw", "forget"]

LABELS: dict[str, str] = {
    "missing": "What is missing, all that applies",
    "baseline": "Quality of a prompt today",
    "baseline_by": "Which prompt that is",
    "target": "Target",
    "larger_model_score": "Quality of a larger model, if tried",
    "knowledge_tokens": "Tokens of documents",
    "knowledge_change": "How often the documents change",
    "citations": "Answers must cite their source",
    "row_level_access": "Not everyone may see every document",
    "multi_hop": "Answers combine several new facts",
    "keep_general": "Other abilities must be kept",
    "data_may_leave": "Data may go to a hosted model",
    "language_covered": "The model knows the language",
    "usable_base": "There is a usable base model",
    "open_weights": "The weights are ours to change",
    "reward_checkable": "A program can check an answer",
    "labelled": "Labelled examples now",
    "labelled_possible": "Labelled examples that could be had",
    "labelled_tokens": "Tokens of the labelled examples",
    "labels": "Number of classes",
    "unlabelled_tokens": "Tokens of raw text",
    "facts_to_change": "Single facts to change",
    "preferences": "Pairs that people rated",
    "popularity": "Questions are about",
    "queries_per_day": "Questions a day",
    "tokens_in": "Tokens of a question",
    "tokens_out": "Tokens of an answer",
    "latency_p95_s": "Seconds an answer may take",
    "context_window": "Tokens the model can read at once",
    "gpus": "GPUs on hand",
    "base_params": "Parameters of the model",
    "budget_one_off": "Budget, once, in $",
    "budget_monthly": "Budget, a month, in $",
    "deadline_days": "Days until it must work",
    "task_kind": "Kind of task",
    "rarest_label": "Examples of the rarest class",
    "no_llm_score": "Quality without a language model, if measured",
    "wrong_answer_cost": "Cost of a wrong answer, in $",
    "label_minutes": "Minutes for a label",
    "label_hourly": "Cost of an hour of labelling, in $",
    "drafted_share": "Share of labels that a model drafts",
    "queries_in_a_year": "Questions a day in twelve months",
    "gpu_hours_week": "Hours a week the GPUs are free",
    "cacheable_share": "Share of the prompt that repeats",
    "peak_factor": "Busiest hour against the mean",
    "fertility": "Tokens a word against English, model",
    "embedder_fertility": "Tokens a word against English, embedder",
    "training_engineer": "Somebody has trained models",
    "search_engineer": "Somebody has built search",
    "horizon_months": "Horizon in months",
}
"""What each answer is called on the page."""

_WORDS = {
    "facts": "facts it does not know", "style": "style or format", "skill": "a skill",
    "language": "a language", "cost": "lower cost", "head": "well-known things",
    "tail": "rare things", "qa": "question answering", "prompt": "an instruction alone",
    "icl": "few-shot: it shows labelled examples",
}  # fmt: skip
_NOT_MEASURED, _BELOW, _NUMBER = "not measured yet", "tried, below the target", "measured"
_SHARES = ("target", "larger_model_score", "no_llm_score", "cacheable_share", "drafted_share")
_WHOLE = (
    "rarest_label", "labelled_possible", "labelled_tokens", "labels", "deadline_days",
    "queries_in_a_year",
)  # fmt: skip
_FRACTIONS = (
    "latency_p95_s", "label_minutes", "label_hourly", "peak_factor", "fertility",
    "embedder_fertility", "cacheable_share", "drafted_share", "gpu_hours_week",
)  # fmt: skip
_MONTHS = 60
_LOWEST = {
    "target": 0.01, "context_window": 1, "latency_p95_s": 0.01, "fertility": 0.01,
    "embedder_fertility": 0.01, "peak_factor": 1,
    "gpu_hours_week": 1,
}  # fmt: skip
_GPUS = ("none", "1xT4", "1xL4", "1xRTX4090", "1xA100-80", "1xH100", "8xA100-80", "8xH100")


def draw(name: str, wizard: Wizard) -> None:
    """Draw the widget of one answer, filled in, and say if the project measured it."""
    import streamlit as st

    value = getattr(wizard.answers, name)
    if name == "baseline_by" and st.session_state.get(_key("baseline")) != _NUMBER:
        return
    if name == "baseline":
        _draw_baseline(value)
    else:
        _draw_plain(name, value)
    if wizard.is_measured(name):
        which = f", {METHODS[wizard.answers.baseline_by].title}" if name == "baseline" else ""
        icon = ":material/lightbulb:" if name in SUGGESTED else ":material/check:"
        st.badge(HOW[name] + which, icon=icon, color="green")


def collect(names: Iterable[str], answers: Answers) -> Answers:
    """Return the answers with what stands in the widgets of these fields.

    Raises:
        InputError: a widget holds what the field cannot take.
    """
    import streamlit as st

    values: dict[str, Any] = {}
    for name in names:
        key = _key(name)
        if key not in st.session_state:
            continue
        value = st.session_state[key]
        if name == "baseline":
            value = _baseline_of(value)
        elif name == "missing":
            value = tuple(value)
        elif name == "base_params":
            value = value * 1e9
        values[name] = value
    return replace(answers, **values)


def forget() -> None:
    """Let every widget be filled in anew from the answers."""
    import streamlit as st

    for name in (*LABELS, "baseline_value"):
        st.session_state.pop(_key(name), None)


def _draw_plain(name: str, value: Any) -> None:
    import streamlit as st

    key, label, help = _key(name), LABELS[name], help_text(name)
    if name == "missing":
        st.session_state.setdefault(key, list(value))
        st.pills(
            label,
            choices(name),
            selection_mode="multi",
            key=key,
            help=help,
            format_func=_word,
            wrap=True,
        )
    elif name == "horizon_months":
        st.session_state.setdefault(key, min(value, _MONTHS))
        st.slider(label, 1, _MONTHS, key=key, help=help, width=320)
    elif name == "gpus":
        st.session_state.setdefault(key, value)
        known = (*_GPUS, value) if value not in _GPUS else _GPUS
        st.selectbox(
            label, known, key=key, accept_new_options=True,
            help=f"{help} Known names: {', '.join(GPUS)}.",
        )  # fmt: skip
    elif choices(name):
        st.session_state.setdefault(key, value)
        st.selectbox(label, choices(name), key=key, help=help, format_func=_word)
    elif isinstance(value, bool):
        st.session_state.setdefault(key, value)
        st.toggle(label, key=key, help=help)
    else:
        _draw_number(name, value, help)


def _draw_number(name: str, value: Any, help: str) -> None:
    import streamlit as st

    key, label = _key(name), LABELS[name]
    if name == "base_params":
        st.session_state.setdefault(key, value / 1e9)
        st.number_input(f"{label}, in billions", 0.001, 100_000.0, step=1.0, key=key, help=help)
        return
    default = getattr(Answers(), name)
    whole = name in _WHOLE or (isinstance(default, int) and name not in _FRACTIONS)
    low = float(_LOWEST.get(name, 0))
    high = 1.0 if name in _SHARES else 1e12
    step = 0.01 if name in _SHARES else 1.0
    if whole:
        low, high, step = int(low), int(high), int(step)
    elif value is not None:
        value = float(value)
    st.session_state.setdefault(key, value)
    st.number_input(
        label, low, high, value=None if default is None else "min", step=step, key=key, help=help,
        placeholder="not known" if default is None else None,
    )  # fmt: skip


def _draw_baseline(value: float | str | None) -> None:
    import streamlit as st

    kind = _NUMBER if isinstance(value, float | int) else _BELOW if value else _NOT_MEASURED
    st.session_state.setdefault(_key("baseline"), kind)
    picked = st.radio(
        LABELS["baseline"], (_NOT_MEASURED, _BELOW, _NUMBER), key=_key("baseline"),
        help=help_text("baseline"),
    )  # fmt: skip
    if picked == _NUMBER:
        start = float(value) if isinstance(value, float | int) else 0.5
        st.session_state.setdefault(_key("baseline_value"), start)
        st.number_input("Quality of the prompt", 0.0, 1.0, step=0.01, key=_key("baseline_value"))


def _baseline_of(kind: str) -> float | str | None:
    import streamlit as st

    if kind == _NUMBER:
        return float(st.session_state.get(_key("baseline_value"), 0.5))
    return BELOW_TARGET if kind == _BELOW else None


def _key(name: str) -> str:
    return f"answer_{name}"


def _word(value: str) -> str:
    return _WORDS.get(value, value)
