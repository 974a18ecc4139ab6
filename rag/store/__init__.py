"""A vector store on FAISS and SQLite behind LangChain's interface; nothing in it is pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.store.filters import Filter

if TYPE_CHECKING:
    from rag.store.faiss_store import FaissStore

__all__ = ["FaissStore", "Filter"]


def __getattr__(name: str) -> Any:
    """Load the store when it is first asked for: it brings LangChain along."""
    if name == "FaissStore":
        from rag.store.faiss_store import FaissStore

        return FaissStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
