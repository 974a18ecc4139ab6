"""Few-shot selection: which labelled examples stand in the prompt, in what order, and why.

The nearest examples by embedding, the nearest one last, follow Liu et al. (2022, 2101.06804)
and Lu et al. (2022, 2104.08786) on how much the order matters. The other ways are in `choose`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from ladder.answering import ExampleSettings, Query
from ladder.errors import ProjectError
from ladder.project.task import Example
from rag.few_shot.conflicts import Disagreement
from rag.few_shot.pool import Pool

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.example_selectors import BaseExampleSelector
    from numpy.typing import NDArray

__all__ = ["ExampleSelector", "Shot", "as_langchain"]

_WITHOUT_EMBEDDER = ("random", "bm25")


@dataclass(frozen=True)
class Shot:
    """One example that stands in a prompt."""

    example: Example
    similarity: float | None
    """Cosine with the query; None where it was not chosen by similarity."""
    reason: str
    """Why it was chosen, in words."""
    score: float | None = None
    """What it was chosen by: the cosine, or BM25's score of the words; None where drawn."""
    conflict: str = ""
    """With what it disagrees, in a sentence: nearly the same text that has another answer."""


class ExampleSelector:
    """Chooses a query's examples from a pool of labelled ones.

    The query itself and examples with its text, after folding, are left out; near-duplicates
    are not.

    Args:
        pool: labelled examples; a `Pool` is shared with other selectors.
        settings: how many, which, in what order.
        embedder: reference of the embedding model; all selections but "bm25" and "random" need
            it. A `Pool` has its own.

    Raises:
        ProjectError: the pool is empty.
        InputError: there is no embedder, and the selection needs it.
    """

    def __init__(
        self,
        pool: Sequence[Example] | Pool,
        settings: ExampleSettings,
        embedder: str | None = None,
    ) -> None:
        if not len(pool):
            raise ProjectError(
                f"Few-shot shows {settings.count} labelled examples, and there are none; "
                "label some first, or ask without examples (zero-shot)."
            )
        self.pool = pool if isinstance(pool, Pool) else Pool(pool, embedder)
        self.settings = settings
        if settings.selection not in _WITHOUT_EMBEDDER:
            _ = self.pool.neighbours  # says now that an embedder is missing
        elif settings.selection == "random":
            self._drawn = Random(settings.seed).sample(range(len(pool)), len(pool))

    def select(self, query: Query, without: Collection[int] = ()) -> list[Shot]:
        """Return the examples for a query, in the order in which they stand in the prompt.

        Args:
            query: what is asked.
            without: places of examples of the pool that must not be shown.
        """
        return next(self.select_many([query], without))

    def select_many(
        self, queries: Sequence[Query], without: Collection[int] = ()
    ) -> Iterator[list[Shot]]:
        """Yield the examples for each query, compared with the pool many at once."""
        if self.settings.selection == "random":
            yield from (self._random(query, without) for query in queries)
            return
        by_words = self.settings.selection == "bm25"
        near = () if by_words else self.pool.neighbours.similarities(queries)
        for row in map(self._by_words, queries) if by_words else near:
            row[list(without)] = -math.inf
            yield self._chosen(row)

    def with_settings(self, settings: ExampleSettings) -> ExampleSelector:
        """Return a selector of the same pool, which does not work it out again."""
        return ExampleSelector(self.pool, settings)

    def with_example(self, example: Example) -> ExampleSelector:
        """Return a selector whose pool has one more example."""
        pool = [*self.pool.examples, example]
        return ExampleSelector(pool, self.settings, self.pool.embedder)

    def _by_words(self, query: Query) -> NDArray[np.float32]:
        import numpy as np

        scores = self.pool.words.scores(query.text)
        scores[self.pool.same.of(query)] = -np.inf
        return scores

    def _chosen(self, similarity: NDArray[np.float32]) -> list[Shot]:
        """Return the examples that the similarities of a query choose."""
        from rag.few_shot.choose import choose, in_order

        selection, order = self.settings.selection, self.settings.order
        by_words = selection == "bm25"
        vectors = self.pool.neighbours.vectors if selection == "mmr" else None
        labels = self.pool.labels if "per-label" in selection else None
        chosen = choose(selection, similarity, self.settings.count, vectors, labels)
        reasons = dict(zip(chosen.tolist(), self._reasons(chosen, similarity), strict=True))
        places = in_order(chosen, similarity, order).tolist()
        conflicts = self._conflicts(places)
        shots = []
        for place, conflict in zip(places, conflicts, strict=True):
            score = float(similarity[place])
            cosine = None if by_words else score
            example = self.pool.examples[place]
            shots.append(Shot(example, cosine, reasons[place], score, conflict))
        return shots

    def _reasons(self, chosen: NDArray[np.intp], similarity: NDArray[np.float32]) -> Iterator[str]:
        """Yield why each was chosen, in the order in which they were chosen."""
        selection, size = self.settings.selection, len(self.pool)
        near = {"per-label": 0, "nearest+per-label": (self.settings.count + 1) // 2, "mmr": 1}
        nearest = near.get(selection, len(chosen))
        seen: set[int] = set()
        by = "words" if selection == "bm25" else "similarity"
        for rank, place in enumerate(chosen.tolist(), 1):
            label = int(self.pool.labels[place]) if "per-label" in selection else -1
            if by == "words" and similarity[place] <= 0:
                yield "has none of the words; fills up in the pool's order"
            elif rank <= nearest:
                yield f"{_ordinal(rank)} of {size:,} by {by}"
            elif selection == "mmr":
                yield "like the text, unlike the others"
            elif label not in seen:
                yield f"nearest of the label {_short(self.pool.examples[place].output or '', 40)}"
            else:
                yield "next nearest; no other label is left"
            seen.add(label)

    def _random(self, query: Query, without: Collection[int]) -> list[Shot]:
        left_out = {*self.pool.same.of(query), *without}
        kept = (place for place in self._drawn if place not in left_out)
        places = list(islice(kept, self.settings.count))
        reason = f"drawn at random from {len(self.pool):,} (seed {self.settings.seed})"
        return [
            Shot(self.pool.examples[place], None, reason, None, conflict)
            for place, conflict in zip(places, self._conflicts(places), strict=True)
        ]

    def _conflicts(self, places: Sequence[int]) -> list[str]:
        """Return a sentence for each that disagrees with another shown, or else in the pool."""
        by_text = self.settings.selection in _WITHOUT_EMBEDDER
        conflicts = self.pool.equal_conflicts if by_text else self.pool.conflicts
        shown, anywhere = conflicts.between(places), conflicts.of(places)
        position = {place: number for number, place in enumerate(places, 1)}
        sentences = []
        for here, there in zip(shown, anywhere, strict=True):
            worst = here or there
            where = f"Example {position[here.place]} of this prompt" if here else "The pool"
            sentences.append(self._sentence(where, worst) if worst else "")
        return sentences

    def _sentence(self, where: str, found: Disagreement) -> str:
        other = self.pool.examples[found.place]
        text = f'"{_short(other.input, 80)}" (example {other.id})'
        like = f"similarity {found.similarity:.2f}"
        answer = _short(other.output or "", 40) or "no answer"
        return f"{where} has nearly the same text with another answer: {text} is {answer}, {like}."


def _ordinal(rank: int) -> str:
    return "nearest" if rank == 1 else f"{rank}. nearest"


def _short(text: str, longest: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def as_langchain(selector: ExampleSelector) -> BaseExampleSelector:
    """Return LangChain's face of a selector, for its `FewShotPromptTemplate`.

    Examples are mappings with "input", "output", "score" and "reason"; the query is the variable
    "input".
    """
    from rag.few_shot.langchain_selector import LangChainSelector

    return LangChainSelector(selector)
