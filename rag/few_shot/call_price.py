"""What a prompt costs: a call of it, and a month of questions.

Two prices may stand side by side: the one that answering has here, and that of the same tokens at
the model that the team will deploy. Both are estimates: of one prompt, not of a measured sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ladder.costs.prices import token_price
from ladder.costs.serving import DAYS_PER_MONTH
from ladder.errors import LadderError
from ladder.plan import find_plan, plans
from rag.few_shot.budget import LEAST_CACHED

if TYPE_CHECKING:
    from ladder.project import Project, Task
    from rag.few_shot.budget import Budget

__all__ = ["CallPrice", "Traffic", "call_prices", "dollars", "traffic"]

_A_DAY = 1000
"""Questions a day where nobody said how many (our assumption; the advisor's too)."""


@dataclass(frozen=True)
class CallPrice:
    """What a prompt costs at one price."""

    where: str
    """Whose price it is, in words."""
    call: float
    """$ of a single call, nothing cached."""
    cached_call: float
    """$ of a call whose beginning was kept from the question before."""
    source: str
    """What it rests on, in sentences."""

    def words(self, questions: float) -> str:
        """Return what a call and so many a month cost, as a sentence."""
        text = f"{dollars(self.call)} a call, {dollars(self.call * questions)} a month"
        if self.cached_call < self.call:
            text += f" ({dollars(self.cached_call * questions)} with its beginning cached)"
        return f"{text}: {self.where}"


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
        if 0 <= a_day < float("inf"):
            return Traffic(round(a_day * DAYS_PER_MONTH), f"your answers on Decide, plan {id}")
    return Traffic(_A_DAY * 30, f"our assumption, {_A_DAY:,} a day")


def call_prices(task: Task, budget: Budget) -> list[CallPrice]:
    """Return what a prompt costs, at each price that is set; none is an empty list.

    Args:
        task: its price basis, and the model that will be deployed.
        budget: the tokens of the prompt, and its price here.

    Raises:
        InputError: the price list does not know the model that will be deployed.
    """
    found = []
    if budget.cost_per_call is not None and budget.cached_cost_per_call is not None:
        where = task.price.token_model or f"this machine at ${task.price.hourly:g} an hour"
        call, cached = budget.cost_per_call, budget.cached_cost_per_call
        found.append(CallPrice(where, call, cached, budget.price_note))
    if task.deploy_model and task.deploy_model != task.price.token_model:
        found.append(_deployed(task.deploy_model, budget))
    return found


def _deployed(model: str, budget: Budget) -> CallPrice:
    """Return the price of the same tokens at the model that will be deployed."""
    read, written = budget.prompt_tokens, budget.answer_tokens
    price = token_price(model, read)
    kept = budget.cacheable_tokens if budget.cacheable_tokens >= LEAST_CACHED else 0
    return CallPrice(
        f"{model}, to be deployed",
        price.cost(read, 0, written),
        price.cost(read, kept, written),
        f"The tokens counted here at its prices, ${price.input:g} a million read and "
        f"${price.output:g} written: {price.price_words()}. An estimate.",
    )


def dollars(amount: float) -> str:
    """Return a price as a person reads it, also a very small one."""
    if amount == 0 or amount >= 100:
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:,.2f}"
    places = 2
    while round(amount, places) < amount * 0.95 or round(amount, places) > amount * 1.05:
        places += 1
    return f"${amount:.{places}f}"
