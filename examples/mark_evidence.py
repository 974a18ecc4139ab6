"""Find the offsets of the evidence in the helpdesk example from the quotes in its notes.yaml.

Run it after changing a document, a question or a quote: `python examples/mark_evidence.py`. Spaces,
line ends and the bars of tables may differ between a quote and a document; words may not.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import yaml

from ladder.files import read_json_lines, write_json_lines
from ladder.project.documents import document_text

FOLDER = Path(__file__).parent / "helpdesk"
QUESTIONS = FOLDER / "tasks" / "answer" / "examples.jsonl"


def find(quote: str, text: str) -> tuple[int, int]:
    """Return where the quote stands in the text; it has to stand there exactly once."""
    words = [re.escape(word) for word in quote.replace("|", " ").split()]
    found = list(re.finditer(r"[\s|]+".join(words), text))
    if len(found) != 1:
        raise SystemExit(f'Found {len(found)} times, not once: "{quote}"')
    return found[0].span()


def read_documents() -> dict[str, str]:
    """Return the documents' texts by name, from a copy: reading keeps texts beside the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(FOLDER / "documents", Path(scratch) / "documents")
        return {path.name: document_text(path) for path in copy.iterdir()}


def main() -> None:
    """Write the offsets into the questions."""
    notes = yaml.safe_load((FOLDER / "notes.yaml").read_text(encoding="utf-8"))
    texts = read_documents()
    rows = read_json_lines(QUESTIONS)
    for row in rows:
        row.pop("evidence", None)
        spans = []
        for note in notes["answer"]["evidence"].get(row["id"], []):
            start, end = find(note["quote"], texts[note["doc"]])
            spans.append({"doc": note["doc"], "start": start, "end": end})
        if spans:
            row["evidence"] = spans
    write_json_lines(QUESTIONS, rows)


if __name__ == "__main__":
    main()
