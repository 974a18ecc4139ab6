"""From labelled examples to the rows a model is trained on, and the order in which it sees them.

Prompts are made by `ladder.prompt` alone, so that the tokens before the answer are those of
evaluation and chat. Only the train part of the split is used, and its ids are kept with the run.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ladder.answering import AnswererName, DecodingSettings, PromptSettings, Setup
from ladder.errors import InputError
from ladder.evaluation import query_of
from ladder.models.classifier import classifier_ids
from ladder.prompt import encode, render
from training.batches import batches_of, cost
from training.core import Recipe

if TYPE_CHECKING:
    from ladder.project.task import Example, Task
    from ladder.project.task_folder import TaskFolder
    from training.mixture import Part

__all__ = [
    "Drawn",
    "Row",
    "Rows",
    "Schedule",
    "completion_ids",
    "example_rows",
    "make_rows",
    "plan_order",
    "setup_of",
    "train_examples",
]


@dataclass(frozen=True)
class Row:
    """One example as the model reads it."""

    id: str
    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    """The answer's tokens, on which alone the loss counts; empty for a classifier."""
    label: int = -1
    """The index of its label, for a classifier."""
    task: str = ""
    """The task that it is an example of."""

    def __len__(self) -> int:
        """Return how many tokens the row has."""
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class Drawn:
    """Rows of which each epoch has so many: another task's, or old ones."""

    start: int
    stop: int
    each_epoch: int


@dataclass(frozen=True)
class Rows:
    """All rows, and what did not become one."""

    rows: tuple[Row, ...]
    labels: tuple[str, ...] = ()
    """The outputs of a classifier, in order."""
    too_long: tuple[str, ...] = ()
    """Ids of the examples that were left out, or cut for a classifier."""
    drawn: tuple[Drawn, ...] = ()
    """The rows that are not the task's own, behind them; the own are all seen in each epoch."""

    @property
    def an_epoch(self) -> int:
        """Return how many rows an epoch has."""
        own = self.drawn[0].start if self.drawn else len(self.rows)
        return own + sum(each.each_epoch for each in self.drawn)


@dataclass(frozen=True)
class Schedule:
    """Which rows are seen in which order: whole batches, one after the other."""

    order: tuple[int, ...]
    """Indices of rows; the first `batch_size` are the first step, and so on."""
    tokens: tuple[int, ...]
    """Tokens processed up to the end of each step, padding included."""

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        return len(self.tokens)

    @property
    def total(self) -> int:
        """Return all tokens processed."""
        return self.tokens[-1] if self.tokens else 0


def setup_of(recipe: Recipe, task: Task) -> Setup:
    """Return the Setup that a recipe trains under; its model is the base."""
    short = task.kind in ("classification", "qa")
    asked: AnswererName = "labels" if task.kind == "classification" else "generate"
    return Setup(
        answerer="classify" if recipe.head == "classify" else asked,
        task=task.name,
        model=recipe.model,
        prompt=PromptSettings(format=recipe.format, show_labels=recipe.show_labels),
        decoding=DecodingSettings(max_new_tokens=32 if short else 256),
    )


def train_examples(folder: TaskFolder, recipe: Recipe) -> list[Example]:
    """Return the labelled examples of the train part.

    Raises:
        InputError: there are none, or the head makes no sense for them.
    """
    name, everything = folder.task.name, folder.examples()
    if not any(example.labelled for example in everything):
        raise InputError(
            f'None of the {len(everything)} examples of "{name}" has an output, so there is '
            "nothing to learn; label some on the page Start, or import a file with answers."
        )
    rows = {example.id: example for example in everything if example.labelled}
    found = [rows[id] for id in folder.split().train if id in rows]
    if not found:
        raise InputError(
            f'All {len(rows)} labelled examples of "{name}" test or validate; label more, or '
            "import some for training."
        )
    if not any((example.output or "").strip() for example in found):
        raise InputError(
            f'All {len(found)} training examples of "{name}" have an empty output; a model '
            "trained on them would say nothing. Give some of them an answer."
        )
    if recipe.head == "classify":
        if folder.task.kind != "classification":
            raise InputError(
                f'A classifier names labels, and "{name}" is {folder.task.kind}; use --method lora.'
            )
        if len({example.output for example in found}) < 2:
            raise InputError(
                f'All {len(found)} training examples of "{name}" have the label '
                f'"{found[0].output}"; label some of another kind.'
            )
    return found


def make_rows(
    parts: Sequence[Part], recipe: Recipe, tokenizer: Any, limit: int, known: Sequence[str] = ()
) -> Rows:
    """Return the rows of the training examples.

    Args:
        parts: the task's own examples, then others.
        recipe: says the head and the longest row.
        tokenizer: the base model's.
        limit: the longest text that the base can read.
        known: the outputs of the classifier that is trained on.

    Raises:
        InputError: nothing can be learned from; the message says why.
    """
    longest = min(recipe.longest, limit)
    made = [_rows_of(part, recipe, tokenizer, longest, known) for part in parts]
    if not made[0].rows:
        raise InputError(
            f"All {len(parts[0].examples)} training examples are longer than {longest} tokens; "
            "raise `longest`, or shorten them."
        )
    drawn, start = [], len(made[0].rows)
    for part, rows in zip(parts[1:], made[1:], strict=True):
        if rows.rows:
            drawn.append(Drawn(start, start + len(rows.rows), part.each_epoch))
            start += len(rows.rows)
    return Rows(
        tuple(row for rows in made for row in rows.rows),
        made[0].labels,
        tuple(id for rows in made for id in rows.too_long),
        tuple(drawn),
    )


