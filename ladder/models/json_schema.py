"""The JSON schema that the labelled outputs of a task have: what an answer is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ladder.errors import InputError
from ladder.evaluation.metrics import read_json_answer

__all__ = ["is_strict", "schema_of"]

_MOST_NAMES = 100
"""Names of one object's fields; an object with more is a map, whose names are free."""
_DEEPEST = 32
"""Objects and lists inside each other."""
_REMEDY = "or set decoding.json_schema to false, so that the model writes freely"


def schema_of(outputs: Iterable[str]) -> dict[str, Any]:
    """Return the JSON schema that all outputs fit, as small as it can be said.

    Fields stand in the order in which the outputs have them, because a model writes them in the
    schema's order. A field is required if every output has it, and there are no others. An
    output that is no JSON object or list is left out.

    Args:
        outputs: what was labelled; as the metric `json-f1` reads it.

    Raises:
        InputError: none of them is JSON, or they are nested too deeply.
    """
    outputs = list(outputs)
    found = [value for text in outputs if (value := read_json_answer(text)) is not None]
    if not found:
        raise InputError(
            f"None of the {len(outputs)} labelled outputs is a JSON object or list, so answers "
            f'cannot be held to their fields; write outputs such as {{"name": "Ann"}}, {_REMEDY}.'
        )
    return _schema(found)


def is_strict(schema: Any) -> bool:
    """Return whether a schema is one that OpenAI's servers can promise to keep to.

    Every object must have required fields alone, and every list say what it holds.
    """
    if not isinstance(schema, dict):
        return True
    if "array" in _types(schema) and "items" not in schema:
        return False
    if "object" in _types(schema):
        if set(schema.get("properties", ())) != set(schema.get("required", ())):
            return False
        if schema.get("additionalProperties") is not False:
            return False
    inside = [*schema.get("properties", {}).values(), schema.get("items")]
    return all(is_strict(each) for each in inside)


def _schema(values: Sequence[Any], depth: int = 0) -> dict[str, Any]:
    """Return the schema of values that stand at the same place."""
    if depth > _DEEPEST:
        raise InputError(
            f"The labelled outputs are nested more than {_DEEPEST} deep, too much for a JSON "
            f"schema; make them flatter, {_REMEDY}."
        )
    found = dict.fromkeys(_type(value) for value in values)
    types = [each for each in found if each != "integer" or "number" not in found]
    schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if objects := [value for value in values if isinstance(value, dict)]:
        schema.update(_fields(objects, depth))
    if items := [item for value in values if isinstance(value, list) for item in value]:
        schema["items"] = _schema(items, depth + 1)
    return schema


def _fields(objects: Sequence[Mapping[str, Any]], depth: int) -> dict[str, Any]:
    """Return what a schema says of objects' fields."""
    if len({name for each in objects for name in each}) > _MOST_NAMES:
        everything = [value for each in objects for value in each.values()]
        return {"additionalProperties": _schema(everything, depth + 1)}
    names = _in_order(objects)
    values = {name: [each[name] for each in objects if name in each] for name in names}
    return {
        "properties": {name: _schema(values[name], depth + 1) for name in names},
        "required": [name for name in names if all(name in each for each in objects)],
        "additionalProperties": False,
    }


def _in_order(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return all names; a new one stands behind the one that it first stood behind."""
    names: list[str] = []
    for each in objects:
        place = 0
        for name in each:
            if name in names:
                place = names.index(name) + 1
            else:
                names.insert(place, name)
                place += 1
    return names


def _type(value: Any) -> str:
    """Return the name of a value's type."""
    if isinstance(value, bool):  # which Python counts among the integers
        return "boolean"
    names = {str: "string", int: "integer", float: "number", dict: "object", list: "array"}
    return names.get(type(value), "null")


def _types(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema allows."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)
