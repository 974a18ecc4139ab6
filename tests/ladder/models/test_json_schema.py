"""The schema of labelled outputs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ladder.errors import InputError
from ladder.models.json_schema import is_strict, schema_of


def made(*values: Any) -> dict[str, Any]:
    return schema_of(map(json.dumps, values))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)
ANSWERS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4) | st.lists(VALUES)


@given(st.lists(ANSWERS, min_size=1, max_size=5))
def test_every_output_fits_the_schema_that_was_made_of_it(values: list[Any]) -> None:
    schema = made(*values)
    Draft202012Validator.check_schema(schema)
    fits = Draft202012Validator(schema)
    assert [value for value in values if not fits.is_valid(json.loads(json.dumps(value)))] == []


def test_a_schema_says_fields_types_and_what_is_required() -> None:
    schema = made(
        {"name": "Ann", "count": 2, "price": 3, "paid": True, "note": None},
        {"name": "Bo", "count": 3, "price": 2.5, "paid": False, "note": "late", "tags": ["a"]},
    )
    assert schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "count": {"type": "integer"},
            "price": {"type": "number"},
            "paid": {"type": "boolean"},
            "note": {"type": ["null", "string"]},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["name", "count", "price", "paid", "note"],
        "additionalProperties": False,
    }


def test_objects_inside_objects_and_lists_have_fields_of_their_own() -> None:
    schema = made({"to": {"city": "Oslo"}, "rows": [{"sku": "a"}, {"sku": "b", "n": 1}]})
    assert schema["properties"]["to"]["properties"] == {"city": {"type": "string"}}
    rows = schema["properties"]["rows"]["items"]
    assert (list(rows["properties"]), rows["required"]) == (["sku", "n"], ["sku"])


def test_what_does_not_fit_the_outputs_does_not_fit_the_schema() -> None:
    fits = Draft202012Validator(made({"name": "Ann", "n": 1}, {"name": "Bo", "n": 2, "city": "x"}))
    assert fits.is_valid({"name": "Cy", "n": 3})
    for other in ({"name": "Cy"}, {"name": "Cy", "n": "3"}, {"name": "Cy", "n": 3, "age": 4}, []):
        assert not fits.is_valid(other)


def test_fields_stand_in_the_order_in_which_the_outputs_have_them() -> None:
    names = list(made({"a": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}, {"0": 1, "a": 1})["properties"])
    assert names == ["0", "a", "b", "c"]


def test_a_list_at_the_top_and_a_code_fence_are_read_as_the_metric_reads_them() -> None:
    assert made([{"a": 1}, {"a": 2}])["items"]["required"] == ["a"]
    assert schema_of(['```json\n{"a": 1}\n```'])["required"] == ["a"]


def test_an_object_of_very_many_names_is_a_map_whose_names_are_free() -> None:
    schema = made({f"word {n}": n for n in range(101)})
    assert schema == {"type": "object", "additionalProperties": {"type": "integer"}}


def test_outputs_that_are_no_json_are_left_out_and_none_at_all_is_a_sentence() -> None:
    assert schema_of(["none found", '{"a": 1}', "", "3"])["required"] == ["a"]
    with pytest.raises(InputError, match=r"None of the 2 .*write outputs .*json_schema to false"):
        schema_of(["none found", "3"])


def test_outputs_nested_beyond_reason_are_a_sentence() -> None:
    with pytest.raises(InputError, match="nested more than 32 deep"):
        schema_of(["[" * 34 + "]" * 34])
    assert schema_of(["[" * 33 + "]" * 33])["type"] == "array"


@pytest.mark.parametrize(
    ("values", "strict"),
    [
        ([{"a": 1, "b": [{"c": None}]}], True),
        ([{"a": 1}, {}], False),
        ([{"a": []}], False),
        ([{"a": [{"b": 1}, {"c": 1}]}], False),
        ([{f"word {n}": n for n in range(101)}], False),
    ],
)
def test_a_schema_is_strict_where_nothing_in_it_is_left_open(
    values: list[Any], strict: bool
) -> None:
    assert is_strict(made(*values)) is strict
