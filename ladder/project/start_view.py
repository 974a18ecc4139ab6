"""What the Start page shows, as plain data: no Streamlit, nothing heavy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ladder.project.task import Example

if TYPE_CHECKING:
    from ladder.project.importing import ImportReport

__all__ = [
    "DOCUMENT_TYPES",
    "LABEL_ROWS",
    "TABLE_TYPES",
    "count_of",
    "edits",
    "is_document",
    "label_rows",
    "report_words",
    "single_labels",
    "slug",
    "top_labels",
]

TABLE_TYPES = ("csv", "tsv", "jsonl", "json")
"""Endings of files that hold examples."""

DOCUMENT_TYPES = ("md", "txt", "html", "pdf", "docx")
"""Endings of files that hold running text."""

LABEL_ROWS = 500
"""How many rows the labelling table shows at once."""

_HIDDEN = re.compile(r"[^a-z0-9]+")


def is_document(name: str) -> bool:
    """Return whether a file of this name is a document rather than a table of examples."""
    return PurePath(name).suffix.lower().removeprefix(".") in DOCUMENT_TYPES


def slug(text: str, otherwise: str = "task") -> str:
    """Return a name that can name a task, made from a file's name or a title."""
    return _HIDDEN.sub("-", PurePath(text).stem.lower()).strip("-")[:64] or otherwise


def count_of(number: int, noun: str) -> str:
    """Return "1 row", "2 rows", "1,200 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def report_words(report: ImportReport) -> str:
    """Return what an import did, in one sentence."""
    parts = [f"added {count_of(report.added, 'row')} to the task {report.task}"]
    if report.labelled:
        parts.append(f"labelled {report.labelled:,} that were there")
    if report.already_there:
        parts.append(f"left out {report.already_there:,} that were there already")
    if report.documents:
        parts.append(f"kept {count_of(report.documents, 'document')}")
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def label_rows(examples: Iterable[Example], limit: int = LABEL_ROWS) -> list[dict[str, str]]:
    """Return the rows of the labelling table: not yet labelled first, then as they came."""
    ordered = sorted(examples, key=lambda example: example.labelled)
    return [
        {"id": example.id, "input": example.input, "output": example.output or ""}
        for example in ordered[:limit]
    ]


def edits(
    rows: Sequence[Mapping[str, str]], edited: Mapping[int, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Return (id, output) of the rows that the table's editor reports as changed."""
    return [
        (rows[index]["id"], str(change["output"] or "").strip())
        for index, change in sorted(edited.items())
        if "output" in change
    ]


def top_labels(labels: Mapping[str, int], most: int = 12) -> list[tuple[str, int]]:
    """Return the most frequent labels with their counts; the rest become one line."""
    counts = Counter(labels).most_common()
    rest = counts[most:]
    shown = counts[:most]
    if rest:
        shown.append((f"{len(rest)} more labels", sum(count for _, count in rest)))
    return shown


def single_labels(examples: Iterable[Example]) -> list[str]:
    """Return labels that stand on a single example: new ones, or slips of the pen."""
    counts = Counter(e.output for e in examples if e.output)
    return sorted(label for label, count in counts.items() if label and count == 1)
