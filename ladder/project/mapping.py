"""Which column is the input and which the output, and what kind of task that makes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ladder.project.table import Table
from ladder.project.task import Example, Kind

__all__ = ["Mapping", "guess_kind", "guess_mapping", "guessed_words"]

_NAMES = {
    "input": (
        "input", "text", "question", "query", "prompt", "utterance", "ticket", "message", "body",
        "content", "sentence", "request", "description", "user", "document", "review",
    ),
    "output": (
        "output", "label", "category", "intent", "class", "answer", "target", "completion",
        "response", "gold", "expected", "reply", "summary", "tag", "topic", "queue", "sentiment",
    ),
    "context": ("context", "passage", "background", "paragraph"),
    "id": ("id", "example_id", "ticket_id", "uid", "uuid", "guid", "key", "number", "nr"),
}  # fmt: skip
_OURS = ("messages", "evidence", "answerable")
_FEW_LABELS = 200
_SHORT_WORDS = 12


@dataclass(frozen=True)
class Mapping:
    """The columns that hold an example's fields; None where there is none."""

    input: str | None
    output: str | None = None
    context: str | None = None
    id: str | None = None


def guess_mapping(table: Table) -> Mapping:
    """Guess the columns by their names, then by what they hold.

    Without a known name, the column with the longest texts is the input, and of the others one
    of JSON objects is the output, else the one with the fewest different values.
    """
    columns = [column for column in table.columns if column not in _OURS]
    found: dict[str, str] = {}
    for field in ("id", "input", "output", "context"):
        free = [column for column in columns if column not in found.values()]
        for name in _NAMES[field]:
            match = next((column for column in free if _folded(column) == name), None)
            if match is not None:
                found[field] = match
                break
    rest = [column for column in columns if column not in found.values()]
    if "input" not in found and rest:
        found["input"] = max(rest, key=lambda column: _mean_length(table, column))
        rest.remove(found["input"])
    if "output" not in found and rest:
        fewest = min(rest, key=lambda column: _different(table, column))
        objects = next((column for column in rest if _all_objects(table, column)), None)
        if objects is not None or _different(table, fewest) <= max(2, len(table.rows) // 2):
            found["output"] = objects or fewest
    return Mapping(found.get("input"), found.get("output"), found.get("context"), found.get("id"))


def guessed_words(table: Table, mapping: Mapping) -> str:
    """Return what was guessed by content alone, and how to say it; empty if the names told."""
    columns = [column for column in table.columns if column not in _OURS]
    by_content = [
        (field, column)
        for field, column in (("input", mapping.input), ("output", mapping.output))
        if column is not None and _folded(column) not in _NAMES[field]
    ]
    if not by_content and mapping.output is not None:
        return ""
    used = (mapping.input, mapping.output, mapping.context, mapping.id)
    rest = [column for column in columns if column not in used]
    said = [f'"{column}" is taken for the {field}' for field, column in by_content]
    if mapping.output is None and rest:
        shown = ", ".join(f'"{column}"' for column in rest[:5])
        said.append(f"no column is taken for the output (there are also {shown})")
    if not said:
        return ""
    return (
        f"The names of the columns do not say what they hold: {', '.join(said)}. If that is wrong, "
        "name them (--input COLUMN --output COLUMN), or rename them to input and output."
    )


def guess_kind(examples: Sequence[Example]) -> Kind:
    """Guess the kind of task by the outputs.

    Few different outputs that repeat are labels; JSON objects are extraction; short outputs
    (median at most 12 words), and questions with evidence, are question answering; the rest is
    generation. Without any output it is classification, where labelling usually begins.
    """
    outputs = [row.output for row in examples if row.output]
    if any(row.evidence or not row.answerable for row in examples):
        return "qa"
    if not outputs:
        return "classification"
    if all(_is_object(output) for output in outputs):
        return "extraction"
    counts = Counter(outputs)
    words = median(len(output.split()) for output in outputs)
    repeated = sum(count for count in counts.values() if count > 1)
    few = len(counts) <= min(_FEW_LABELS, max(2, len(outputs) // 2))
    if few and repeated * 2 > len(outputs) and words <= _SHORT_WORDS:
        return "classification"
    return "qa" if words <= _SHORT_WORDS else "generation"


def _folded(column: str) -> str:
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def _mean_length(table: Table, column: str) -> float:
    return sum(len(str(row.get(column) or "")) for row in table.rows) / max(1, len(table.rows))


def _all_objects(table: Table, column: str) -> bool:
    values = [row[column] for row in table.rows if row.get(column)]
    return bool(values) and all(isinstance(v, dict) or _is_object(str(v)) for v in values)


def _different(table: Table, column: str) -> int:
    return len({_hashable(row.get(column)) for row in table.rows})


def _hashable(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
