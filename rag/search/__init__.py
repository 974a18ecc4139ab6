"""Ways of searching: by words (BM25), by meaning, by both; reranking; follow-ups."""

from __future__ import annotations

from rag.search.bm25 import Bm25
from rag.search.language import LANGUAGES, language_of, languages_of

__all__ = ["LANGUAGES", "Bm25", "language_of", "languages_of"]
