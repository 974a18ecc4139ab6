"""Examples that disagree: nearly the same text, and another answer.

Two texts are nearly the same if they are equal after folding, or the cosine of their embeddings is
at least 0.9. Examples with different contexts, or after different conversations, are different
questions and never disagree.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ladder.project.near_duplicates import normalised
from ladder.project.task import Example, fold_label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NEARLY_THE_SAME", "Conflicts", "Disagreement", "answer_key", "numbered"]

NEARLY_THE_SAME = 0.9
"""The cosine from which two texts are nearly the same (our assumption; with all-MiniLM-L6-v2, 28
pairs among 2,500 examples of Banking77 are that close and have different labels)."""
_BLOCK = 256
"""Examples compared with the pool at once."""
_ALL_AT_ONCE = 10_000
"""Up to this many examples, the first question is answered for all of them, in a second or two;
in a larger pool only those that are asked about are compared."""


@dataclass(frozen=True)
class Disagreement:
    """The example that is most like another one and has another answer."""

    place: int
    """Where it stands in the pool."""
    similarity: float
    """Cosine of the two; 1 for equal texts."""


def answer_key(example: Example) -> Hashable:
    """Return what two examples share that have the same answer."""
    return fold_label(example.output or ""), example.answerable


def numbered(keys: Sequence[Hashable]) -> NDArray[np.intp]:
    """Return a number from 0 on for each key, the same for equal keys."""
    import numpy as np

    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


class Conflicts:
    """Says with which example of a pool another one disagrees most.

    Args:
        pool: labelled examples.
        vectors: their unit vectors; without them only equal texts are compared.
    """

    def __init__(self, pool: Sequence[Example], vectors: NDArray[np.float32] | None = None) -> None:
        self._vectors = vectors
        self._answers = numbered([answer_key(each) for each in pool])
        self._questions = numbered([_question(each) for each in pool])
        self._texts = numbered([normalised(each.input) for each in pool])
        self._known: dict[int, Disagreement | None] = {}

    def of(self, places: Sequence[int]) -> list[Disagreement | None]:
        """Return, for each place, the example that disagrees with it most; of equals the first."""
        import numpy as np

        missing = [place for place in places if place not in self._known]
        if missing:
            size = len(self._answers)
            asked = np.arange(size) if size <= _ALL_AT_ONCE else np.asarray(missing)
            for start in range(0, len(asked), _BLOCK):
                block = asked[start : start + _BLOCK]
                found = self._closest(block, None)
                self._known |= {place: found.get(place) for place in block.tolist()}
        return [self._known[place] for place in places]

    def between(self, places: Sequence[int]) -> list[Disagreement | None]:
        """Return the same among these places alone."""
        import numpy as np

        chosen = np.asarray(places, dtype=np.intp)
        found = self._closest(chosen, chosen)
        return [found.get(place) for place in places]

    def _closest(
        self, block: NDArray[np.intp], among: NDArray[np.intp] | None
    ) -> dict[int, Disagreement]:
        """Return by place the closest that is close enough and disagrees; None is the pool."""
        import numpy as np

        others = np.arange(len(self._texts)) if among is None else among
        close = (self._texts[block][:, None] == self._texts[others]).astype(np.float32)
        if self._vectors is not None:
            theirs = self._vectors if among is None else self._vectors[among]
            close = np.maximum(close, self._vectors[block] @ theirs.T)
        row, column = np.nonzero(close >= NEARLY_THE_SAME)
        mine, other = block[row], others[column]
        kept = (self._answers[mine] != self._answers[other]) & (
            self._questions[mine] == self._questions[other]
        )
        row, mine, other, close = row[kept], mine[kept], other[kept], close[row, column][kept]
        order = np.lexsort((other, -close, row))
        _, first = np.unique(row[order], return_index=True)
        return {
            int(mine[at]): Disagreement(int(other[at]), min(1.0, float(close[at])))
            for at in order[first]
        }


def _question(example: Example) -> Hashable:
    """Return what stands beside a text and makes it another question."""
    said = tuple((turn["role"], normalised(turn["content"])) for turn in example.messages)
    return normalised(example.context), said
