"""One question of a conversation and its answer, as far as it is there."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rag.citations import Support
from rag.retrieval import Passage

__all__ = ["Turn"]


@dataclass
class Turn:
    """One question of a conversation and its answer, as far as it is there."""

    question: str
    text: str = ""
    passages: list[Passage] = field(default_factory=list)
    closest: float | None = None
    """The similarity of the closest passage."""
    supports: list[Support] = field(default_factory=list)
    abstained: bool = False
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    """Tokens of the answer, as its own tokenizer counts them."""
    seconds: float = 0.0
    method: str = ""
    model: str = ""
    threshold: float = 0.0
    confidence: float | None = None
    """How sure it is that the passages answer, by the Setup's rule."""
    why: str = ""
    """Why nothing was answered, in a sentence."""
    sure: str = ""
    """How sure it is that the documents answer, in a sentence."""
    state: str = "asked"
    """"asked", "answering", "done" or "stopped"."""
    searched: str = ""
    """What stands by itself: the question, with the one before it where it follows that."""
    collections: tuple[str, ...] = ()
    """The collections that were asked; none means all documents."""
    retriever: str = ""
    """How passages were searched for: "dense", "bm25" or "hybrid"; empty where none were."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    stop: threading.Event = field(default_factory=threading.Event)
    """Set to let the model stop after its next token."""
