"""What a prompt costs: a call of it, and a month of questions.

Two prices may stand side by side: the one that answering has here, and that of the same tokens at
the model that the team will deploy. Both are estimates: of one prompt, not of a measured sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ladder.costs.basis import PriceBasis
from ladder.costs.prices import cost_per_1k, token_price
from ladder.costs.serving import DAYS_PER_MONTH
from ladder.errors import LadderError
from ladder.plan import find_plan, plans
from ladder.speeds import speeds

if TYPE_CHECKING:
    from ladder.project import Project, Task

__all__ = ["LEAST_CACHED", "CallPrice", "Traffic", "call_prices", "dollars", "traffic"]

LEAST_CACHED = 1024
"""Tokens from which providers keep a prompt's beginning (our assumption: OpenAI's minimum)."""
_A_DAY = 1000
"""Questions a day where nobody said how many (our assumption; the advisor's too)."""


@dataclass(frozen=True)
class CallPrice:
    """What a prompt costs at one price."""

    where: str
    """Whose price it is, in words."""
    call: float
    """$ of a single call."""
    source: str
    """What it rests on, in a sentence."""

    def month(self, questions: float) -> float:
        """Return the $ of a month of so many questions."""
        return self.call * questions


@dataclass(frozen=True)
class Traffic:
    """How many questions are asked in a month, and who says so."""

    a_month: int
    source: str


def traffic(project: Project) -> Traffic:
    """Return the questions a month: of the newest plan's answers, else an assumption."""
    for id in plans(project):
        try:
            a_day = float(find_plan(project, id).answers["queries_per_day"])
        except (LadderError, KeyError, ValueError):
            continue
        if a_day >= 0:
            return Traffic(round(a_day * DAYS_PER_MONTH), f"the answers on Decide, plan {id}")
    return Traffic(_A_DAY * 30, f"our assumption: {_A_DAY:,} a day; change it here")


def call_prices(
    task: Task,
    prompt_tokens: float,
    shared_tokens: float,
    answer_tokens: float,
    measured_seconds: float | None = None,
) -> list[CallPrice]:
    """Return what a call costs, at each price that is set; none is an empty list.

    Args:
        task: its price basis, and the model that will be deployed.
        prompt_tokens: of the whole prompt.
        shared_tokens: those at its beginning that are the same for every question.
        answer_tokens: of the answer; 0 where labels are scored.
        measured_seconds: of a single request, where it was measured; else it is reckoned.

    Raises:
        InputError: the price list does not know a model that the task names.
    """
    found = []
    tokens = prompt_tokens, shared_tokens, answer_tokens
    if task.price.token_model:
        found.append(_by_tokens(task.price.token_model, *tokens))
    elif task.price.hourly is not None:
        found.append(_by_the_hour(task.price, prompt_tokens, answer_tokens, measured_seconds))
    if task.deploy_model and task.deploy_model != task.price.token_model:
        found.append(_by_tokens(task.deploy_model, *tokens))
    return found


def _by_tokens(model: str, prompt: float, shared: float, answer: float) -> CallPrice:
    price = token_price(model, prompt)
    cached = shared if shared >= LEAST_CACHED else 0.0
    source = f"Tokens by the {price.price_words()}: ${price.input:g} per million read"
    source += f", ${price.output:g} written" if answer else ""
    if cached and price.cached_input < price.input:
        source += f"; {cached:,.0f} of them cached, ${price.cached_input:g}"
    return CallPrice(model, price.cost(prompt, cached, answer), f"{source}.")


def _by_the_hour(basis: PriceBasis, prompt: float, answer: float, known: float | None) -> CallPrice:
    here = speeds()
    seconds = here.prompt_token * prompt + here.answer_token * answer if known is None else known
    per_1k = cost_per_1k(basis, seconds, prompt, 0.0, answer) or 0.0
    how = f"reckoned ({here.source.rstrip('.')})" if known is None else "measured"
    return CallPrice(
        f"hardware at ${basis.hourly:g} an hour",
        per_1k / 1000,
        f"{seconds:.2g} s a call, {how}; {basis.utilisation:.0%} of the hours are used. "
        f"Price per hour: {basis.hourly_source}.",
    )


def dollars(amount: float) -> str:
    """Return a price as a person reads it, also a very small one."""
    if amount == 0 or amount >= 100:
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:,.2f}"
    if amount >= 1e-4:
        return f"${amount:.2g}"
    return f"${amount * 1e6:.2g} per million"
