from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ladder.models.fakes import HashEmbedder
from rag.chunks import chunks_of, sentences

COUNT = HashEmbedder().token_spans
PIECES = st.lists(
    st.sampled_from(
        ["# Title\n", "## Part\n", "A word. ", "One more sentence here! ", "\n\n", "\n", "- item\n",
         "| a | b |\n", "```\n# no heading\n```\n", "é\u2028x ", "long " * 30, "  "]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def cut(text: str, size: int = 24) -> list[tuple[str, str]]:
    return [(chunk.heading, chunk.text) for chunk in chunks_of("a.md", text, COUNT, size)]


@given(PIECES, st.integers(24, 60))
def test_passages_are_parts_of_the_text_in_order_and_never_too_long(text: str, size: int) -> None:
    found = chunks_of("a.md", text, COUNT, size)
    place = 0
    for chunk in found:
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip() != ""
        assert chunk.start >= place
        assert len(COUNT(chunk.shown)) <= size
        place = chunk.end


@given(PIECES)
def test_no_word_outside_of_headings_is_lost(text: str) -> None:
    body = "".join(chunk.text for chunk in chunks_of("a.md", text, COUNT, 32))
    for word in ("word", "sentence", "item", "long", "é"):
        assert body.count(word) == text.count(word)


def test_a_passage_never_crosses_a_heading_and_names_those_above_it() -> None:
    text = (
        "# Shop\n\nHello.\n\n## Fees ##\n\nFour euros.\n\n## Times\n\nTwo days.\n\n# More\n\nEnd."
    )
    assert cut(text) == [
        ("Shop", "Hello."),
        ("Shop > Fees", "Four euros."),
        ("Shop > Times", "Two days."),
        ("More", "End."),
    ]


def test_a_hash_inside_a_code_block_is_no_heading() -> None:
    assert cut("# A\n\n```\n# comment\n```") == [("A", "```\n# comment\n```")]


def test_short_paragraphs_are_joined_and_a_long_one_is_cut_at_sentences() -> None:
    assert cut("One.\n\nTwo.\n\nThree.") == [("", "One.\n\nTwo.\n\nThree.")]
    text = "Every parcel leaves at noon on the same day. " * 3
    assert {chunk for _, chunk in cut(text, 16)} == {"Every parcel leaves at noon on the same day."}


def test_a_sentence_longer_than_a_passage_is_cut_between_tokens() -> None:
    found = [chunk for _, chunk in cut("word " * 50, 16)]
    assert [len(chunk.split()) for chunk in found] == [16, 16, 16, 2]


def test_a_heading_longer_than_its_share_is_cut() -> None:
    ((heading, body),) = cut(f"# {'very ' * 40}\n\nText.", 24)
    assert (heading, body) == (" ".join(["very"] * 8), "Text.")


def test_sentences_end_at_points_but_not_at_abbreviations_or_wrapped_lines() -> None:
    text = "It takes 2.5 days, e.g. in May.\nIt is\nfree! Is it? (Yes.) Done"
    assert [text[a:b] for a, b in sentences(text)] == [
        "It takes 2.5 days, e.g. in May.", "It is\nfree!", "Is it?", "(Yes.)", "Done",
    ]  # fmt: skip


def test_list_items_and_table_rows_are_sentences_of_their_own() -> None:
    text = "Fees:\n- four euros\n- twelve euros\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Fees:", "- four euros", "- twelve euros", "| a | b |", "|---|---|", "| 1 | 2 |",
    ]  # fmt: skip


def test_a_passage_that_begins_inside_a_table_shows_its_columns() -> None:
    rows = "".join(f"| town {n} | {n} days | {n} euros |\n" for n in range(8))
    text = f"# Times\n\nSee.\n\n| Where | Time | Fee |\n|---|---|---|\n{rows}\nThe end."
    first, *others = chunks_of("a.md", text, COUNT, 40)
    assert (first.columns, "| Where | Time | Fee |" in first.text) == ("", True)
    assert others
    for chunk in others:
        begins_inside = chunk.text.startswith("| town")
        assert chunk.columns == ("| Where | Time | Fee |" if begins_inside else "")
        assert chunk.shown.startswith("Times\n| Where" if begins_inside else "Times\n")
        assert text[chunk.start : chunk.end] == chunk.text


def test_paragraphs_of_a_windows_file_are_paragraphs() -> None:
    text = "One two three four five.\n\nSix seven eight nine ten."
    alike = text.replace("\n", "\r\n")
    assert cut(alike, 8) == cut(text, 8) == [("", text[:24]), ("", text[26:])]
    lists = "A lamp has a cord\n\nA table has four legs"
    assert sentences(lists.replace("\n", "\r\n")) == [(0, 17), (21, 42)]
