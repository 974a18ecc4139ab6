"""A row of a store: what is given becomes one, and one becomes LangChain's document."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError

if TYPE_CHECKING:
    from langchain_core.documents import Document

__all__ = ["Row", "document", "rows_of", "text_hash"]

Row = tuple[str, str, str]
"""Id, text, and metadata as JSON."""


def rows_of(
    texts: Sequence[str],
    metadatas: Sequence[dict[str, Any]] | None,
    ids: Sequence[str | None] | None,
) -> list[Row]:
    """Return texts as rows, with new ids where none are given."""
    for name, given in (("metadatas", metadatas), ("ids", ids)):
        if given is not None and len(given) != len(texts):
            raise InputError(f"There are {len(given)} {name} for {len(texts)} texts.")
    names = [id or secrets.token_hex(8) for id in (ids or [None] * len(texts))]
    data = metadatas or [{}] * len(texts)
    return [(id, text, _json(id, each)) for id, text, each in zip(names, texts, data, strict=True)]


def _json(id: str, metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(metadata or {}, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f'The metadata of the text "{id}" cannot be kept: {error}. Use texts, numbers, lists '
            "and dicts; write a date as text."
        ) from error


def document(id: str, text: str, metadata: str) -> Document:
    """Return a row as LangChain's document."""
    from langchain_core.documents import Document

    return Document(page_content=text, metadata=json.loads(metadata), id=id)


def text_hash(text: str) -> bytes:
    """Return what names a text's content."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
