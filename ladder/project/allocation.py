"""Fill a part of the split: so many items, the shares of the labels kept, chosen by hash."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Group", "draw", "needs"]


@dataclass(frozen=True)
class Group:
    """Near-duplicates that are placed together; most groups are one example."""

    ids: tuple[str, ...]
    key: str
    """Hash of the content (hex), which orders the groups."""
    stratum: str
    """The label by which the group is counted; "" for all where labels do not matter."""
    only_train: bool = False
    """The user brought it for training: it may validate, but never test."""


def needs(wanted: float, all_strata: Iterable[str], have: Iterable[str]) -> dict[str, float]:
    """Return how many items each stratum lacks in a part that shall have `wanted` items.

    Args:
        wanted: the size of the part.
        all_strata: the stratum of every example from which the part is drawn, itself included.
        have: the stratum of every example that the part has.
    """
    total = Counter(all_strata)
    there = Counter(have)
    share = wanted / max(1, total.total())
    return {stratum: count * share - there[stratum] for stratum, count in total.items()}


def draw(
    groups: Sequence[Group], slots: float, need: Mapping[str, float], *, first: bool, full: bool
) -> list[Group]:
    """Return the groups that fill `slots` places, in the order of their hashes within a stratum.

    The stratum that lacks most goes first. A group that does not fit whole is passed over.

    Args:
        groups: those that may be drawn.
        slots: how many items are missing; may end in a half, when half of an odd number is due.
        need: how many items each stratum lacks, as `needs` counts them.
        first: nothing was drawn before. Later, a half place is given or not by the item's hash,
            so that whoever labels two labels in turn does not fill the test with one of them.
        full: fill every place; otherwise leave it to a later item of a stratum that lacks one.
    """
    lacking = dict(need)
    queues: dict[str, deque[Group]] = {}
    for group in sorted(groups, key=lambda group: group.key):
        queues.setdefault(group.stratum, deque()).append(group)
    chosen: list[Group] = []
    while slots >= 1 and queues:
        stratum = max(queues, key=lambda s: (lacking.get(s, 0.0), queues[s][0].key))
        if not full and lacking.get(stratum, 0.0) <= 0:
            break
        group = queues[stratum].popleft()
        if not queues[stratum]:
            del queues[stratum]
        if len(group.ids) <= slots:
            chosen.append(group)
            slots -= len(group.ids)
            lacking[stratum] = lacking.get(stratum, 0.0) - len(group.ids)
    if slots == 0.5 and not first:
        for queue in queues.values():
            group = queue[0]
            if len(group.ids) == 1 and lacking.get(group.stratum, 0.0) > _fraction(group.key):
                return [*chosen, group]
    return chosen


def _fraction(key: str) -> float:
    """Return a number from 0 to 1 that a hash stands for (other digits than those that order)."""
    return int(key[-8:], 16) / 16**8
