"""How many of a prompt's examples fit, and the error that says so where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from ladder.errors import ModelError
from ladder.project.task import Example

__all__ = ["fitting", "saying_what_fits"]

Order = Literal["nearest-last", "nearest-first"]
Fits = Callable[[Sequence[Example]], bool]


def fitting(shown: Sequence[Example], order: Order, fits: Fits) -> int:
    """Return how many of the examples shown fit, the least similar taken out first.

    Args:
        shown: in the order in which they stand.
        order: where the most similar one stands.
        fits: says whether a prompt with these examples fits.
    """
    low, high = 0, len(shown)
    while low < high:  # low fit (or nothing does), more than high do not
        middle = (low + high + 1) // 2
        if fits(shown[len(shown) - middle :] if order == "nearest-last" else shown[:middle]):
            low = middle
        else:
            high = middle - 1
    return low


@contextmanager
def saying_what_fits(shown: Sequence[Example], order: Order, fits: Fits) -> Iterator[None]:
    """Add to a model's error, where the examples are too many for it, how many would fit."""
    try:
        yield
    except ModelError as error:
        if not shown or fits(shown):
            raise
        number = fitting(shown, order, fits)
        would = f"{number:,} of the {len(shown):,} examples would fit."
        raise ModelError(f"{error} {would if number else 'No example would fit.'}") from error
