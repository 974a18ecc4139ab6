from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import Project, create_project
from ladder.project.index_state import index_state
from rag.indexing import index_documents
from rag.visibility import pieces, share_words, unseen_by_length, unseen_in, unseen_tokens_at

COUNT = HashEmbedder().token_spans


def starts(text: str) -> list[int]:
    return [start for start, _ in COUNT(text)]


@given(st.text("ab \n", max_size=200), st.integers(1, 50))
def test_pieces_are_the_whole_text_and_never_too_long(text: str, characters: int) -> None:
    found = pieces(text, characters)
    assert "".join(text[start:end] for start, end in found) == text
    assert all(0 < end - start <= characters for start, end in found)


def test_pieces_end_at_a_blank_where_there_is_one() -> None:
    assert [("abc def" * 1)[a:b] for a, b in pieces("abc def", 5)] == ["abc", " def"]
    assert pieces("abcdef", 4) == [(0, 4), (4, 6)]


def test_what_is_beyond_the_limit_is_counted_piece_by_piece() -> None:
    text = "word " * 100
    assert unseen_in(starts(text), [(0, len(text))], 30) == 70
    assert unseen_by_length(text, starts(text), 30, (100, 200)) == {
        "100": 0,  # 20 words in each piece
        "200": 20,  # 40, 40 and 20 words
        "whole": 70,
    }


def test_the_index_says_what_is_never_read(home: object) -> None:
    project = create_project("long")
    project.add_document("long.md", ("These are words. " * 400).encode())
    with use_fakes(embedders={"e": HashEmbedder(max_tokens=100)}):
        report = index_documents(project, "e", 96)
    assert report.reads == 100
    assert report.tokens == 1600
    assert report.unseen["passages"] == 0
    assert report.unseen["whole"] == 1500
    assert 0 < report.unseen["1000"] < report.unseen["2000"] < 1500
    state = index_state(project, "e", 96)
    assert (state.reads, state.unseen) == (100, report.unseen)


def test_a_passage_that_is_longer_than_was_counted_is_noticed(shop: Project) -> None:
    class Joins(HashEmbedder):
        """Counts a line break as a token, so that headings and text have more together."""

        def token_spans(self, text: str) -> list[tuple[int, int]]:
            breaks = [(n, n + 1) for n, sign in enumerate(text) if sign == "\n"]
            return sorted([*super().token_spans(text), *breaks])

    shop.add_document("tight.md", b"# Two words\n\n" + b"word " * 60)
    with use_fakes(embedders={"e": Joins(max_tokens=24)}):
        report = index_documents(shop, "e", 24)
    assert report.unseen["passages"] > 0


def test_the_share_is_said_in_a_sentence() -> None:
    unseen = {"passages": 0, "1000": 150, "whole": 999}
    assert share_words(1000, 254, unseen) == (
        "0 % of the text is invisible to the embedder, which reads 254 tokens at once; cut every "
        "1,000 characters, 15 % would be, and with documents left whole 99.9 %."
    )
    assert share_words(10_000, 254, unseen | {"passages": 1}).startswith("less than 0.1 %")
    assert share_words(0, 254, unseen) == ""
    assert share_words(1000, 0, {}) == ""


def test_what_holds_nothing_to_find_is_not_counted_as_lost(shop: Project) -> None:
    shop.add_document("titles.md", b"# " + b"title " * 5000)
    with use_fakes(embedders={"e": HashEmbedder(max_tokens=200)}):
        report = index_documents(shop, "e", 128)
        lost = unseen_tokens_at(shop, "e", 10_000)
    assert [each.doc for each in report.unreadable] == ["titles.md"]
    assert lost <= report.tokens
