from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.quantities import in_digits, quantities


def only(text: str) -> tuple[set[float], str]:
    (found,) = quantities(text)
    return set(found.values), found.unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("a 14-day limit", 14, "second"),
        ("two hundred and fifty people", 250, ""),
        ("3.5 million euros", 3.5e6, "euro"),
        ("$20", 20, "dollar"),
        ("31 000 visitors", 31_000, ""),
        ("1,850 trees", 1850, ""),
        ("4,50 euros", 4.5, "euro"),
        ("the sixteenth century", 16, "century"),
        ("12 per cent", 12, "percent"),
        ("five working days", 5, "second"),
        ("twenty-five", 25, ""),
        ("drei Tage", 3, "second"),
        ("one week", 1, "second"),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, value: float, unit: str) -> None:
    values, found = only(text)
    assert value in values
    assert found == unit


def test_one_without_a_unit_is_a_pronoun() -> None:
    assert quantities("one of them") == []


def test_the_first_of_a_range_has_the_unit_of_the_second() -> None:
    first, second = quantities("5 to 7 days")
    assert (first.unit, second.unit) == ("second", "second")
    assert first.equals(quantities("5 days")[0])
    assert not first.equals(quantities("5 weeks")[0])


def test_a_number_without_a_unit_agrees_with_any() -> None:
    assert quantities("14")[0].equals(quantities("14 days")[0])
    assert quantities("1.5 kg")[0].equals(quantities("1500 grams")[0])


@given(st.integers(0, 10**9))
def test_thousands_may_be_set_apart_in_any_way(number: int) -> None:
    for text in (f"{number:,}", f"{number:,}".replace(",", "."), f"{number:,}".replace(",", " ")):
        assert number in only(f"{text} things")[0]


def test_numbers_are_brought_to_one_form() -> None:
    assert in_digits("seven boxes, 1,200 bottles, 4.50 each") == "7 boxes, 1200 bottles, 4p5 each"


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(in_digits(text), str)
