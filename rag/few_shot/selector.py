"""Few-shot selection: which labelled examples stand in the prompt, in what order, and why.

The nearest examples by embedding, the nearest one last, follow Liu et al. (2022, 2101.06804)
and Lu et al. (2022, 2104.08786) on how much the order matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from ladder.answering import ExampleSettings, Query
from ladder.errors import InputError, ProjectError
from ladder.evaluation.neighbours import Neighbours, SameExamples
from ladder.project.task import Example

if TYPE_CHECKING:
    from langchain_core.example_selectors import BaseExampleSelector

__all__ = ["ExampleSelector", "Shot", "as_langchain"]


@dataclass(frozen=True)
class Shot:
    """One example that stands in a prompt."""

    example: Example
    similarity: float | None
    """Cosine with the query; None where it was not chosen by similarity."""
    reason: str
    """Why it was chosen, in words."""


class ExampleSelector:
    """Chooses a query's examples from a pool of labelled ones.

    The query itself and examples with its text, after folding, are left out; near-duplicates
    are not.

    Args:
        pool: labelled examples.
        settings: how many, which, in what order.
        embedder: reference of the embedding model; needed for "nearest".

    Raises:
        ProjectError: the pool is empty.
        InputError: "nearest" without an embedder.
    """

    def __init__(
        self, pool: Sequence[Example], settings: ExampleSettings, embedder: str | None
    ) -> None:
        if not pool:
            raise ProjectError(
                f"Few-shot shows {settings.count} labelled examples, and there are none; "
                "label some first, or ask without examples (zero-shot)."
            )
        self._pool, self._settings, self._embedder = list(pool), settings, embedder
        self._size = len(pool)
        if settings.selection == "nearest":
            if embedder is None:
                raise InputError(
                    "The nearest examples are found by embeddings; name an embedder in the Setup, "
                    "or choose random ones."
                )
            self._neighbours = Neighbours(pool, embedder)
        else:
            self._drawn = Random(settings.seed).sample(list(pool), len(pool))
            self._same = SameExamples(self._drawn)

    def select(self, query: Query) -> list[Shot]:
        """Return the examples for a query, in the order in which they stand in the prompt."""
        if self._settings.selection == "random":
            return self._random(query)
        found = next(self._neighbours.nearest([query], self._settings.count))
        shots = [
            Shot(n.example, n.similarity, f"{_ordinal(rank)} of {self._size:,} by similarity")
            for rank, n in enumerate(found, 1)
        ]
        return shots[::-1] if self._settings.order == "nearest-last" else shots

    def with_example(self, example: Example) -> ExampleSelector:
        """Return a selector whose pool has one more example."""
        return ExampleSelector([*self._pool, example], self._settings, self._embedder)

    def _random(self, query: Query) -> list[Shot]:
        left_out = set(self._same.of(query))
        kept = (e for place, e in enumerate(self._drawn) if place not in left_out)
        reason = f"drawn at random from {self._size:,} (seed {self._settings.seed})"
        return [Shot(e, None, reason) for e in islice(kept, self._settings.count)]


def _ordinal(rank: int) -> str:
    return "nearest" if rank == 1 else f"{rank}. nearest"


def as_langchain(selector: ExampleSelector) -> BaseExampleSelector:
    """Return LangChain's face of a selector, for its `FewShotPromptTemplate`.

    Examples are mappings with "input" and "output"; the query is the variable "input".
    """
    from uuid import uuid4

    from langchain_core.example_selectors import BaseExampleSelector

    class Selector(BaseExampleSelector):
        chosen_by = selector

        def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, str]]:
            shots = self.chosen_by.select(Query.of("", input_variables["input"]))
            return [{"input": s.example.input, "output": s.example.output or ""} for s in shots]

        def add_example(self, example: dict[str, str]) -> None:
            added = Example(f"added-{uuid4()}", example["input"], example["output"])
            self.chosen_by = self.chosen_by.with_example(added)

    return Selector()
