"""How much of the documents an embedder never reads, by how they are cut.

An embedder reads so many tokens of a text and passes over the rest without a word: all-MiniLM-L6-v2
reads 254. Where documents are cut by characters, as is usual, part of the text is in no vector and
cannot be found by its meaning. Passages cut in the embedder's own tokens lose nothing; this counts
what other ways lose.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ladder.answering import RetrievalSettings
from ladder.errors import InputError
from ladder.project import Project, read_document
from ladder.project.index_state import index_state

__all__ = [
    "LENGTHS",
    "PASSAGES",
    "WHOLE",
    "pieces",
    "share_words",
    "unseen_by_length",
    "unseen_in",
    "unseen_tokens_at",
]

LENGTHS = (500, 1000, 2000, 4000)
"""Lengths in characters that are counted when documents are indexed."""
PASSAGES, WHOLE = "passages", "whole"


def unseen_in(starts: Sequence[int], spans: Sequence[tuple[int, int]], reads: int) -> int:
    """Return how many tokens are beyond what an embedder reads.

    Args:
        starts: where the tokens of a text begin, in order.
        spans: the pieces that it is cut into.
        reads: tokens that the embedder reads of a piece.
    """
    lengths = (bisect_left(starts, end) - bisect_left(starts, start) for start, end in spans)
    return sum(max(0, length - reads) for length in lengths)


def pieces(text: str, characters: int) -> list[tuple[int, int]]:
    """Return a text cut into pieces of at most so many characters, at a blank where one is."""
    found, start = [], 0
    while start < len(text):
        end = start + characters
        if end < len(text):
            blank = max(text.rfind(" ", start + 1, end + 1), text.rfind("\n", start + 1, end + 1))
            end = blank if blank > start else end
        found.append((start, min(end, len(text))))
        start = end
    return found


def unseen_by_length(
    text: str, starts: Sequence[int], reads: int, lengths: Sequence[int] = LENGTHS
) -> dict[str, int]:
    """Return how many tokens of a text are never read, by the length of its pieces.

    Args:
        text: the text.
        starts: where its tokens begin, in the embedder's tokens.
        reads: tokens that the embedder reads of a piece.
        lengths: in characters; "whole", for a text that is not cut, is always among them.
    """
    found = {str(length): unseen_in(starts, pieces(text, length), reads) for length in lengths}
    return found | {WHOLE: max(0, len(starts) - reads)}


def unseen_tokens_at(project: Project, embedder: str, characters: int) -> int:
    """Return how many tokens of the documents are never read in pieces of so many characters.

    Any length can be asked for; those of `LENGTHS` are known from indexing already. Documents
    that cannot be read, or hold nothing to be found, count for nothing, as in the index.

    Raises:
        ModelError: the embedder cannot be had, or does not count its tokens.
    """
    from rag.indexing import counting_embedder

    _, counts = counting_embedder(embedder)
    cut = RetrievalSettings.chunk_tokens, RetrievalSettings.overlap_tokens
    without = index_state(project, embedder, *cut).unreadable
    total = 0
    for path in project.documents():
        if path.name in without:
            continue
        with suppress(InputError):
            text = read_document(path).text
            starts = [start for start, _ in counts.token_spans(text)]
            total += unseen_in(starts, pieces(text, characters), counts.max_tokens)
    return total


def share_words(tokens: int, reads: int, unseen: Mapping[str, int], length: int = 1000) -> str:
    """Return in a sentence what this index reads of the text, and what another cut would.

    Args:
        tokens: of all documents.
        reads: tokens that the embedder reads at once.
        unseen: tokens that are never read, as `IndexState.unseen`.
        length: of the pieces it is compared with, in characters.
    """
    if not tokens or not reads or PASSAGES not in unseen:
        return ""
    ours = _percent(unseen[PASSAGES], tokens)
    said = f"{ours} of the text is invisible to the embedder, which reads {reads:,} tokens at once"
    if str(length) not in unseen:
        return f"{said}."
    theirs = _percent(unseen[str(length)], tokens)
    whole = _percent(unseen.get(WHOLE, 0), tokens)
    return (
        f"{said}; cut every {length:,} characters, {theirs} would be, and with documents left "
        f"whole {whole}."
    )


def _percent(part: int, whole: int) -> str:
    """Return a share in percent; never 0 for what is something, nor 100 for what is not all."""
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "less than 0.1 %"
    return f"{min(share, 99.9) if part < whole else share:.1f} %".replace(".0 %", " %")
