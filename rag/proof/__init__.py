"""Proof that the search works on the team's own documents: questions, measures, the sweep."""

from __future__ import annotations

from rag.proof.evaluation_set import ProofQuestion, make_set, read_set
from rag.proof.measures import Measures, measures, rank_of
from rag.proof.prove import prove
from rag.proof.sweep import Point, Sweep, sweep
from rag.proof.verdicts import Agreement, agreement

__all__ = [
    "Agreement",
    "Measures",
    "Point",
    "ProofQuestion",
    "Sweep",
    "agreement",
    "make_set",
    "measures",
    "prove",
    "rank_of",
    "read_set",
    "sweep",
]
