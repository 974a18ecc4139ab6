"""From an advice to a Plan: which method can run now, as what, and what that will take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.advise import Advice, title_of
from advisor.methods import MEASURE_FIRST
from ladder.costs import Band, cost_per_1k
from ladder.errors import InputError
from ladder.methods import DEFAULT_MODEL, METHODS, preset, why_not
from ladder.plan import Plan, Step, save_plan
from ladder.plan_outcome import machine_money

if TYPE_CHECKING:
    from ladder.answering import Setup
    from ladder.project import TaskFolder

__all__ = ["RUNS_AS", "Choice", "choose", "draft", "lacks", "make_plan"]

RUNS_AS: dict[str, str] = {
    "prompt": "zero-shot",
    "icl": "few-shot",
    "docs-in-prompt": "docs-in-prompt",
    "rag": "rag",
    "classifier": "classifier",
    "peft": "lora",
    "rag+peft": "rag+lora",
}
"""The runnable method that an advice stands for."""

_NEEDS_DOCUMENTS = ("docs-in-prompt", "rag", "rag+peft")
_NEEDS_LABELS = ("icl", "classifier", "peft", "rag+peft")
_STARTING = 15.0  # seconds to start the worker and load the models (our assumption)
_MEASURED = 1.5  # how many times longer or shorter, where the method was measured here
_ASSUMED = 3.0  # the same, where it was not (both are our assumptions)
_LETTERS_A_TOKEN = 4  # our assumption; English text has about that many


@dataclass(frozen=True)
class Choice:
    """What of an advice can be carried out now."""

    method: str
    """Advisor's id of what can run; empty if neither the advised nor the runner-up can."""
    missing: str
    """What the recommended method lacks, in a sentence; empty where it can run."""


def choose(folder: TaskFolder, advice: Advice) -> Choice:
    """Return what can run now: what is recommended, else the runner-up."""
    if advice.recommended == MEASURE_FIRST:
        return Choice(MEASURE_FIRST, "")
    missing = lacks(folder, advice.recommended)
    if not missing:
        return Choice(advice.recommended, "")
    second = advice.runner_up
    return Choice(second if second and not lacks(folder, second) else "", missing)


def lacks(folder: TaskFolder, method: str) -> str:
    """Return what a method of the advisor lacks before it can run here, in a sentence."""
    name = RUNS_AS.get(method)
    if name is None or name not in METHODS:
        if method == "larger-model":
            return "It needs a larger model: add a server on Models, and measure a prompt on it."
        return "It is not in this version yet; what it would cost stands in the table below."
    if folder.task.kind not in METHODS[name].kinds:
        return why_not(name, folder.task) or ""
    if method in _NEEDS_LABELS and not any(each.labelled for each in folder.examples()):
        return "It needs labelled examples; add or label some on Start."
    if method in _NEEDS_DOCUMENTS and not folder.project.documents():
        return "It needs documents; add some on Start."
    return ""


def make_plan(folder: TaskFolder, advice: Advice) -> Plan:
    """Save what of an advice can run now as a plan.

    Raises:
        InputError: neither what is recommended nor the runner-up can run.
    """
    choice = choose(folder, advice)
    if not choice.method:
        raise InputError(f"{title_of(advice.recommended)} cannot run now. {choice.missing}")
    return save_plan(folder.project, draft(folder, advice, choice.method))


def draft(folder: TaskFolder, advice: Advice, method: str) -> Plan:
    """Return the plan of one method, not saved yet."""
    parts = _measure(folder) if method == MEASURE_FIRST else _one(folder, RUNS_AS[method])
    return Plan(
        **parts,
        task=folder.task.name,
        answers=advice.answers.to_query(),
        rules=tuple(
            {"text": reason.text, "source": reason.source, "certainty": reason.certainty}
            for reason in advice.reasons
        ),
    )


