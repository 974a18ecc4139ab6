from __future__ import annotations

from ladder.models.fakes import HashEmbedder
from ladder.project.reading import Place
from rag.chunks import Chunk, chunks_of

COUNT = HashEmbedder().token_spans


def cut(name: str, text: str, size: int, places: list[Place] | None = None) -> list[Chunk]:
    return chunks_of(name, text, COUNT, size, places=places or [])


def placed(*parts: tuple[str, str]) -> tuple[str, list[Place]]:
    text, places = "", []
    for label, words in parts:
        places.append(Place(len(text), label))
        text += words
    return text, places


def test_the_section_is_all_that_stands_under_the_heading_with_the_heading() -> None:
    text = "# Shop\n\nHello.\n\n## Fees\n\nFour euros. " + "More words here. " * 10
    first, *fees = chunks_of("a.md", text, COUNT, 16)
    assert text[slice(*(first.section or (0, 0)))] == "# Shop\n\nHello.\n\n"
    assert len(fees) > 1
    assert {text[slice(*(chunk.section or (0, 0)))] for chunk in fees} == {text[16:]}


def test_underlined_titles_are_headings_and_rules_are_not() -> None:
    text = "Shop\n====\n\nHello.\n\nFees\n----\n\nFour.\n\n---\n\nWe\nwrap\n---\n\n- a\n---\n"
    assert [(c.heading, c.text) for c in cut("a.md", text, 60)] == [
        ("Shop", "Hello."),
        ("Shop > Fees", "Four.\n\n---\n\nWe\nwrap\n---\n\n- a\n---"),
    ]
    front = "---\ntitle: x\n---\n\nHello."
    assert [chunk.heading for chunk in cut("a.md", front, 60)] == [""]


def test_a_fence_that_is_never_closed_hides_no_heading() -> None:
    assert [c.heading for c in cut("a.md", "# A\n\nOne.\n\n```\n\n# B\n\nTwo.", 60)] == ["A", "B"]


def test_rows_of_a_csv_stay_whole_and_name_their_columns() -> None:
    text = 'town,days,fee\n"Aa, the ""old""",5,4\n"two\nlines",6,5\nBb,7,9\nCc,8,9\n'
    first, *others = cut("a.csv", text, 16)
    assert first.text.startswith("town,days,fee")
    assert first.columns == ""
    assert others
    assert {chunk.columns for chunk in others} == {"town,days,fee"}
    assert any('"two\nlines",6,5' in chunk.text for chunk in (first, *others))


def test_a_quote_that_is_never_closed_does_not_make_one_row_of_all() -> None:
    text = 'town,days\n"Aa,5\n' + "Bb,7\n" * 20
    assert all(chunk.text.splitlines()[-1] == "Bb,7" for chunk in cut("a.csv", text, 16)[1:])


def test_lines_of_jsonl_stay_whole() -> None:
    text = "".join(f'{{"town": "Aa", "days": {n}}}\n' for n in range(6))
    for chunk in cut("a.jsonl", text, 30):
        assert all(line.startswith("{") and line.endswith("}") for line in chunk.text.split("\n"))


def test_a_slide_is_a_section_and_its_notes_stand_with_it() -> None:
    text, places = placed(
        ("slide 1", "Hello all.\n\n"), ("slide 2", "Fees\n\n"), ("slide 2, notes", "Notes: Four.")
    )
    found = cut("a.pptx", text, 60, places)
    assert [(c.text, c.place) for c in found] == [
        ("Hello all.", "slide 1"),
        ("Fees\n\nNotes: Four.", "slide 2 and its notes"),
    ]


def test_a_sheet_is_a_section_and_its_rows_are_named() -> None:
    rows = [(f"sheet Prices, row {n + 2}", f"| town {n} | {n} |\n") for n in range(6)]
    text, places = placed(
        ("sheet Prices", "## Prices\n\n"),
        ("sheet Prices, row 1", "| town | days |\n|---|---|\n"),
        *rows,
        ("sheet Times", "\n## Times\n\n"),
        ("sheet Times, row 1", "| town |\n|---|\n| a |\n"),
    )
    found = cut("a.xlsx", text, 32, places)
    assert found[0].place.startswith("sheet Prices, rows 1 to ")
    assert found[1].columns == "| town | days |"
    assert {chunk.heading for chunk in found} == {"Prices", "Times"}
    assert found[-1].place == "sheet Times, row 1"


def test_items_of_a_json_list_stay_whole() -> None:
    items = ['{"town": "Aa", "days": 5}, ', '{"town": "Bb", "days": 7}, ', '{"town": "Cc"}']
    text, places = "[" + "".join(items) + "]", []
    for number, item in enumerate(items, 1):
        places.append(Place(text.index(item), f"item {number}"))
    found = cut("a.json", text, 20, places)
    assert [chunk.text.count("town") for chunk in found] == [1, 1, 1]
    assert [chunk.place for chunk in found] == ["item 1", "item 2", "item 3"]


def test_a_word_of_many_letters_is_cut_too() -> None:
    line = "data:" + "A7x" * 3000
    for name in ("a.md", "a.txt", "a.csv", "a.py", "a.jsonl"):
        found = cut(name, f"See this.\n\n{line}\n\nAnd that.\n", 64)
        assert max(len(chunk.text) for chunk in found) <= 64 * 4 + 100
        assert line in "".join(chunk.text for chunk in found)
    (only, *_) = cut("a.md", f"# {line}\n\nText under it.\n", 64)
    assert len(only.heading) <= 64 * 4
