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

DOCUMENT_TYPES = ("md", "markdown", "txt", "html", "htm", "pdf", "docx", "pptx", "eml")
"""Endings of files that hold running text; here a table is one of examples, and the page Chat
takes every other kind of document."""

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
    remarks = f"; {count_of(len(report.problems), 'remark')} about rows" if report.problems else ""
    return f"{text[0].upper()}{text[1:]}{remarks}."


def label_rows(
    examples: Iterable[Example], limit: int = LABEL_ROWS, find: str = ""
) -> list[dict[str, Any]]:
    """Return the rows of the labelling table: not yet labelled first, then as they came.

    Args:
        examples: all examples of the task.
        limit: the most rows that are returned.
        find: only rows whose input or output holds this text, whatever the case.
    """
    wanted = find.strip().casefold()
    found = (
        example
        for example in examples
        if wanted in example.input.casefold() or wanted in (example.output or "").casefold()
    )
    ordered = sorted(found, key=lambda example: example.labelled)
    return [
        {
            "id": example.id,
            "input": example.input,
            "output": example.output or "",
            "unanswerable": not example.answerable,
        }
        for example in ordered[:limit]
    ]


def edits(
    rows: Sequence[Mapping[str, Any]],
    edited: Mapping[int, Mapping[str, Any]],
    saved: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[tuple[int, str, str, bool]]:
    """Return (place, id, output, answerable) of the rows that were changed since the last save.

    Args:
        rows: the rows as they were first drawn.
        edited: all changes since then, by place, as the table's editor reports them.
        saved: those of them that are saved already; what somebody else did to such a row since
            then is not overwritten.
    """
    found = []
    for index, change in sorted(edited.items()):
        if change == (saved or {}).get(index) or not {"output", "unanswerable"} & change.keys():
            continue
        row = {**rows[index], **change}
        output = str(row["output"] or "").strip()
        found.append((index, str(row["id"]), output, not row["unanswerable"]))
    return found


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