def _measure(folder: TaskFolder) -> dict[str, Any]:
    """Return the plan of measuring every method that makes sense."""
    from ladder.evaluation.estimate import measure_seconds

    seconds = Band.around(measure_seconds(folder), _ASSUMED)
    return {
        "method": MEASURE_FIRST,
        "title": "measure every method that makes sense",
        "steps": (Step("measure", seconds, _machine(folder, seconds)),),
        "assumptions": (_ASSUMED_WORDS, _price_words(folder, DEFAULT_MODEL)),
    }


def _one(folder: TaskFolder, name: str) -> dict[str, Any]:
    """Return the plan of one method that trains nothing: its Setup is measured."""
    setup = preset(name, folder.task, model_of(folder))
    seconds, words = evaluation_band(folder, name)
    model = setup.model or ""
    return {
        "method": name,
        "title": _title(name, setup),
        "steps": (Step("evaluate", seconds, evaluation_money(folder, setup, seconds)),),
        "setup": setup.to_dict(),
        "assumptions": (words, _price_words(folder, model)),
    }


def model_of(folder: TaskFolder) -> str:
    """Return the model that a plan asks: the task's current one, if it has one."""
    current = folder.setup()
    asks = current is not None and current.answerer == "generate" and current.model
    return asks or DEFAULT_MODEL


def evaluation_band(folder: TaskFolder, name: str) -> tuple[Band, str]:
    """Return how long it takes to measure a method on validation, and what that rests on."""
    from ladder.evaluation import scoreboard
    from ladder.evaluation.estimate import method_seconds

    measured = any(score.method == name and score.n for score in scoreboard(folder))
    seconds = _STARTING + method_seconds(folder, name)
    factor = _MEASURED if measured else _ASSUMED
    return Band.around(seconds, factor), _MEASURED_WORDS if measured else _ASSUMED_WORDS


def evaluation_money(folder: TaskFolder, setup: Setup, seconds: Band) -> Band | None:
    """Return the $ of measuring a Setup on validation; None where a server has no price."""
    machine = _machine(folder, seconds)
    if not (setup.model or "").startswith("server:"):
        return machine
    if not folder.task.price.token_model:
        return None
    from ladder.project import evaluation_plan

    items = evaluation_plan(folder, "validation").items
    asked = sum(len(each.input) + len(each.context) for each in items) / len(items)
    given = sum(len(each.output or "") for each in items) / len(items)
    shown = setup.examples.count * (asked + given)
    prompt = (len(folder.task.instruction) + asked + shown) / _LETTERS_A_TOKEN
    each = cost_per_1k(folder.task.price, 0, prompt, 0, given / _LETTERS_A_TOKEN)
    return machine + Band.around((each or 0.0) * len(items) / 1000, _ASSUMED)


def _machine(folder: TaskFolder, seconds: Band) -> Band:
    """Return the $ of this machine's time."""
    return seconds * machine_money(folder.task, 1.0)


def _title(name: str, setup: Setup) -> str:
    """Return what a plan does in a few words."""
    count = setup.examples.count
    words = {
        "zero-shot": "a prompt without examples",
        "docs-in-prompt": "all documents in the prompt",
        "rag": "retrieval (RAG)",
        "lora": "LoRA",
        "classifier": "a small classifier",
    }.get(name, name)
    return f"{words} with {count} example{'' if count == 1 else 's'}" if count else words


_MEASURED_WORDS = (
    f"Time: by the rate at which this method was measured here; {_MEASURED:g} times shorter or "
    "longer is our assumption."
)
_ASSUMED_WORDS = (
    "Time: from our assumptions on a two-core machine (15 s to start, 0.3 s to read a prompt, "
    f"15 ms a token), as nothing was measured yet; {_ASSUMED:g} times shorter or longer."
)


def _price_words(folder: TaskFolder, model: str) -> str:
    """Return what the money rests on."""
    price = folder.task.price
    if model.startswith("server:"):
        tokens = price.token_model
        return f"Money: tokens at the price of {tokens}." if tokens else "Money: set a price."
    if price.hourly:
        return f"Money: ${price.hourly:g} an hour ({price.hourly_source})."
    return "Money: this machine's time counts nothing, as the task has no price per hour."
