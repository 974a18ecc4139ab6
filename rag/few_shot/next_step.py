"""What the buttons of the Few-shot page do, by what is there, and how long that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ladder.answering import ASKS_MODEL, Setup
from ladder.errors import InputError, LadderError
from ladder.printing import duration
from rag.few_shot.candidates import asked_as, base_setup
from rag.few_shot.leaderboard_view import recommended
from rag.few_shot.price import plan_of

if TYPE_CHECKING:
    from ladder.plan import Plan
    from ladder.project import TaskFolder
    from rag.few_shot.board import Board

__all__ = [
    "Here",
    "Step",
    "aside",
    "best_name",
    "best_setup",
    "find_spec",
    "find_words",
    "how_long",
    "next_step",
]

Step = Literal["wait", "find", "use-best", "compare", "use", "measure"]


@dataclass(frozen=True)
class Here:
    """What the page stands on."""

    folder: TaskFolder
    base: Setup
    """What stood in the widgets at first."""
    setup: Setup
    """What stands in them now."""
    in_use: Setup | None
    """What answers for the task."""
    plan: Plan | None
    """The plan that filled the page in, if one did."""
    board: Board | None
    """The leaderboard, if there is one."""
    stale: bool
    """Whether the examples or the task changed since."""
    findable: bool
    """Whether there are enough examples to look for the best prompt."""
    busy: bool
    """Whether that is being done."""
    making: bool
    """Whether the part of the page is looked at in which a setting is made."""
    limit: int | None = None
    """How many examples a leaderboard is measured on; None means all."""
    minutes: float | None = None
    """What finding the best prompt may take."""

    @property
    def own(self) -> Literal["use", "measure"]:
        """Return what can be done with the setting on the page: measured once it is in use."""
        return "measure" if self.setup == self.in_use else "use"

    @property
    def best(self) -> Setup | None:
        """Return what a leaderboard that still holds says to use, if anything."""
        return None if self.stale or self.otherwise else best_setup(self.board)

    @property
    def otherwise(self) -> bool:
        """Return whether the board's prompts ask in another way than what is on the page now."""
        if self.board is None or not self.board.asked_as:
            return False
        if self.in_use is not None and self.in_use.answerer not in ASKS_MODEL:
            return False  # what needs no model is in use, so nobody chose another way of asking
        return asked_as(base_setup(self.folder, setup=self.setup)) != self.board.asked_as

    @property
    def touched(self) -> bool:
        """Return whether a setting is being made."""
        return self.making and self.setup != self.base


def next_step(here: Here) -> Step:
    """Return what the one primary button does."""
    if here.busy:
        return "wait"
    if here.plan is not None:
        return here.own
    if (here.board is None or here.stale) and here.findable:
        return "find"
    if here.otherwise and here.findable and not here.touched:
        return "find"
    if here.best is not None and here.best != here.in_use and not here.touched:
        return "use-best"
    if here.best is not None and not here.making:
        return "compare"
    return here.own


def aside(here: Here, step: Step) -> str:
    """Return what stands beside the buttons."""
    if step == "wait":
        return "The best prompt is being looked for, also when you close this page."
    if step == "use-best":
        return "What the leaderboard says to use."
    if step == "compare":
        return ":material/check: What the leaderboard says to use is in use."
    in_use = ":material/check: This setting is in use. " if here.own == "measure" else ""
    if step != "find":
        return in_use or "Makes it what answers for this task."
    return f"{in_use}Finding goes on when you close this page."


def best_setup(board: Board | None) -> Setup | None:
    """Return the Setup that the leaderboard says to use; None where it says none."""
    line = recommended(board) if board else None
    if line is None:
        return None
    try:
        return Setup.from_dict(line.settings)
    except InputError:  # kept by a version with other settings
        return None


def best_name(board: Board) -> str:
    """Return what the leaderboard says to use, with its score."""
    line = recommended(board)
    if line is None or line.value is None:
        return "the best"
    return f"{line.name}, {line.value:.2f}"


def find_spec(here: Here) -> dict[str, Any]:
    """Return what the job that makes the leaderboard is asked to do."""
    spec = {"task": here.folder.task.name, "setup": here.setup.to_dict()}
    wanted = {"limit": here.limit, "minutes": here.minutes}
    return spec | {name: value for name, value in wanted.items() if value is not None}


def find_words(here: Here) -> tuple[str, str]:
    """Return the button that makes the leaderboard, with its time, and what that rests on."""
    name = "Find the best prompt" if here.board is None else "Find it again"
    most = f"{minutes_words(60 * here.minutes)} at most" if here.minutes is not None else ""
    if (here.setup.model or "").startswith("server:"):
        return ", ".join(filter(None, (name, most or "as fast as the server answers"))), ""
    try:
        price = plan_of(here.folder, setup=here.setup, limit=here.limit, exact=False)
    except LadderError as error:
        return name, str(error)
    low, high = minutes_words(price.seconds.p10), minutes_words(price.seconds.p90)
    source = (
        f"Tries {price.settings} prompts on {price.items} examples, {price.asks:,} questions to "
        f"the model at most: {low} to {high}, by {price.source.rstrip('.')}."
    )
    if price.dollars is not None:
        source += f" About ${price.dollars.p50:,.2f}."
    if here.minutes is not None and price.seconds.p50 >= 60 * here.minutes:
        source += f" It ends after {most}; what was answered is kept, and finding again goes on."
        return f"{name}, {most}", source
    about = "about" if here.board is None else "at most"
    return f"{name}, {about} {minutes_words(price.seconds.p50)}", source


def minutes_words(seconds: float) -> str:
    """Return a length of time in whole minutes, at least one."""
    minutes = max(1, round(seconds / 60))
    return f"{minutes:,} minute{'' if minutes == 1 else 's'}"


def how_long(here: Here) -> str:
    """Return how long measuring one setting takes, as a sentence."""
    if (here.setup.model or "").startswith("server:"):
        return "How long measuring takes depends on the server; it goes on without this page."
    from ladder.evaluation.estimate import method_seconds

    name = "few-shot" if here.setup.examples.count else "zero-shot"
    seconds = here.plan.seconds.p50 if here.plan else method_seconds(here.folder, name)
    return f"Measuring takes about {duration(seconds)}; it goes on when you close this page."
