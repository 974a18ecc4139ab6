"""The task card on Start: what is asked, how it is scored, what is good enough, what it costs.

It draws the fields and returns the `Task` they describe; saving is the page's affair.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from ladder.costs.basis import PriceBasis
from ladder.project.task import METRICS, Kind, Task

__all__ = ["KINDS", "task_card"]

KINDS: dict[Kind, str] = {
    "classification": "Classification",
    "extraction": "Extraction",
    "qa": "Question answering",
    "generation": "Free text",
}
"""What a person calls each kind."""

_METRICS = {
    "accuracy": "Accuracy: share of right labels",
    "macro-f1": "Macro-F1: every label counts the same",
    "json-f1": "Field F1: share of right fields",
    "exact-match": "Exact match: equal text",
    "token-f1": "Token F1: shared words",
    "rouge-l": "ROUGE-L: longest shared sequence",
    "chrf": "chrF: shared pieces of words",
}
_UNPRICED = "Not set yet"
_HOURLY = "Hardware by the hour"
_TOKENS = "A model's token prices"


def task_card(task: Task) -> Task:
    """Draw the card filled with `task` and return the task as it now stands.

    Raises:
        InputError: a field was given what cannot be, such as a price without its source.
    """
    key = f"card_{task.name}"
    instruction = st.text_area(
        "Instruction",
        task.instruction,
        key=f"{key}_instruction",
        height=90,
        placeholder="Say which team should get this ticket.",
        help="What to do, in one or two sentences, as the model is told.",
    )
    kinds = list(get_args(Kind))
    kind = st.selectbox(
        "Kind",
        kinds,
        kinds.index(task.kind),
        key=f"{key}_kind",
        format_func=lambda k: KINDS[k],
        help="One label, fields out of a text, a short answer, or free text.",
    )
    metrics = METRICS[kind]
    metric = st.selectbox(
        "Metric",
        metrics,
        metrics.index(task.metric) if task.metric in metrics else 0,
        key=f"{key}_metric_{kind}",
        format_func=lambda m: _METRICS.get(m, m),
        help="How one answer is scored against the right one.",
    )
    target = st.slider(
        "Target",
        0.05,
        1.0,
        float(task.target),
        0.01,
        key=f"{key}_target",
        help="The score that is good enough to ship; the ladder stops there.",
    )
    price, deploy = _price(task, key)
    output_name = task.output_name if kind == task.kind else ""
    return replace(
        task,
        instruction=instruction.strip(),
        kind=kind,
        metric=metric,
        target=target,
        output_name=output_name,
        price=price,
        deploy_model=deploy,
    )


def _price(task: Task, key: str) -> tuple[PriceBasis, str]:
    basis = task.price
    ways = [_UNPRICED, _HOURLY, _TOKENS]
    chosen = _TOKENS if basis.token_model else _HOURLY if basis.hourly is not None else _UNPRICED
    way = st.selectbox(
        "Price of a query",
        ways,
        ways.index(chosen),
        key=f"{key}_way",
        help="Without one, the scoreboard shows tokens and seconds instead of dollars.",
    )
    price = PriceBasis()
    if way == _HOURLY:
        hourly = st.number_input(
            "Dollars per hour", 0.0, 1000.0, basis.hourly or 0.0, 0.05, key=f"{key}_hourly"
        )
        source = st.text_input(
            "Where the price is from, and when",
            basis.hourly_source,
            key=f"{key}_source",
            placeholder="our cloud bill, November 2026",
        )
        used = st.slider(
            "Utilisation",
            0.05,
            1.0,
            basis.utilisation,
            0.05,
            key=f"{key}_used",
            help="Mean over peak traffic of that hardware. Our assumption: 0.2.",
        )
        if source.strip():
            price = PriceBasis(hourly=hourly, hourly_source=source.strip(), utilisation=used)
        else:
            st.info("Say where the price is from; until then none is set.")
    if way == _TOKENS:
        price = PriceBasis(
            token_model=_priced_model("Model", basis.token_model, f"{key}_tokens") or ""
        )
    deploy = _priced_model(
        "Model you will deploy (optional)",
        task.deploy_model,
        f"{key}_deploy",
        help="A second price column counts the same tokens at this model's prices.",
    )
    return price, deploy or ""


def _priced_model(label: str, value: str, key: str, help: str | None = None) -> str | None:
    """Pick one of the models whose token prices are known; the list is long, so it is typed."""
    from ladder.costs import models_with_prices

    models = list(models_with_prices())
    index = models.index(value) if value in models else None
    return st.selectbox(
        label, models, index, key=key, help=help, placeholder="Type to search, e.g. gpt"
    )