def _rows_of(
    part: Part, recipe: Recipe, tokenizer: Any, longest: int, known: Sequence[str]
) -> Rows:
    """Return the rows of one part, each task put to the model as later in use."""
    folder = part.folder
    setup = setup_of(recipe, folder.task)
    if recipe.head == "classify":
        labels = tuple(known) or _labels(part.examples)
        return _classifier_rows(part.examples, setup, folder.task, tokenizer, longest, labels)
    return example_rows(folder, part.examples, recipe, tokenizer, longest)


def example_rows(
    folder: TaskFolder,
    examples: Sequence[Example],
    recipe: Recipe,
    tokenizer: Any,
    longest: int,
) -> Rows:
    """Return examples as rows of prompt and answer, put to the model as later in use."""
    setup, listed = setup_of(recipe, folder.task), folder.labels()
    rows, too_long = [], []
    for example in examples:
        messages = render(setup, query_of(example), task=folder.task, labels=listed)
        prompt = encode(messages, tokenizer)
        answer = completion_ids(setup, messages, prompt, example, tokenizer)
        row = Row(example.id, tuple(prompt), answer, task=folder.task.name)
        if len(row) <= longest:
            rows.append(row)
        else:
            too_long.append(example.id)
    return Rows(tuple(rows), too_long=tuple(too_long))


def completion_ids(
    setup: Setup,
    messages: Sequence[dict[str, str]],
    prompt: Sequence[int],
    example: Example,
    tokenizer: Any,
) -> tuple[int, ...]:
    """Return the tokens that the model is to write after the prompt, its end token included."""
    answer, end = (example.output or "").strip(), int(tokenizer.eos_token_id)
    if setup.prompt.format == "plain":
        text = f" {answer}" if answer else ""
        return (*tokenizer(text, add_special_tokens=False)["input_ids"], end)
    full = tokenizer.apply_chat_template(
        [*messages, {"role": "assistant", "content": answer}], tokenize=True, return_dict=False
    )
    if full[: len(prompt)] == list(prompt):  # as the template ends a turn, which may be its own way
        return tuple(int(token) for token in full[len(prompt) :])
    return (*tokenizer(answer, add_special_tokens=False)["input_ids"], end)


def plan_order(
    lengths: Sequence[int], recipe: Recipe, epochs: int, drawn: Sequence[Drawn] = ()
) -> Schedule:
    """Return the order of rows: each epoch in another one, in the recipe's kind of batches.

    The run ends before the batch that would exceed `max_tokens`.

    Raises:
        InputError: not even one batch fits in `max_tokens`.
    """
    draw, size = random.Random(recipe.seed), recipe.batch_size
    everything: list[int] = []
    own = drawn[0].start if drawn else len(lengths)
    waiting: dict[Drawn, list[int]] = {each: [] for each in drawn}
    for _ in range(epochs):
        epoch = list(range(own))
        for each, left in waiting.items():
            while len(left) < each.each_epoch:  # all of them come before one comes again
                left += draw.sample(range(each.start, each.stop), each.stop - each.start)
            epoch += left[: each.each_epoch]
            del left[: each.each_epoch]
        draw.shuffle(epoch)
        everything += epoch
    batches = batches_of(everything, lengths, recipe, draw)
    order: list[int] = []
    tokens: list[int] = []
    for batch in batches:
        after = (tokens[-1] if tokens else 0) + cost(batch, lengths, recipe.batches)
        if recipe.max_tokens is not None and after > recipe.max_tokens:
            break
        order += batch
        tokens.append(after)
    if not tokens:
        raise InputError(
            f"One batch of {size} examples has more than {recipe.max_tokens:,} tokens; raise "
            "max_tokens, or lower batch_size or longest."
        )
    return Schedule(tuple(order), tuple(tokens))


def _labels(examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(sorted({example.output or "" for example in examples}))


def _classifier_rows(
    examples: Sequence[Example],
    setup: Setup,
    task: Task,
    tokenizer: Any,
    longest: int,
    labels: tuple[str, ...],
) -> Rows:
    place = {label: number for number, label in enumerate(labels)}
    if strange := sorted(set(_labels(examples)) - place.keys()):
        raise InputError(
            f'The label "{strange[0]}" is none of the {len(labels)} that the run can name which is '
            "trained on; train anew from its base, so that it gets an output."
        )
    rows, too_long = [], []
    for example in examples:
        ids, cut = classifier_ids(setup, query_of(example), task, tokenizer, longest)
        label = place[example.output or ""]
        rows.append(Row(example.id, tuple(ids), (), label, task.name))
        if cut:
            too_long.append(example.id)
    return Rows(tuple(rows), labels, tuple(too_long))
