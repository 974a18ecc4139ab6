"""From an advice to a Plan: which method can run now, as what, and what that will take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from advisor.advice import Advice, title_of
from advisor.measured import measured_answers
from advisor.methods import MEASURE_FIRST, is_runnable
from ladder.answering import ASKS_MODEL
from ladder.costs import Band, cost_per_1k
from ladder.errors import InputError
from ladder.methods import DEFAULT_MODEL, METHODS, preset, why_not
from ladder.plan import Plan, Step, save_plan
from ladder.plan_outcome import machine_money
from ladder.speeds import ASSUMED, speeds

if TYPE_CHECKING:
    from ladder.answering import Setup
    from ladder.project import TaskFolder

__all__ = ["RUNS_AS", "Choice", "choose", "draft", "lacks", "make_plan"]

RUNS_AS: dict[str, str] = {
    "no-llm": "logistic",
    "prompt": "zero-shot",
    "icl": "few-shot",
    "docs-in-prompt": "docs-in-prompt",
    "rag": "rag",
    "classifier": "classifier",
    "peft": "lora",
    "full": "full",
    "rag+peft": "rag+lora",
}
"""The runnable method that an advice stands for."""

_NEEDS_DOCUMENTS = ("docs-in-prompt", "rag", "rag+peft")
_NEEDS_LABELS = ("no-llm", "icl", "classifier", "peft", "full", "rag+peft")
_TRAINED = {"lora": "zero-shot", "full": "zero-shot", "classifier": "1-nn"}
"""The methods that train, and the one that answers about as fast."""
_TRAINABLE = ("hf:", "path:")
_BUNDLED_CONTEXT = 8192
_PATIENCE = 1800.0  # seconds; what trains longer begins with a quick check (our assumption)
_MEASURED = 1.5  # how many times longer or shorter, where the method was measured here (assumed)
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
    if method == "larger-model":
        return "It needs a larger model: add a server on Models, and measure a prompt on it."
    if name is None or not is_runnable(method):
        return "It is not in this version yet."
    kind = folder.task.kind
    if name in METHODS and (reason := why_not(name, folder.task)):
        return reason[0].upper() + reason[1:]
    if name == "classifier" and kind != "classification":
        return f"It names labels; this task is {kind}."
    if method in _NEEDS_LABELS and not any(each.labelled for each in folder.examples()):
        return "It needs labelled examples; add or label some on Start."
    if method in _NEEDS_DOCUMENTS and not folder.project.documents():
        return "It needs documents; add some on Start or Chat."
    if method == "docs-in-prompt" and model_of(folder) == DEFAULT_MODEL:
        tokens = measured_answers(folder)["knowledge_tokens"]
        if tokens > _BUNDLED_CONTEXT:
            return (
                f"The documents have about {tokens:,} tokens, and the rehearsal model reads "
                f"{_BUNDLED_CONTEXT:,} at once; name a model with a larger window in the Setup."
            )
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


def draft(folder: TaskFolder, advice: Advice, method: str, methods: tuple[str, ...] = ()) -> Plan:
    """Return the plan of one method, not saved yet.

    Args:
        folder: the task.
        advice: gives the answers and the reasons.
        method: advisor's id, or `measure-first`.
        methods: what `measure-first` measures; empty for all that make sense.
    """
    if method == MEASURE_FIRST:
        parts = _measure(folder, methods)
    elif RUNS_AS[method] in _TRAINED:
        parts = _training(folder, RUNS_AS[method])
    else:
        parts = _asking(folder, RUNS_AS[method])
    return Plan(
        **parts,
        task=folder.task.name,
        answers=advice.answers.to_query(),
        rules=tuple(
            {"text": reason.text, "source": reason.source, "certainty": reason.certainty}
            for reason in advice.reasons
        ),
    )


def _measure(folder: TaskFolder, methods: tuple[str, ...]) -> dict[str, Any]:
    """Return the plan of measuring several methods."""
    from ladder.evaluation.estimate import measure_seconds

    seconds = Band.around(measure_seconds(folder, methods), speeds().factor)
    return {
        "method": MEASURE_FIRST,
        "title": "measure " + (", ".join(methods) or "every method that makes sense"),
        "steps": (Step("measure", seconds, _machine(folder, seconds)),),
        "methods": methods,
        "assumptions": (_speed_words(), _price_words(folder, DEFAULT_MODEL)),
    }


def _asking(folder: TaskFolder, name: str) -> dict[str, Any]:
    """Return the plan of a method that trains nothing: its Setup is measured."""
    setup = preset(name, folder.task, model_of(folder))
    seconds, words = evaluation_band(folder, name)
    steps = [Step("evaluate", seconds, evaluation_money(folder, setup, seconds))]
    assumptions = [words, _price_words(folder, setup.model or "")]
    if setup.retrieval.source == "index":
        tokens = measured_answers(folder)["knowledge_tokens"]
        here = speeds()
        reading = Band.around(here.starting + tokens * here.passage_token, here.factor)
        steps.insert(0, Step("index", reading, _machine(folder, reading)))
        assumptions.insert(
            0, f"Documents: about {tokens:,} tokens, {1 / here.passage_token:,.0f} a second"
        )
    return {
        "method": name,
        "title": _title(name, setup),
        "steps": tuple(steps),
        "setup": setup.to_dict(),
        "assumptions": tuple(assumptions),
    }


def _training(folder: TaskFolder, name: str) -> dict[str, Any]:
    """Return the plan of a method that trains: a run, then its measurement.

    The recipe is the "good" one where that takes at most half an hour, else the quick check. A
    LoRA is put on the model that the task asks now, if that can be trained; so are all weights.
    """
    from training.data import setup_of
    from training.estimate import estimate_roughly
    from training.recipe import recipe_for

    own, size = model_of(folder), "good"
    model = (
        own if name in ("lora", "full") and own.startswith(_TRAINABLE) else recipe_for(name).model
    )
    recipe = replace(recipe_for(name, size), model=model)
    _, estimate, _ = estimate_roughly(folder, recipe)
    if estimate.seconds.p50 > _PATIENCE:
        size = "quick"
        recipe = replace(recipe_for(name, size), model=model)
        _, estimate, _ = estimate_roughly(folder, recipe)
    setup = setup_of(recipe, folder.task)
    seconds, words = evaluation_band(folder, name)
    return {
        "method": name,
        "title": _title(name, setup) + (", a quick check" if size == "quick" else ""),
        "steps": (
            Step("train", estimate.seconds, _machine(folder, estimate.seconds)),
            Step("evaluate", seconds, _machine(folder, seconds)),
        ),
        "setup": setup.to_dict(),
        "recipe": recipe.to_dict(),
        "assumptions": (f"Training: {estimate.rate}", words, _price_words(folder, recipe.model)),
    }


def model_of(folder: TaskFolder) -> str:
    """Return the model that a plan asks: the task's current one, if it has one."""
    current = folder.setup()
    asks = current is not None and current.answerer in ASKS_MODEL and current.model
    return asks or DEFAULT_MODEL


