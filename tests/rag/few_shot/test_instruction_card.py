from __future__ import annotations

from rag.few_shot.instruction_card import changes_html
from rag.few_shot.instructions import Piece, word_changes


def test_what_came_and_went_is_marked_by_signs_and_not_by_colour_alone() -> None:
    html = changes_html(word_changes("Route the ticket.", "Route the message, please."))
    assert html.endswith(
        '<p class="words">Route the <del>[- ticket]</del> <ins>[+ message, please]</ins>.</p>'
    )


def test_words_keep_their_spaces_around_a_change() -> None:
    assert ">one <ins>[+ more]</ins> word<" in changes_html(
        word_changes("one word", "one more word")
    )
    assert ">one <del>[- more]</del> word<" in changes_html(
        word_changes("one more word", "one word")
    )


def test_an_instruction_is_text_and_never_markup() -> None:
    html = changes_html([Piece("added", "<script>alert(1)</script>")])
    assert "<script>" not in html


def test_nothing_against_nothing_is_said() -> None:
    assert "(nothing)" in changes_html(word_changes("", ""))
