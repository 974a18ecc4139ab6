"""`--limit N`: a stratified random sample, never the first N."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from ladder.errors import InputError
from ladder.files import content_hash
from ladder.project.task import Example, Kind

__all__ = ["items_hash", "sample"]


def items_hash(items: Sequence[Example]) -> str:
    """Return what names the items of a split, whatever their order: texts and right answers."""
    return content_hash([item.to_dict() for item in sorted(items, key=lambda item: item.id)])


def sample(items: Sequence[Example], limit: int | None, seed: int, kind: Kind) -> list[Example]:
    """Return `limit` of the items, drawn by `seed`, in their order; all without a limit.

    Systematic sampling through the shuffled strata (labels; for other kinds, answerable or
    not): each item has the same chance, and each stratum its share to within one item.

    Raises:
        InputError: the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise InputError(f"The limit is {limit}; give 1 or more, or none for all examples.")
    if limit is None or limit >= len(items):
        return list(items)
    rng = Random(seed)
    strata: dict[str, list[str]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.id):
        label = item.output or "" if kind == "classification" else ""
        strata[f"{item.answerable}/{label}"].append(item.id)
    order = sorted(strata)
    rng.shuffle(order)
    ids = [id for stratum in order for id in rng.sample(strata[stratum], len(strata[stratum]))]
    start = rng.random()
    drawn = {ids[int((start + i) * len(ids) / limit)] for i in range(limit)}
    return [item for item in items if item.id in drawn]
