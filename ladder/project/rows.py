"""Rows to examples: numbers become text, blanks become None, duplicates are found."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ladder.answering import Message
from ladder.files import content_hash
from ladder.project.mapping import Mapping
from ladder.project.near_duplicates import normalised
from ladder.project.split import asked_text
from ladder.project.table import RowProblem, Table
from ladder.project.task import Evidence, Example, fold_label

__all__ = [
    "NumberedExample",
    "asked",
    "conflicts",
    "content_id",
    "label_twins",
    "read_examples_of",
    "without_twice",
]

_FALSE = ("false", "no", "0")


@dataclass(frozen=True)
class NumberedExample:
    """An example and the row it came from; its id is empty if the file gives none."""

    row: int
    example: Example
    exact: str = ""
    """Hash of the row's fields, blanks included."""


def read_examples_of(
    table: Table, mapping: Mapping, problems: list[RowProblem]
) -> list[NumberedExample]:
    """Return an example for each row that has an input; report the others."""
    found = []
    for number, row in zip(table.numbers, table.rows, strict=True):
        text = _text(row.get(mapping.input or ""))
        if text is None:
            message = "The input is empty. Left out."
            problems.append(RowProblem(number, mapping.input or "", message))
            continue
        fields = (mapping.input, mapping.output, mapping.context, "messages", "evidence")
        exact = content_hash([_text(row.get(name or ""), strip=False) for name in fields])
        example = _example(number, row, text, mapping, problems)
        found.append(NumberedExample(number, example, exact))
    return found


def without_twice(
    found: Iterable[NumberedExample], problems: list[RowProblem]
) -> list[NumberedExample]:
    """Return the examples with an id each; report and leave out rows and ids that come twice."""
    found = list(found)
    exact: dict[str, int] = {}
    answered = {asked(one.example): one.row for one in found if one.example.labelled}
    rows: dict[tuple[str, str | None], int] = {}
    ids: dict[str, int] = {}
    kept = []
    for one in found:
        example = one.example
        key = (asked(example), example.output)
        same = exact.get(one.exact) or (None if example.labelled else answered.get(key[0]))
        if same is not None:
            problems.append(RowProblem(one.row, "", f"The same as row {same}. Left out."))
            continue
        if (like := rows.get(key)) is not None:
            message = f"The text and answer of row {like}; blanks or evidence differ. Kept."
            problems.append(RowProblem(one.row, "", message))
        id = example.id or content_id(example, ids)
        if id in ids:
            message = f'The id "{id}" is that of row {ids[id]} already. Left out; give it its own.'
            problems.append(RowProblem(one.row, "id", message))
            continue
        exact[one.exact] = rows[key] = ids[id] = one.row
        kept.append(NumberedExample(one.row, _with_id(example, id)))
    return kept


def conflicts(found: Iterable[NumberedExample], known: Iterable[Example] = ()) -> list[RowProblem]:
    """Return the rows that ask the same (after folding) as another, with another output."""
    first: dict[str, tuple[str, str]] = {}
    for example in known:
        if example.output:
            first.setdefault(normalised(asked_text(example)), ("the project", example.output))
    problems = []
    for one in found:
        if not one.example.output:
            continue
        text = normalised(asked_text(one.example))
        where, output = first.setdefault(text, (f"row {one.row}", one.example.output))
        if output != one.example.output:
            message = (
                f'"{one.example.output[:60]}" here, "{output[:60]}" in {where}, for the same '
                "text. Both are kept; correct one."
            )
            problems.append(RowProblem(one.row, "", message))
    return problems


def label_twins(
    found: Iterable[NumberedExample], known: Iterable[Example] = ()
) -> list[RowProblem]:
    """Return the first row of each label that differs from another in case or blanks alone.

    A model is asked for one spelling or the other and cannot know which.
    """
    spellings: dict[str, dict[str, str]] = {}
    for example in known:
        if example.output:
            spellings.setdefault(fold_label(example.output), {})[example.output] = "the project"
    problems = []
    for one in found:
        label = one.example.output
        if not label:
            continue
        others = spellings.setdefault(fold_label(label), {})
        if others and label not in others:
            other, where = next(iter(others.items()))
            message = (
                f'The label "{label[:60]}" is "{other[:60]}" in {where}: case or blanks differ '
                "alone. They count as two labels; make them one."
            )
            problems.append(RowProblem(one.row, "", message))
        others.setdefault(label, f"row {one.row}")
    return problems


def asked(example: Example) -> str:
    """Return a hash of what is asked: input, context and conversation, letter for letter."""
    return content_hash([example.input, example.context, list(example.messages)])


def content_id(example: Example, taken: Iterable[str]) -> str:
    """Return an id made of the content; of the answer too, or a number, if that is taken."""
    taken = taken if isinstance(taken, dict | set) else set(taken)
    candidate = asked(example)
    number = 0
    while candidate in taken:
        candidate = content_hash([asked(example), example.output, number])
        number += 1
    return candidate


def _with_id(example: Example, id: str) -> Example:
    return Example(
        id=id,
        input=example.input,
        output=example.output,
        context=example.context,
        messages=example.messages,
        evidence=example.evidence,
        answerable=example.answerable,
    )


def _example(
    number: int, row: dict[str, Any], text: str, mapping: Mapping, problems: list[RowProblem]
) -> Example:
    output = _text(row.get(mapping.output)) if mapping.output else None
    answerable = str(row.get("answerable", True)).strip().lower() not in _FALSE
    if not answerable and output is not None:
        message = "Marked as not answerable, and yet has an answer. The answer is kept."
        problems.append(RowProblem(number, "answerable", message))
        answerable = True
    return Example(
        id=(_text(row.get(mapping.id)) or "") if mapping.id else "",
        input=text,
        output=output if answerable else "",
        context=(_text(row.get(mapping.context)) or "") if mapping.context else "",
        messages=_messages(number, row.get("messages"), problems),
        evidence=_evidence(number, row.get("evidence"), problems),
        answerable=answerable,
    )


def _messages(number: int, value: Any, problems: list[RowProblem]) -> tuple[Message, ...]:
    messages = value if isinstance(value, list) else []
    good = all(
        isinstance(m, dict) and m.keys() == {"role", "content"} and _all_text(m.values())
        for m in messages
    )
    if not good:
        message = "The conversation has turns without role and content. Kept without it."
        problems.append(RowProblem(number, "messages", message))
        return ()
    return tuple(messages)


def _evidence(number: int, value: Any, problems: list[RowProblem]) -> tuple[Evidence, ...]:
    try:
        spans = tuple(Evidence(**span) for span in (value if isinstance(value, list) else []))
    except TypeError:
        spans = (Evidence("", -1, -1),)
    if all(_is_span(span) for span in spans):
        return spans
    message = "The evidence is no list of doc, start and end. Kept without it."
    problems.append(RowProblem(number, "evidence", message))
    return ()


def _is_span(span: Evidence) -> bool:
    numbers = isinstance(span.start, int) and isinstance(span.end, int)
    return numbers and isinstance(span.doc, str) and bool(span.doc) and 0 <= span.start < span.end


def _all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _text(value: Any, strip: bool = True) -> str | None:
    """Return a value as text without blanks around it, or None if there is nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (text.strip() if strip else text) or None
