"""The fields of a recipe class: their types, the words they take, their help, values read."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from dataclasses import fields
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ladder.errors import InputError

__all__ = ["choices_of", "help_texts", "hints_of", "typed"]


def hints_of(cls: type) -> dict[str, Any]:
    """Return the types of a recipe's fields."""
    key: Any = cls  # a class can be hashed, which mypy doubts
    return dict(_hints_of(key))


@cache
def _hints_of(cls: type) -> dict[str, Any]:
    names = {field.name for field in fields(cls)}
    return {name: hint for name, hint in get_type_hints(cls).items() if name in names}


def choices_of(cls: type) -> dict[str, tuple[str, ...]]:
    """Return the fields that take one of a few words, with the words."""
    hints = hints_of(cls)
    return {name: get_args(h) for name, h in hints.items() if get_origin(h) is Literal}


def help_texts(cls: type) -> dict[str, str]:
    """Return the help text of every field: the docstring under it, where it was last defined."""
    key: Any = cls  # a class can be hashed, which mypy doubts
    return dict(_help_texts(key))


@cache
def _help_texts(cls: type) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in reversed(cls.__mro__[:-1]):
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            documented = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and documented
            ):
                texts[field.target.id] = " ".join(str(text.value.value).split())  # type: ignore[attr-defined]
    return {field.name: texts[field.name] for field in fields(cls)}


def typed(name: str, value: Any, hint: Any) -> Any:
    """Return a value as its field's type, or refuse it."""
    if get_origin(hint) is Literal:
        return value
    allowed = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if value is None and type(None) in allowed:
        return None
    for kind in allowed:
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if kind is float and isinstance(value, str):  # YAML reads 2e-4 as text
            try:
                return float(value)
            except ValueError:
                continue
        if kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind in (str, bool) and isinstance(value, kind):
            return value
    names = " or ".join("none" if k is type(None) else k.__name__ for k in allowed)
    raise InputError(f"{name} is {value!r}; give a value of type {names}.")
