from __future__ import annotations

from dataclasses import replace

import pytest

from ladder.answering import Citation
from ladder.project import Project
from rag.retrieval import Passage
from rag.source_view import marked_html, opened, under, why_rows, why_words
from rag.turn import Turn

QUOTE = "Standard delivery takes 5 to 7 days."


def cited(project: Project, name: str = "delivery.md") -> tuple[Passage, Citation]:
    """Return a passage of one sentence within its section, and the citation of it."""
    from ladder.project import document_text

    text = document_text(project.path / "documents" / name)
    start = text.index(QUOTE)
    end = start + len(QUOTE)
    section = (text.index("Standard"), text.index("## Fees")) if "## Fees" in text else None
    passage = Passage(name, start, end, QUOTE, "Delivery > Times", section=section)
    return passage, Citation(name, start, end, QUOTE)


def test_the_source_is_opened_at_the_quote_with_its_whole_section(shop: Project) -> None:
    passage, citation = cited(shop)
    place = opened(shop, passage, citation)
    assert place.near[place.start : place.end] == QUOTE
    assert place.near.rstrip().endswith("Parcels leave at noon.")
    assert "costs 4 euros" not in place.near
    assert (place.above, place.note) == ("", "")
    assert place.path is not None
    assert place.path.name == "delivery.md"


def test_of_a_long_section_what_is_far_above_the_quote_is_kept_apart(shop: Project) -> None:
    text = "A line of the handbook.\n" * 200 + QUOTE + "\nAnd so on." * 50
    shop.add_document("long.md", text.encode())
    passage, citation = cited(shop, "long.md")
    place = opened(shop, replace(passage, section=(0, len(text))), citation)
    assert place.near[place.start : place.end] == QUOTE
    assert place.start < 1200
    assert place.above + place.near == text
    assert place.near.startswith("A line")


def test_a_document_that_changed_is_said_and_the_quote_looked_for_again(shop: Project) -> None:
    passage, citation = cited(shop)
    path = shop.path / "documents" / "delivery.md"
    path.write_text("New first line.\n\n" + path.read_text())
    place = opened(shop, passage, citation)
    assert place.near[place.start : place.end] == QUOTE
    assert "stands at another place now" in place.note
    path.write_text("# Delivery\n\nTen days.")
    place = opened(shop, passage, citation)
    assert "the quote no longer stands in it" in place.note
    assert place.near[place.start : place.end] == QUOTE
    shop.remove_document("delivery.md")
    place = opened(shop, passage, citation)
    assert place.note == "delivery.md is no longer among the documents."
    assert place.path is None


def test_a_section_that_fits_the_document_no_more_is_not_trusted(shop: Project) -> None:
    passage, citation = cited(shop)
    for section in ((0, 3), (10**6, 10**7), (5, 10**6)):
        place = opened(shop, replace(passage, section=section), citation)
        assert place.near[place.start : place.end] == QUOTE
    place = opened(shop, None, citation)
    assert place.near[place.start : place.end] == QUOTE


@pytest.mark.parametrize("evil", ["<img src=x onerror=alert(1)>", "<a href=x>", "</mark><b>"])
def test_nothing_of_a_document_is_markup(evil: str) -> None:
    shown = marked_html(f"{evil} {evil} {evil}", len(evil) + 1, 2 * len(evil) + 1)
    assert shown.count("<") == 4  # the block and the mark, opened and closed
    assert shown.count("<mark>") == 1


def test_a_passage_is_headed_by_its_document_place_and_headings() -> None:
    passage = Passage("a.pdf", 0, 1, "x", "Part > Section", place="page 3")
    assert under(passage, "a.pdf") == "a.pdf, page 3\nPart > Section"
    assert under(replace(passage, place="", heading=""), "a.pdf") == "a.pdf"
    assert under(replace(passage, place='under "Section"'), "a.html") == "a.html\nPart > Section"
    assert under(None, "b.md") == "b.md"


HYBRID = [
    Passage(
        "a.md", 0, 5, "First.", similarity=0.7123, score=1.91, place="page 2",
        scores={"dense": 0.7123, "bm25": 8.25},
    ),
    Passage("b.md", 0, 5, "Second.", similarity=0.4, score=-0.2, scores={"dense": 0.4}),
]  # fmt: skip


def test_why_these_passages_shows_the_score_of_each_way_of_searching() -> None:
    first, second = why_rows(HYBRID)
    assert first["Rank"] == 1
    assert list(first)[:3] == ["Rank", "Document", "Place"]  # what fits a narrow table
    assert first["Place"] == "page 2"
    assert (first["Similarity"], first["Words (BM25)"], first["Ranked by"]) == (0.71, 8.25, 1.91)
    assert second["Words (BM25)"] is None
    assert "Meaning" not in first  # the similarity says it already
    (plain,) = why_rows([Passage("a.md", 0, 5, "First.", similarity=0.5)])
    assert "Ranked by" not in plain
    assert "Place" not in plain


def test_how_passages_were_found_is_said_in_words() -> None:
    assert "by meaning and by words together" in why_words(Turn("q", passages=HYBRID))
    words = why_words(
        Turn("q", passages=[replace(HYBRID[0], scores={"bm25": 3.0})], retriever="bm25")
    )
    assert "searched for by words" in words
    reranked = replace(HYBRID[0], scores={**HYBRID[0].scores, "rerank": 0.9})
    assert "sorted anew" in why_words(Turn("q", passages=[reranked]))
    whole = Turn("q", passages=[Passage("a.md", 0, 5, "First.")])
    assert "every document" in why_words(whole)
