"""Which texts a filter lets through, told before the search.

The values that texts have under a key are read once, when the key is first asked for, and kept
as one small number a text until the store changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError
from rag.store.rows import document

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.documents import Document
    from numpy.typing import NDArray

    from rag.store.texts import Texts

__all__ = ["Columns", "Filter"]

Filter = Mapping[str, Any] | Callable[["Document"], bool]
"""What a text's metadata must be, each a value or a list (any of it); or a function that tells."""


class Columns:
    """The metadata of a store's texts, by key."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._known: dict[str, tuple[dict[Any, int], NDArray[np.int32]]] = {}

    def forget(self) -> None:
        """Start again: the texts have changed."""
        self._known = {}

    def mask(self, filter: Filter | None) -> NDArray[np.bool_] | None:
        """Return for every text whether it passes; None where there is no filter.

        Raises:
            InputError: the filter has an operator such as `$gt`.
        """
        import numpy as np

        if filter is None:
            return None
        if callable(filter):
            passing = (bool(filter(document(*row))) for row in self._texts.rows())
            return np.fromiter(passing, dtype=bool, count=len(self._texts))
        mask = np.ones(len(self._texts), dtype=bool)
        for key, wanted in filter.items():
            _refuse_operators(key, wanted)
            numbers, column = self._column(key)
            several = isinstance(wanted, (list, tuple, set, frozenset))
            chosen = [numbers.get(_word(value), -1) for value in (wanted if several else [wanted])]
            mask &= np.isin(column, [number for number in chosen if number >= 0])
        return mask

    def _column(self, key: str) -> tuple[dict[Any, int], NDArray[np.int32]]:
        """Return the different values under a key, numbered, and each text's number."""
        import numpy as np

        if key not in self._known:
            numbers: dict[Any, int] = {}
            values = (
                numbers.setdefault(_word(each.get(key)), len(numbers))
                for each in self._texts.metadata()
            )
            column = np.fromiter(values, dtype=np.int32, count=len(self._texts))
            self._known[key] = (numbers, column)
        return self._known[key]


def _word(value: Any) -> Any:
    """Return what stands for a value: itself, or for a list or dict its JSON."""
    return ("", json.dumps(value, sort_keys=True)) if isinstance(value, (list, dict)) else value


def _refuse_operators(key: str, wanted: Any) -> None:
    operators = isinstance(wanted, Mapping) and any(str(each).startswith("$") for each in wanted)
    if str(key).startswith("$") or operators:
        raise InputError(
            f'The filter has an operator at "{key}", and none are known here; give a value, a '
            "list of values, or a function that takes the document."
        )