def evaluation_band(folder: TaskFolder, name: str) -> tuple[Band, str]:
    """Return how long it takes to measure a method on validation, and what that rests on."""
    from ladder.evaluation import scoreboard
    from ladder.evaluation.estimate import method_seconds

    measured = any(score.method == name and score.n for score in scoreboard(folder))
    like = name if measured else _TRAINED.get(name, name)
    here = speeds()
    seconds = here.starting + method_seconds(folder, like)
    factor = _MEASURED if measured else here.factor
    return Band.around(seconds, factor), _MEASURED_WORDS if measured else _speed_words()


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
    return machine + Band.around((each or 0.0) * len(items) / 1000, ASSUMED.factor)


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
        "logistic": "a linear classifier, no language model",
        "lora": "LoRA",
        "full": "all weights trained",
        "classifier": "a small classifier",
    }.get(name, name)
    return f"{words} with {count} example{'' if count == 1 else 's'}" if count else words


_MEASURED_WORDS = (
    f"Time: by the rate at which this method was measured here; {_MEASURED:g} times shorter or "
    "longer is our assumption."
)


def _speed_words() -> str:
    """Return what the time of a method rests on that was not measured here."""
    here = speeds()
    source = here.source.rstrip(".")
    return f"Time: {source}; {here.factor:g} times shorter or longer is our assumption."


def _price_words(folder: TaskFolder, model: str) -> str:
    """Return what the money rests on."""
    price = folder.task.price
    if model.startswith("server:"):
        tokens = price.token_model
        return f"Money: tokens at the price of {tokens}." if tokens else "Money: set a price."
    if price.hourly:
        return f"Money: ${price.hourly:g} an hour ({price.hourly_source})."
    return "Money: this machine's time counts nothing, as the task has no price per hour."
