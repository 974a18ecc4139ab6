"""A project whose documents are long enough to ask about."""

from __future__ import annotations

import pytest

from ladder.evaluation.space import Space
from ladder.project import Project, create_project

THINGS = ("kettle", "grinder", "filter", "tamper", "thermometer", "scale", "pitcher", "basket")
WORDS = (
    ["copper", "brass", "amber", "ivory", "crimson", "emerald", "violet", "silver"],
    ["otter", "falcon", "badger", "heron", "salmon", "beaver", "marten", "osprey"],
    ["violin", "trumpet", "cello", "oboe", "bassoon", "harp", "clarinet", "organ"],
    ["juniper", "willow", "poplar", "chestnut", "hawthorn", "laurel", "cedar", "maple"],
)
TOWNS = ("Aldham", "Borley", "Corfe", "Dunmow", "Elmsett", "Fenny", "Gosport", "Hadleigh")


def document(number: int) -> str:
    """Return a document about one thing, in sentences that no other has."""
    thing, town = THINGS[number], TOWNS[number]
    colour, animal, instrument, tree = (words[number] for words in WORDS)
    return f"""# {thing.capitalize()}

The {thing} is assembled by the {colour} {animal} workshop near {town} and
leaves it every {number + 2} weeks.
Customers in {town} collect their parcels from the {instrument} locker behind the
{tree} bakery after noon.

## Warranty

A broken {thing} is repaired with {tree} oil and {colour} paint within
{number + 10} months after purchase.
Our technician in {town} answers letters about {animal} bites, {instrument} leaks
and missing screws on Fridays.

## Price

The {thing} costs {number * 7 + 20} euros and includes a {animal} bag, a
{tree} brush and spare rings.
Schools of the {instrument} and {colour} libraries receive a discount
of {number + 5} percent when they order several pieces.
"""


@pytest.fixture
def library(home: object) -> Project:
    """Return a project with eight documents."""
    project = create_project("library")
    for number, thing in enumerate(THINGS):
        project.add_document(f"{thing}.md", document(number).encode())
    return project


@pytest.fixture
def small_space(monkeypatch: pytest.MonkeyPatch) -> Space:
    """Let every sweep try twelve settings, and return them."""
    space = Space(
        {
            "retrieval.chunk_tokens": (32, 64),
            "retrieval.retriever": ("hybrid", "bm25", "dense"),
            "retrieval.k": (2, 4),
        }
    )
    monkeypatch.setattr("rag.proof.sweep.space_of", lambda *_: space)
    return space
