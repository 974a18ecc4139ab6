"""The labelled examples that are chosen from, and what is worked out about them once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ladder.errors import InputError
from ladder.evaluation.neighbours import Neighbours, SameExamples
from ladder.project.task import Example
from rag.few_shot.conflicts import Conflicts, answer_key, numbered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.search.bm25 import Bm25

__all__ = ["Pool"]


class Pool:
    """Labelled examples; their vectors, words and conflicts are made when first needed, and kept.

    Selectors of different settings share one pool, so that nothing is worked out twice.

    Args:
        examples: labelled examples.
        embedder: reference of the embedding model; needed for what compares meanings.
    """

    def __init__(self, examples: Sequence[Example], embedder: str | None) -> None:
        self.examples, self.embedder = tuple(examples), embedder

    def __len__(self) -> int:
        return len(self.examples)

    @cached_property
    def neighbours(self) -> Neighbours:
        """Return what finds examples by their embeddings.

        Raises:
            InputError: no embedder is named.
        """
        if self.embedder is None:
            raise InputError(
                "The nearest examples are found by embeddings; name an embedder in the Setup, "
                "or choose random ones."
            )
        return Neighbours(self.examples, self.embedder)

    @cached_property
    def words(self) -> Bm25:
        """Return what finds examples by their words."""
        from rag.search.bm25 import Bm25

        return Bm25.build([example.input for example in self.examples])

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """Return a number for each example's answer, the same for the same answer."""
        return numbered([answer_key(example) for example in self.examples])

    @cached_property
    def same(self) -> SameExamples:
        """Return what says which examples are a query itself, or have its text."""
        return SameExamples(self.examples)

    @cached_property
    def conflicts(self) -> Conflicts:
        """Return what says which examples disagree by meaning."""
        return Conflicts(self.examples, self.neighbours.vectors)

    @cached_property
    def equal_conflicts(self) -> Conflicts:
        """Return what says which examples disagree whose texts are equal; needs no embedder."""
        return Conflicts(self.examples)
