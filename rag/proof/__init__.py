"""Proof that the search works on the team's own documents: questions, measures, the sweep."""

from __future__ import annotations

from rag.proof.evaluation_set import ProofQuestion, make_set, read_set
from rag.proof.measures import Measures, rank_of
from rag.proof.sweep import Point, Sweep
from rag.proof.verdicts import Agreement, agreement

__all__ = [
    "Agreement",
    "Measures",
    "Point",
    "ProofQuestion",
    "Sweep",
    "agreement",
    "make_set",
    "rank_of",
    "read_set",
]
