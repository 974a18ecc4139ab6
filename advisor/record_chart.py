"""The flowchart with the way taken as SVG text: no script and no request draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["path_svg"]

_WIDE, _SIDE, _HIGH, _GAP = 360, 250, 44, 46
_STEP = 54
_LEFT, _RIGHT = 10, 470
_LIT = 'fill="#d7ecf2" stroke="#0f5c73" stroke-width="3"'
_OTHER = 'fill="#ffffff" stroke="#71717a" stroke-dasharray="4 4"'


def path_svg(
    questions: Sequence[Mapping[str, Any]], titles: Mapping[str, str], recommended: str
) -> str:
    """Return the questions one below the other, each with the exit taken and the one not taken.

    Args:
        questions: id, short text, answer and where each answer leads.
        titles: what a person calls a method, by its id.
        recommended: the method in the end; drawn below the chart's outcome where it differs.
    """
    parts: list[str] = []
    top, words = 10, []
    for question in questions:
        answer, exits = question["answer"], question["exits"]
        parts.append(_box(_LEFT, top, _WIDE, f"{question['question']}. {question['short']}", True))
        words.append(f"{question['question']}: {question['short']} {answer}.")
        others = [(other, then) for other, then in exits.items() if other != answer]
        for place, (other, then) in enumerate(others):
            parts += _aside(top, place, other, _title(then, titles))
        more = max(0, len(others) - 1) * _STEP
        parts += _down(top, f"✓ {answer}", more)
        top += _HIGH + _GAP + more
    outcome = questions[-1]["exits"][questions[-1]["answer"]]
    parts.append(_box(_LEFT, top, _WIDE, _title(outcome, titles), outcome == recommended))
    if outcome != recommended:
        parts += _down(top, "✓ rather, by all rules")
        top += _HIGH + _GAP
        parts.append(_box(_LEFT, top, _WIDE, _title(recommended, titles), True))
    words.append(f"Outcome: {_title(recommended, titles)}.")
    width, height = _RIGHT + _SIDE + 10, top + _HIGH + 10
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui,sans-serif" font-size="14" fill="#171717">\n'
        f"<title>The way through the flowchart</title>\n<desc>{escape(' '.join(words))}</desc>\n"
        + "\n".join(parts)
        + "\n</svg>"
    )


def _box(left: int, top: int, width: int, text: str, lit: bool) -> str:
    weight = ' font-weight="600"' if lit else ""
    return (
        f'<rect x="{left}" y="{top}" width="{width}" height="{_HIGH}" rx="8" '
        f"{_LIT if lit else _OTHER}/>"
        f'<text x="{left + 14}" y="{top + 27}"{weight}>{"✓ " if lit else ""}{escape(text)}</text>'
    )


def _aside(top: int, place: int, answer: str, title: str) -> list[str]:
    """Return an exit that was not taken, to the right; the second one below the first."""
    middle = top + _HIGH // 2 + place * _STEP
    start = (
        f"M{_LEFT + _WIDE} {middle}" if place == 0 else f"M{_RIGHT - 30} {middle - _STEP}V{middle}"
    )
    return [
        f'<path d="{start}H{_RIGHT}" stroke="#71717a" stroke-dasharray="4 4" fill="none"/>',
        f'<text x="{_RIGHT - 80}" y="{middle - 6}" fill="#52525b">{escape(answer)}</text>',
        _box(_RIGHT, top + place * _STEP, _SIDE, title, False),
    ]


def _down(top: int, words: str, more: int = 0) -> list[str]:
    """Return the arrow to what follows."""
    x, start, end = _LEFT + 40, top + _HIGH, top + _HIGH + _GAP + more
    return [
        f'<path d="M{x} {start}V{end - 8}" stroke="#0f5c73" stroke-width="3" fill="none"/>',
        f'<path d="M{x - 6} {end - 9}h12l-6 8z" fill="#0f5c73"/>',
        f'<text x="{x + 14}" y="{start + 28}" font-weight="600">{escape(words)}</text>',
    ]


def _title(id: str, titles: Mapping[str, str]) -> str:
    return titles.get(id, f"question {id[1:]}")
