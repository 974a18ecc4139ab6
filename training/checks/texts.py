"""What has no place in a text: HTML, characters of a wrong encoding, control characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from training.checks.finding import Finding, Numbered, rows_words, warning
from training.checks.seen import Seen

__all__ = ["texts", "texts_of"]

_TAGS = (
    "a|abbr|b|blockquote|body|br|button|code|div|em|font|footer|form|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|li|link|meta|ol|p|pre|script|section|small|span|strong|style|sub|sup|table|"
    "tbody|td|th|thead|title|tr|u|ul"
)
_HTML = re.compile(
    rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|&(?:nbsp|amp|lt|gt|quot|apos|#\d{{2,5}}|#x[0-9a-f]{{2,4}});",
    re.IGNORECASE,
)
_SECOND = "\u0080-\u00bf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u2122\u0153"
_WRONG = re.compile(
    f"\u00c3[{_SECOND}]|\u00e2\u20ac[{_SECOND}\u201c\u201d\u02dc\u00a6]|\u00c2[\u00a0-\u00bf]|\ufffd"
)
"""UTF-8 read as Windows-1252: an accented letter becomes \u00c3 and another sign."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_AROUND = 15

# All three are warnings: a run goes well with them, and some tasks are about them (to write HTML,
# to clean text); but they are learned like any other text, so a person should know.
_KINDS = (
    (
        "html",
        _HTML,
        "HTML is left",
        "The model would learn to read and write it; import the text without its tags.",
    ),
    (
        "wrong-encoding",
        _WRONG,
        "Characters of a wrong encoding are",
        "The file mixes encodings or was read in the wrong one; save it as UTF-8 and import it "
        "again.",
    ),
    (
        "control-characters",
        _CONTROL,
        "Control characters, as binary data has, are",
        "They cannot be seen and cost tokens; take them out.",
    ),
)


def texts(seen: Seen) -> Iterator[Finding]:
    """Yield what is left in the texts of the train part."""
    for code, pattern, what, remedy in _KINDS:
        found = [(each, match) for each in seen.train if (match := _first(pattern, each))]
        if found:
            rows = [each for each, _ in found]
            yield warning(
                code,
                rows,
                f"{what} in {len(rows):,} of {len(seen.train):,} training examples "
                f"({rows_words(rows)}): {_near(found[0][1])} in row {rows[0].row}. {remedy}",
            )


def texts_of(each: Numbered) -> Iterator[str]:
    """Yield every text of an example that a prompt or an answer holds."""
    example = each.example
    yield example.input
    yield example.output or ""
    yield example.context
    for turn in example.messages:
        yield turn["content"]


def _first(pattern: re.Pattern[str], each: Numbered) -> re.Match[str] | None:
    for text in texts_of(each):
        if match := pattern.search(text):
            return match
    return None


def _near(match: re.Match[str]) -> str:
    """Return what was found with a little around it; what cannot be seen, by its number."""
    first, last = max(0, match.start() - _AROUND), match.end() + _AROUND
    shown = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", match.string[first:last])
    more = "..." if last < len(match.string) else ""
    return f'"{" ".join(shown.split())}{more}"'
