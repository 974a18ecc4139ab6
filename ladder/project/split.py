"""The split: which examples test, which validate, which train; frozen once made.

- Test is half of the labelled examples, at most 200; validation a fifth, at most 100; the rest
  trains. Under 20 labelled examples nothing is kept back.
- Who goes where is decided by the hash of the content, so neither ids nor the order of rows
  count; classification keeps the shares of its labels. Near-duplicates stay together.
- Examples labelled later join until a part is full. No item ever moves. A near-duplicate of a
  test item joins it even when the test is full: a leak is worse than 201 items.
- What the user brings as test or validation is kept whole, nothing joins it and nothing leaves
  it; a validation part that is missing is taken from train: a fifth of it, at most 100.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from ladder.errors import ProjectError
from ladder.files import content_hash, read_json, write_json
from ladder.project.allocation import Group, draw, needs
from ladder.project.near_duplicates import linked, near_duplicate_pairs
from ladder.project.task import Example

__all__ = [
    "PARTS",
    "SMALLEST",
    "Part",
    "Split",
    "bring",
    "extend_split",
    "read_split",
    "write_split",
]

Part = Literal["test", "validation", "train"]
PARTS: tuple[Part, ...] = ("test", "validation", "train")

SMALLEST = 20
"""With fewer labelled examples no test is kept."""


@dataclass(frozen=True)
class Split:
    """Which examples test, validate and train, by id."""

    test: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    train: tuple[str, ...] = ()
    near_duplicates: tuple[tuple[str, str], ...] = ()
    """Pairs (test id, other id) of near-duplicates across test and the rest."""
    brought: tuple[Part, ...] = ()
    """The parts that the user brought."""
    waiting: Mapping[str, Part] = field(default_factory=dict)
    """Where the user put the examples that are not placed yet, by id."""
    inputs: str = ""
    """Hash of the placed examples' inputs, by which `near_duplicates` is known to be theirs."""

    @property
    def source(self) -> Literal["automatic", "user"]:
        """Return who made the split."""
        return "user" if self.brought else "automatic"

    @property
    def frozen(self) -> bool:
        """Return whether the split is kept from now on (an automatic one under 20 is not)."""
        return bool(self.inputs or self.brought)

    def part_of(self) -> dict[str, Part]:
        """Return the part of every placed example by its id."""
        return {id: part for part in PARTS for id in getattr(self, part)}


def extend_split(
    old: Split | None, examples: Sequence[Example], *, stratify: bool = False
) -> Split:
    """Return the split with the labelled examples that `old` does not place yet.

    Args:
        old: the split so far, or None for the first.
        examples: all examples of the task; those without a label are left out.
        stratify: keep the shares of the labels (classification).
    """
    old = old or Split()
    rows = {row.id: row for row in examples if row.labelled}
    if not old.frozen and len(rows) < SMALLEST:
        return replace(Split(), train=tuple(sorted(rows, key=lambda id: split_key(rows[id]))))
    old = old if old.frozen else Split()  # so far all trained, and nothing was promised
    placed = old.part_of()
    fresh = [id for id in rows if id not in placed]
    known = [id for id in rows if id in placed]
    inputs = _fingerprint(rows.values())
    if not fresh and inputs == old.inputs:
        return old
    trusted = bool(known) and _fingerprint(rows[id] for id in known) == old.inputs
    pairs = _pairs(rows, fresh if trusted else list(rows), list(rows))
    parts = placed | _place(old, rows, fresh, pairs, stratify)
    across = set(old.near_duplicates) if trusted else set()
    for a, b in pairs:
        if (parts[a] == "test") != (parts[b] == "test"):
            across.add((a, b) if parts[a] == "test" else (b, a))
    members = {part: list(getattr(old, part)) for part in PARTS}
    for id in sorted(fresh, key=lambda id: split_key(rows[id])):
        members[parts[id]].append(id)
    return replace(
        old,
        **{part: tuple(ids) for part, ids in members.items()},
        near_duplicates=tuple(sorted(across)),
        waiting={id: part for id, part in old.waiting.items() if id not in parts},
        inputs=inputs,
    )


def bring(old: Split | None, ids: Iterable[str], part: Part) -> Split:
    """Return the split with new examples put where the user says; they are placed at first use."""
    old = old or Split()
    placed = old.part_of()
    new: dict[str, Part] = {id: part for id in ids if id not in placed}
    return replace(
        old,
        brought=tuple(p for p in PARTS if p in (*old.brought, part)),
        waiting={**old.waiting, **new},
    )


def split_key(example: Example) -> str:
    """Return the hash that orders examples: of what is asked, never of the answer or the id."""
    earlier = [message["content"] for message in example.messages]
    return content_hash([example.input, example.context, earlier])


