"""The gate of every export: it answers as the run does, on examples of the validation split.

An export is right on an item if it writes the same first 20 tokens, greedily, or names the same
label. Of 50 items 49 have to be right: arithmetic in other numbers may turn one near tie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ladder.answering import Message, Setup
from ladder.errors import ModelError
from ladder.evaluation import query_of
from ladder.evaluation.sampling import sample
from ladder.prompt import read_output, render, stop_texts

if TYPE_CHECKING:
    from ladder.models.classifier import Classifier
    from ladder.models.generation import Generator
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "ITEMS",
    "TOKENS",
    "Asked",
    "Parity",
    "Said",
    "ask",
    "ask_classifier",
    "check",
    "said_by",
]

ITEMS = 50
TOKENS = 20
_REMEDY = (
    "Look at the two answers; take --format adapter, which is the run as it is, and report this "
    "with the run's card.md."
)
_HALF = "\ufffd"
_SHOWN = 80
"""Characters of an answer that are shown where two differ."""


@dataclass(frozen=True)
class Asked:
    """What both are asked: items with their prompts."""

    folder: TaskFolder
    setup: Setup
    examples: tuple[Example, ...]

    @property
    def prompts(self) -> list[list[Message]]:
        """Return each item's prompt, as in training and in use."""
        task, labels = self.folder.task, self.folder.labels()
        return [render(self.setup, query_of(e), task=task, labels=labels) for e in self.examples]

    @property
    def stop(self) -> tuple[str, ...]:
        """Return the texts at which an answer ends."""
        return stop_texts(self.setup, self.folder.task)


@dataclass(frozen=True)
class Said:
    """What one of them said to one item."""

    text: str
    tokens: tuple[int, ...] = ()
    """Empty where the program does not tell."""
    label: str | None = None

    def agrees(self, other: Said) -> bool:
        """Return whether it is the same answer: by label, by tokens, else by their text."""
        if self.label is not None and self.label == other.label:
            return True
        if self.tokens and other.tokens:
            return self.tokens == other.tokens
        # Half a letter at the end is a sign of its own in one program, and nothing in the other.
        return self.text.rstrip(_HALF) == other.text.rstrip(_HALF)


@dataclass(frozen=True)
class Parity:
    """How well an export agrees with the run."""

    what: str
    """What was asked, such as "the GGUF file"."""
    n: int
    agreeing: int
    needed: int
    item: str = ""
    """The first item on which they differ; empty where there is none."""
    run_said: str = ""
    export_said: str = ""

    @property
    def good(self) -> bool:
        """Return whether it may be given away."""
        return self.agreeing >= self.needed

    @property
    def words(self) -> str:
        """Return how well it agrees, in a sentence."""
        words = (
            f"{self.what} agrees with the run on {self.agreeing} of {self.n} validation examples"
        )
        if self.item:
            words += (
                f"; first difference at {self.item}: the run says {self.run_said!r}, "
                f"{self.what} {self.export_said!r}"
            )
        return f"{words[0].upper()}{words[1:]}."

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, with its sentence."""
        return asdict(self) | {"words": self.words}


def ask(folder: TaskFolder, setup: Setup) -> Asked:
    """Return up to 50 items of the validation split, never of the test split.

    Raises:
        ProjectError: there are none.
    """
    from ladder.project import evaluation_plan

    items = evaluation_plan(folder, "validation").items
    return Asked(folder, setup, tuple(sample(items, ITEMS, 0, folder.task.kind)))


def said_by(
    generator: Generator, asked: Asked, tell: Callable[[int, int], None] | None = None
) -> list[Said]:
    """Return what a model that writes says to each item."""
    labels, task = asked.folder.labels(), asked.folder.task
    found = []
    for place, messages in enumerate(asked.prompts, 1):
        done = generator.complete(messages, max_new_tokens=TOKENS, stop=asked.stop)
        label = read_output(done.text, task, labels, format=asked.setup.prompt.format)[1]
        found.append(Said(done.text.strip(), done.token_ids, label))
        if tell is not None:
            tell(place, len(asked.examples))
    return found


def ask_classifier(classifier: Classifier, asked: Asked) -> list[Said]:
    """Return what a classifier says to each item."""
    task = asked.folder.task
    ids = [classifier.ids(asked.setup, query_of(e), task) for e in asked.examples]
    found = [p for at in range(0, len(ids), 8) for p in classifier.predict(ids[at : at + 8])]
    return [Said(each.label, label=each.label) for each in found]


def check(
    what: str, asked: Asked, run: Sequence[Said], export: Sequence[Said], remedy: str = ""
) -> Parity:
    """Return how well an export agrees with the run.

    Of fewer than 50 items all have to agree.

    Args:
        what: what was asked, as it stands in the sentence.
        asked: the items.
        run: what the run said.
        export: what the export said.
        remedy: what to do where it does not agree.

    Raises:
        ModelError: it does not agree well enough; the message has the first difference.
    """
    pairs = list(zip(asked.examples, run, export, strict=True))
    differing = [(e.id, r.text, x.text) for e, r, x in pairs if not r.agrees(x)]
    item, run_said, export_said = differing[0] if differing else ("", "", "")
    n = len(pairs)
    parity = Parity(
        what, n, n - len(differing), n - n // ITEMS, item, run_said[:_SHOWN], export_said[:_SHOWN]
    )
    if not parity.good:
        raise ModelError(
            f"The export is not the model that was trained, so it was not kept. {parity.words} "
            f"At least {parity.needed} have to agree. {remedy or _REMEDY}"
        )
    return parity
