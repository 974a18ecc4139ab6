from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.models.fakes import HashEmbedder
from rag.chunks import Chunk, chunks_of

COUNT = HashEmbedder().token_spans
SHOP = '''\
"""Prices.

Column zero in a string is no new block.
"""

import math


@dataclass
class Shop:
    """A shop."""

    name: str

    def price(self, item: Item) -> float:
        if item.free:
            return 0.0
        else:
            return item.price * 1.19

    def total(
        self,
        items: list[Item],
    ) -> float:
        return sum(self.price(item) for item in items)


def half(value: float) -> float:
    return value / 2
'''


def cut(name: str, text: str, size: int) -> list[Chunk]:
    return chunks_of(name, text, COUNT, size)


def holding(chunks: list[Chunk], words: str) -> Chunk:
    (found,) = [chunk for chunk in chunks if words in chunk.text]
    return found


def test_functions_stay_whole_and_methods_name_their_class() -> None:
    found = cut("shop.py", SHOP, 60)
    price = holding(found, "def price")
    assert "* 1.19" in price.text
    assert price.heading == "class Shop"
    assert SHOP[slice(*(price.section or (0, 0)))].startswith("@dataclass\nclass Shop")
    total = holding(found, "def total")
    assert "for item in items" in total.text
    half = holding(found, "def half")
    assert (half.heading, half.section) == ("", (0, len(SHOP)))
    assert "value / 2" in half.text


def test_a_class_that_fits_is_not_cut() -> None:
    found = cut("shop.py", SHOP, 150)
    whole = holding(found, "class Shop")
    assert "@dataclass" in whole.text
    assert "for item in items" in whole.text


def test_a_function_longer_than_a_passage_is_cut_between_lines_and_named() -> None:
    body = "".join(f"    total = total + price({n})\n" for n in range(12))
    found = cut("a.py", f"def add(total):\n{body}", 32)
    assert len(found) > 2
    assert {chunk.heading for chunk in found[1:]} == {"def add(total)"}
    assert all(line.startswith("total") for c in found[1:] for line in c.text.split("\n    "))


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("a.js", """
            class Shop extends Base {
              constructor(a) {
                super(a);
              }

              price(item) {
                if (item.free) {
                  return 0;
                } else {
                  return item.price;
                }
              }
            }

            function half(x) {
              return x / 2;
            }
            """, "price(item) { if (item.free) { return 0; } else { return item.price; } }"),
        ("b.c", """
            #include <stdio.h>

            int add(int a,
                    int b)
            {
                return a + b;
            }

            static void loop(void)
            {
                printf("it's");
            }
            """, 'static void loop(void) { printf("it\'s"); }'),
        ("c.yaml", """
            prices:
              islands: 12
              mainland: 4
            times:
              - to: islands
                days: 7
              - to: mainland
                days: 5
            """, "prices: islands: 12 mainland: 4"),
    ],
)  # fmt: skip
def test_blocks_of_other_languages_stay_whole(name: str, text: str, kept: str) -> None:
    found = cut(name, textwrap.dedent(text), 20 if name == "c.yaml" else 30)
    assert len(found) > 1
    assert any(kept in " ".join(chunk.text.split()) for chunk in found)


def test_code_between_fences_is_cut_as_its_language_and_under_its_heading() -> None:
    text = f"# Use\n\nCall it so:\n\n```python\n{SHOP}```\n\nThat is all."
    found = chunks_of("a.md", text, COUNT, 60)
    assert holding(found, "def price").heading == "Use > class Shop"
    assert holding(found, "That is all.").heading == "Use"


PIECES = st.lists(
    st.sampled_from(
        ["def word(x):\n", "    word = 1\n", "        word\n", "\n", "class A:\n", "}\n", "(\n",
         ")\n", '"""', "'", "/*", "*/", "`", "word " * 30, "\t", "# word\n", "else:\n", "@word\n"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(PIECES, st.sampled_from(["a.py", "a.js", "a.sql", "a.json", "a.jsonl", "a.csv"]))
def test_whatever_stands_there_no_word_is_lost_and_nothing_is_too_long(
    text: str, name: str
) -> None:
    found = cut(name, text, 24)
    place = 0
    for chunk in found:
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.start >= place
        assert len(COUNT(chunk.shown)) <= 24
        place = chunk.end
    assert sum(chunk.text.count("word") for chunk in found) == text.count("word")


def test_deep_indentation_and_open_marks_end() -> None:
    deep = "".join(" " * n + "if x:\n" for n in range(3000))
    assert cut("a.py", deep, 64)
    assert cut("a.js", "x = 1\n" + "/*" * 50_000 + "(" * 50_000, 64)
    assert cut("a.py", "'''" + "x = 1\n" * 5000, 64)
