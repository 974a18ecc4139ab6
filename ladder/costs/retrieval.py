"""What retrieval costs: embedding the documents once, the index in memory, longer prompts."""

from __future__ import annotations

from typing import Literal, get_args

from ladder.costs.basis import Band
from ladder.costs.checks import not_negative, positive
from ladder.costs.figure import Figure
from ladder.errors import InputError

__all__ = [
    "EMBEDDING_PRICE",
    "IndexKind",
    "embedding_figure",
    "index_bytes",
    "index_figure",
    "renewal_figure",
]

IndexKind = Literal["flat", "fp16", "sq8", "hnsw", "ivf-pq"]
EMBEDDING_PRICE = Band(0.02, 0.05, 0.13)
"""$ per million tokens: OpenAI text-embedding-3-small and -large; the middle is the geometric
mean (LiteLLM price data)."""
OVERLAP = Band(0, 0.1, 0.3)
"""Share of the tokens that are in two chunks (our assumption)."""
CHANGED = Band(0.01, 0.05, 0.2)
"""Share of the documents that changes each time (our assumption)."""
SERVER = Band(5, 30, 100)
"""$ a month of a small server (our assumption)."""
GIB_MONTH = Band(2, 4, 8)
"""$ a month for a GiB of a server's memory (our assumption)."""
_FAISS = "FAISS wiki, guidelines to choose an index"
_FORMULAS: dict[str, str] = {
    "flat": "chunks x 4 x dimensions",
    "fp16": "chunks x 2 x dimensions",
    "sq8": "chunks x dimensions",
    "hnsw": "chunks x (4 x dimensions + 8 x links)",
    "ivf-pq": "chunks x (codes + 8)",
}
GIB = 2**30


def embedding_figure(
    tokens: float, price: Band = EMBEDDING_PRICE, overlap: Band = OVERLAP
) -> Figure:
    """Return the $ to embed documents once: tokens x (1 + overlap of the chunks) x price.

    Raises:
        InputError: the number of tokens is negative or not a number.
    """
    not_negative("The documents' tokens", tokens)
    each = tokens / 1e6
    money = Band(
        each * (1 + overlap.p10) * price.p10,
        each * (1 + overlap.p50) * price.p50,
        each * (1 + overlap.p90) * price.p90,
    )
    return Figure(
        "embedding the documents", money, "$",
        "tokens of the documents x (1 + overlap of chunks) x $ per million tokens",
        {
            "tokens of the documents": tokens, "overlap of chunks": overlap.p50,
            "$ per million tokens": price.p50,
        },
        "OpenAI text-embedding-3 prices (LiteLLM price data); overlap: our assumption",
    )  # fmt: skip


def renewal_figure(tokens: float, changes: float) -> Figure:
    """Return the $ a month to embed again what changed in the documents.

    Args:
        tokens: of all documents.
        changes: how often a month they change; each time 1 to 20 % of them (our assumption).

    Raises:
        InputError: a number is negative or not a number.
    """
    not_negative("changes a month", changes)
    once = embedding_figure(tokens)
    money = Band(*(
        changes * share * each
        for share, each in zip(vars(CHANGED).values(), vars(once.value).values(), strict=True)
    ))  # fmt: skip
    return Figure(
        "embedding again what changed", money, "$ a month",
        "changes a month x share that changes x $ to embed all documents",
        {
            "changes a month": changes, "share that changes": CHANGED.p50,
            "$ to embed all documents": once.value.p50,
        },
        f"{once.source}; share: our assumption",
    )  # fmt: skip


def index_bytes(
    chunks: float,
    dimensions: float,
    kind: IndexKind = "flat",
    links: float = 32,
    codes: float = 64,
) -> float:
    """Return the bytes of an index in memory.

    Args:
        chunks: vectors in the index.
        dimensions: numbers of a vector.
        kind: flat, fp16, sq8 (8 bits a number), hnsw (graph) or ivf-pq (product codes).
        links: links of a vector in the graph of hnsw.
        codes: bytes of a vector's code in ivf-pq.

    Raises:
        InputError: a number is out of range, or the kind is not known.
    """
    not_negative("chunks", chunks)
    positive("dimensions", dimensions)
    each = {
        "flat": 4 * dimensions,
        "fp16": 2 * dimensions,
        "sq8": dimensions,
        "hnsw": 4 * dimensions + 8 * links,
        "ivf-pq": codes + 8,
    }
    if kind not in each:
        raise InputError(f'The index is "{kind}"; give one of {", ".join(get_args(IndexKind))}.')
    return chunks * each[kind]


def index_figure(
    tokens: float,
    chunk_tokens: float = 300,
    dimensions: float = 768,
    kind: IndexKind = "hnsw",
    server: Band = SERVER,
    gib_month: Band = GIB_MONTH,
) -> Figure:
    """Return the $ a month of a server that holds the index in memory.

    Raises:
        InputError: a number is out of range, or the kind is not known.
    """
    positive("chunk_tokens", chunk_tokens)
    chunks = not_negative("The documents' tokens", tokens) / chunk_tokens
    gib = index_bytes(chunks, dimensions, kind) / GIB
    return Figure(
        "an index server", server + gib_month * gib, "$ a month",
        f"small server + GiB of the index x $ per GiB; index ({kind}) = {_FORMULAS[kind]}",
        {
            "chunks": chunks, "dimensions": dimensions, "GiB of the index": gib,
            "small server ($ a month)": server.p50, "$ per GiB": gib_month.p50,
        },
        f"memory: {_FAISS}; prices: our assumption",
    )  # fmt: skip
