"""What the panel "What the model will see" shows, as plain data and escaped HTML.

What stands in the data is never given to the browser as Markdown or HTML: it is escaped, so that
no link, picture or script in it comes to life.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from training.checks import Checked, Finding
from training.microscope import Piece
from training.prepare import Prepared

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder
    from training.recipe import Recipe

__all__ = [
    "MOST_EXAMPLES",
    "examples_of",
    "findings_html",
    "length_bins",
    "plain_html",
    "refusal",
    "signature",
    "tokens_html",
    "tokens_words",
]

MOST_EXAMPLES = 500
"""Examples to choose from; a longer list cannot be looked through."""
_SHOWN = 60
_MOST_ROWS = 30
"""Row numbers listed beside a finding; the command's --json has all of them."""
_BINS = 24
_BLOCK = "white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; line-height: 1.9"
_TOKEN = "border-right: 1px solid #d4d4d8"
_TRAINED = "text-decoration: underline; text-decoration-thickness: 2px; background: #d9eef3"
_WORD = "font-size: 0.75em; color: #0f5c73"
_SEVERITY = {"error": "Refuses the run", "warning": "Look at this"}


def signature(folder: TaskFolder, recipe: Recipe) -> str:
    """Return what decides the rows of a run: the recipe, and the files it reads as they are now."""
    files = (folder.examples_file, folder.split_file, folder.path / "task.yaml")
    stats = [path.stat() if path.exists() else None for path in files]
    times = [(stat.st_mtime_ns, stat.st_size) if stat else None for stat in stats]
    return repr((str(folder.path), recipe.to_dict(), times))


def tokens_html(pieces: Sequence[Piece]) -> str:
    """Return the tokens of an example; what is trained is underlined, and the word stands by it.

    A thin line ends each token, and pointing at one shows its id.
    """
    parts = []
    for trained, group in groupby(pieces, key=lambda piece: piece.trained):
        shown = "".join(_token_html(piece) for piece in group)
        if trained:
            word = f'<span style="{_WORD}"> (trained) </span>'
            shown = f'<span style="{_TRAINED}">{shown}</span>{word}'
        parts.append(shown)
    return f'<div style="{_BLOCK}">{"".join(parts)}</div>'


def tokens_words(pieces: Sequence[Piece]) -> str:
    """Return how many tokens of an example are trained."""
    trained = sum(piece.trained for piece in pieces)
    return (
        f"{trained:,} of {len(pieces):,} tokens are trained: they are underlined, and followed by "
        "the word (trained). The rest is only read."
    )


def findings_html(checked: Checked) -> str:
    """Return the findings as a list: how grave it is in words, what to do, and all rows."""
    items = "".join(f"<li>{_finding_html(each)}</li>" for each in checked.findings)
    return f"<ul>{items}</ul>"


def refusal(checked: Checked) -> str:
    """Return why a run cannot start, in a sentence; empty if it can."""
    errors = checked.errors
    if not errors:
        return ""
    more = f" And {len(errors) - 1} more, in the list above." if len(errors) > 1 else ""
    return f"It cannot start. {errors[0].message}{more}"


def plain_html(text: str) -> str:
    """Return text as HTML that shows exactly it."""
    return f'<div style="{_BLOCK}">{html.escape(text)}</div>'


def examples_of(plan: Prepared, folder: TaskFolder) -> dict[str, str]:
    """Return the first examples that a run trains on, by id: their rows and how they begin."""
    trains = {row.id for row in plan.data.rows}
    found: dict[str, str] = {}
    for number, example in enumerate(folder.examples(), 1):
        if example.id in trains and len(found) < MOST_EXAMPLES:
            begins = " ".join(example.input.split())[:_SHOWN]
            found[example.id] = f"row {number}: {begins}"
    return found


def length_bins(plan: Prepared) -> list[dict[str, Any]]:
    """Return how many rows have how many tokens, in ranges of one width."""
    sizes = [len(row) for row in plan.data.rows]
    low, high = min(sizes), max(sizes) + 1
    width = max(1, -(-(high - low) // _BINS))
    bins: dict[int, int] = {}
    for size in sizes:
        start = low + (size - low) // width * width
        bins[start] = bins.get(start, 0) + 1
    return [{"From": s, "To": s + width, "Rows": count} for s, count in sorted(bins.items())]


def _token_html(piece: Piece) -> str:
    return f'<span style="{_TOKEN}" title="{piece.token}">{html.escape(piece.text)}</span>'


def _finding_html(finding: Finding) -> str:
    listed = ", ".join(map(str, finding.rows[:_MOST_ROWS]))
    more = f" and {len(finding.rows) - _MOST_ROWS:,} more" if len(finding.rows) > _MOST_ROWS else ""
    rows = f"<br><span>Rows: {listed}{more}</span>" if len(finding.rows) > 1 else ""
    grave = _SEVERITY[finding.severity]
    return f"<strong>{grave}:</strong> {html.escape(finding.message)}{rows}"
