from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ladder.models.fakes import HashEmbedder
from rag.chunks import chunks_of

COUNT = HashEmbedder().token_spans
SENTENCES = [f"Sentence {n} says what is to be said here." for n in range(8)]


def test_a_passage_begins_with_the_last_whole_sentences_of_the_one_before() -> None:
    text = " ".join(SENTENCES)
    found = [chunk.text for chunk in chunks_of("a.md", text, COUNT, 30, overlap=12)]
    assert found[0] == " ".join(SENTENCES[:3])
    assert found[1] == " ".join(SENTENCES[2:5])
    assert found[2] == " ".join(SENTENCES[4:7])
    assert found[3] == " ".join(SENTENCES[6:])


def test_a_sentence_longer_than_the_overlap_is_not_repeated() -> None:
    found = chunks_of("a.md", " ".join(SENTENCES), COUNT, 30, overlap=9)
    assert [chunk.start for chunk in found[1:]] == [chunk.end + 1 for chunk in found[:-1]]


def test_nothing_is_repeated_across_a_heading() -> None:
    first, second = chunks_of(
        "a.md", f"# A\n\n{SENTENCES[0]}\n\n# B\n\nEnd.", COUNT, 30, overlap=14
    )
    assert (first.heading, second.text) == ("A", "End.")


def test_rows_are_repeated_whole_and_under_their_columns() -> None:
    rows = "".join(f"| town {n} | {n} |\n" for n in range(9))
    found = chunks_of("a.md", f"| town | days |\n|---|---|\n{rows}", COUNT, 40, overlap=10)
    assert all(chunk.columns == "| town | days |" for chunk in found[1:])
    for before, after in pairwise(found):
        assert after.start < before.end
        assert after.text.startswith("| town")


PIECES = st.lists(
    st.sampled_from(
        ["# Title\n", "A word. ", "One more sentence here! ", "\n\n", "\n", "- item\n",
         "| a | b |\n", "```\n", "long " * 30]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(PIECES, st.integers(24, 60), st.integers(0, 30))
def test_each_passage_says_something_new_and_is_never_too_long(
    text: str, size: int, overlap: int
) -> None:
    found = chunks_of("a.md", text, COUNT, size, min(overlap, size // 2))
    plain = chunks_of("a.md", text, COUNT, size)
    start = end = -1
    for chunk in found:
        assert text[chunk.start : chunk.end] == chunk.text
        assert (chunk.start, chunk.end) > (start, end)
        assert chunk.end > end
        assert len(COUNT(chunk.shown)) <= size
        start, end = chunk.start, chunk.end
    covered = {place for chunk in found for place in range(chunk.start, chunk.end)}
    assert {p for c in plain for p in range(c.start, c.end) if not text[p].isspace()} <= covered