def asked_text(example: Example) -> str:
    """Return all that is asked, by which near-duplicates are found."""
    earlier = [message["content"] for message in example.messages]
    return "\n".join(text for text in (*earlier, example.context, example.input) if text)


def read_split(path: Path) -> Split | None:
    """Return the frozen split, or None if there is none yet.

    Raises:
        ProjectError: the file is broken.
    """
    if not path.exists():
        return None
    try:
        data = read_json(path)
        for key in (*PARTS, "brought"):
            data[key] = tuple(data[key])
        data["near_duplicates"] = tuple((a, b) for a, b in data["near_duplicates"])
        return Split(**data)
    except (ValueError, TypeError, KeyError) as error:
        raise ProjectError(
            f"{path} is not a split: {error}. Restore a copy; without it items would move."
        ) from error


def write_split(path: Path, split: Split) -> None:
    """Freeze the split in a file."""
    write_json(path, asdict(split))


def _pairs(
    rows: Mapping[str, Example], left: Sequence[str], right: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the near-duplicates between two lists of ids, each pair once or twice."""
    texts = {id: asked_text(row) for id, row in rows.items()}
    found = near_duplicate_pairs([texts[id] for id in left], [texts[id] for id in right])
    return [(left[i], right[j]) for i, j in found if left[i] != right[j]]


def _place(
    old: Split,
    rows: Mapping[str, Example],
    fresh: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    stratify: bool,
) -> dict[str, Part]:
    """Return the part of every fresh example."""
    firm = {id: part for id, part in old.part_of().items() if id in rows}
    firm |= {id: part for id in fresh if (part := old.waiting.get(id)) in ("test", "validation")}
    closed = [part for part in old.brought if part != "train"]
    loose = [id for id in fresh if id not in firm]
    near: dict[str, set[str]] = {}
    for a, b in pairs:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    places: dict[str, Part] = dict(firm)
    drawable: list[Group] = []
    for ids in _linked_ids(loose, pairs):
        group = _group(ids, rows, old, stratify)
        if part := _followed(group, firm, closed, near):
            places |= dict.fromkeys(ids, part)
        else:
            drawable.append(group)
    strata = {id: _stratum(row, stratify) for id, row in rows.items()}
    size = len(rows)
    for part in PARTS[:2]:
        if part in closed:
            continue
        if part == "validation" and "test" in closed:
            strata = {id: stratum for id, stratum in strata.items() if places.get(id) != "test"}
            size = len(strata)
        wanted = min(size / 2, 200.0) if part == "test" else float(min(size // 5, 100))
        first = not getattr(old, part)
        have = [id for id, place in places.items() if place == part]
        slots = wanted - len(have)
        may = [group for group in drawable if not (part == "test" and group.only_train)]
        need = needs(wanted, strata.values(), (strata[id] for id in have if id in strata))
        # Labels that come one by one leave a single place for a rarer label, not several: with
        # many labels the part may lack some while no label lacks a whole item.
        full = first or part == "test" or slots >= 2
        drawn = set(draw(may, slots, need, first=first, full=full))
        places |= {id: part for group in drawn for id in group.ids}
        drawable = [group for group in drawable if group not in drawn]
    for group in drawable:
        places |= dict.fromkeys(group.ids, "train")
    return {id: places[id] for id in fresh}


def _followed(
    group: Group,
    firm: Mapping[str, Part],
    closed: Sequence[Part],
    near: Mapping[str, set[str]],
) -> Part | None:
    """Return the part in which the group has near-duplicates already, if it may join them."""
    found = {firm[other] for id in group.ids for other in near.get(id, ()) if other in firm}
    barred = {*closed, "test"} if group.only_train else set(closed)
    return next((part for part in PARTS if part in found - barred), None)


def _group(ids: Sequence[str], rows: Mapping[str, Example], old: Split, stratify: bool) -> Group:
    keys = sorted((split_key(rows[id]), id) for id in ids)
    lead = rows[keys[0][1]]
    only_train = any(id in old.waiting for id in ids)
    return Group(tuple(ids), keys[0][0], _stratum(lead, stratify), only_train)


def _linked_ids(ids: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the ids in groups that near-duplicates link."""
    place = {id: i for i, id in enumerate(ids)}
    links = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
    found: dict[int, list[str]] = {}
    for id, lead in zip(ids, linked(len(ids), links), strict=True):
        found.setdefault(lead, []).append(id)
    return list(found.values())


def _stratum(row: Example, stratify: bool) -> str:
    return (row.output or "") if stratify else ""


def _fingerprint(rows: Iterable[Example]) -> str:
    """Return a hash of the examples' ids and of what they ask, whatever their order."""
    digest = hashlib.sha256()
    for line in sorted(f"{row.id}\0{asked_text(row)}\0" for row in rows):
        digest.update(line.encode("utf-8"))
    return digest.hexdigest()[:16]
