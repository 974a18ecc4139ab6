"""What the Few-shot page and `ladder prompt` show: the exact prompt, its examples, its tokens.

Nothing here loads a model's weights, except the embedder that finds the nearest examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ladder.answering import ASKS_MODEL, Message, Query, RetrievalSettings, Setup
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL, preset
from ladder.project.task import Example
from rag.few_shot.budget import Budget, Prompts, budget_of
from rag.few_shot.selector import ExampleSelector, Shot

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "PromptView",
    "ShownExample",
    "prompt_view",
    "shown_pool",
    "starting_setup",
    "token_words",
    "warm",
]

_BATCH = 128
"""Texts embedded between two words of progress."""


@dataclass(frozen=True)
class ShownExample:
    """One example as it stands in the prompt."""

    id: str
    input: str
    output: str
    score: float | None
    """What it was chosen by: the cosine of its embedding with the query's, or BM25's score of the
    words (`scored_by`); None where it was drawn at random."""
    reason: str
    tokens: int
    """Tokens by which it makes the prompt longer."""
    scored_by: Literal["similarity", "words", ""] = "similarity"
    """What the score is of."""
    conflict: str = ""
    """With what it disagrees, in a sentence."""


@dataclass(frozen=True)
class PromptView:
    """A prompt as it will be sent."""

    messages: list[Message]
    text: str
    """The same as one text, as the model reads it."""
    tokens: int
    examples: list[ShownExample]
    """In the order in which they stand in the prompt."""
    model: str
    exact: bool
    """Whether tokens are counted by the model's tokenizer; else they are an estimate."""
    context: int | None
    """Tokens that the model can read at once, where known."""
    budget: Budget
    """What it takes of the window and in dollars."""

    @property
    def fits(self) -> bool:
        """Return whether prompt and answer fit in the context window."""
        return self.budget.fits

    @property
    def fits_most(self) -> int | None:
        """Return how many examples fit; see `Budget.fits_most`."""
        return self.budget.fits_most

    @property
    def cacheable_tokens(self) -> int:
        """Return the tokens at the beginning that are the same for every question."""
        return self.budget.cacheable_tokens

    @property
    def cost_per_call(self) -> float | None:
        """Return the $ of a call, nothing cached; None where no price is set."""
        return self.budget.cost_per_call

    @property
    def note(self) -> str:
        """Return what is to be said about the budget, as sentences."""
        return self.budget.note

    def to_json(self) -> dict[str, Any]:
        """Return what `ladder prompt --json` prints."""
        return {
            "messages": self.messages,
            "text": self.text,
            "tokens": self.tokens,
            "examples": [asdict(example) for example in self.examples],
            "model": self.model,
            "exact": self.exact,
            "context": self.context,
            "fits": self.fits,
            "fits_most": self.fits_most,
            "cacheable_tokens": self.cacheable_tokens,
            "answer_tokens": round(self.budget.answer_tokens, 1),
            "cost_per_call": self.cost_per_call,
            "cached_cost_per_call": self.budget.cached_cost_per_call,
            "note": self.note,
        }


def prompt_view(folder: TaskFolder, setup: Setup, text: str) -> PromptView:
    """Return the prompt that a Setup makes of a text, without asking the model.

    Args:
        folder: the task.
        setup: what would answer; it may show examples, not passages.
        text: what is asked.

    Raises:
        ProjectError: it needs labelled examples, and there are none.
        ModelError: the model's tokenizer, or the embedder, cannot be had.
    """
    from ladder.models.tokens import token_counter

    query, reference = Query.of("", text), setup.model or DEFAULT_MODEL
    counter = token_counter(reference)
    prompts = Prompts(setup, folder.task, folder.labels(), counter)
    pool, shots = shown_pool(folder), list[Shot]()
    if setup.examples.count:
        shots = ExampleSelector(pool, setup.examples, setup.embedder).select(query)
    examples = [shot.example for shot in shots]
    messages = prompts.messages(query, examples)
    budget = budget_of(prompts, query, examples, pool)
    tokens = prompts.example_tokens(examples)
    shown = [_shown(shot, alone) for shot, alone in zip(shots, tokens, strict=True)]
    return PromptView(
        messages,
        counter.text(messages),
        budget.prompt_tokens,
        shown,
        reference,
        counter.exact,
        counter.context,
        budget,
    )


def _shown(shot: Shot, tokens: int) -> ShownExample:
    return ShownExample(
        shot.example.id,
        shot.example.input,
        shot.example.output or "",
        None if shot.score is None else round(shot.score, 4),
        shot.reason,
        tokens,
        "" if shot.score is None else "words" if shot.similarity is None else "similarity",
        shot.conflict,
    )


def token_words(view: PromptView) -> str:
    """Return how many tokens the prompt has, and what they go to."""
    shown = sum(example.tokens for example in view.examples)
    text = f"{'' if view.exact else 'About '}{view.tokens:,} tokens"
    if not view.examples:
        return text
    several = "examples" if len(view.examples) > 1 else "example"
    return (
        f"{text}: {len(view.examples)} {several} {shown:,}, "
        f"instruction and question {view.tokens - shown:,}"
    )


def shown_pool(folder: TaskFolder) -> list[Example]:
    """Return the labelled examples that may be shown: all but the test split.

    A test example that had been shown could no longer test.
    """
    test = set(folder.split().test)
    return [each for each in folder.examples() if each.labelled and each.id not in test]


def starting_setup(folder: TaskFolder) -> Setup:
    """Return what the page starts from: the task's Setup if it asks a model, else few-shot.

    Passages are left out; a Setup with them is tried on Chat.
    """
    current = folder.setup()
    if current is None or current.answerer not in ASKS_MODEL:
        return preset("few-shot", folder.task)
    plain = replace(current, retrieval=RetrievalSettings())
    return replace(plain, embedder=plain.embedder or DEFAULT_EMBEDDER)


def warm(
    pool: Sequence[Example], embedder: str, progress: Callable[[int, int], None] | None = None
) -> None:
    """Embed the examples before they are compared, saying how far it is.

    Embeddings are kept on disk, so it takes its time once.
    """
    from ladder.models import embed_texts

    for start in range(0, len(pool), _BATCH):
        if progress is not None:
            progress(start, len(pool))
        embed_texts(embedder, [example.input for example in pool[start : start + _BATCH]])
