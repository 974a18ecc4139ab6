from __future__ import annotations

import pytest

from rag.cutting import sentences


def said(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["Er kam am 3. Mai 1999.", "Danach ging er."],
        ["Im 19. Jahrhundert galt das, z. B. in Bern.", "Heute nicht."],
        ["Das kostet ca. 4 Euro bzw. 5 Franken.", "Mehr nicht."],
        ["J. R. Hale wrote it.", "It was in 1990.", "Then he left."],
        ["They play the piano.", "Then they rest."],
        ["It costs 12.", "Then it costs 14."],
        ["\u8fd9\u662f\u7b2c\u4e00\u53e5\u3002", "\u8fd9\u662f\u7b2c\u4e8c\u53e5\uff01", "End"],
        ["He said \u201cno.\u201d", "She left."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts: list[str]) -> None:
    blank = "" if "\u3002" in parts[0] else " "
    assert said(blank.join(parts)) == parts


def test_the_number_of_a_list_item_is_no_sentence() -> None:
    assert said("1. One thing. Another.\n2. Two things.") == [
        "1. One thing.", "Another.", "2. Two things.",
    ]  # fmt: skip
