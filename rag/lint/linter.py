"""Notice instructions to a model that hide in a team's own documents.

A document that anybody wrote is quoted to a model, which may take what stands in it for an
order. What is found here is shown beside the passage; the passage stays as it is and can be
found, because a document about such attacks must be findable too. What keeps an instruction from
being followed is the fence of `ladder.prompt`, not this.

The rules are our own; what they find and what they miss is measured in docs/injection.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.lint.disguise import disguised, invisible, plain, prose
from rag.lint.rules import RULES, known_squashed

__all__ = ["findings"]

_ENOUGH = 2
"""Points that make a finding; one is enough in a comment or behind a disguise."""
_QUOTED = 80
"""Characters of a document that a finding quotes at most."""
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\|")
_COMMENT = re.compile(
    r"<!--(.*?)(?:-->|\Z)|/\*(.*?)\*/|^\[(?://|comment|_)\]:\s*(?:#|<>)\s*[\"'(](.*?)[\"')]\s*$|"
    r"\{#(.*?)#\}|\{\{!(.*?)\}\}",
    re.DOTALL | re.MULTILINE,
)
_SENTENCES = {
    "override": "It tells a model to put its instructions aside",
    "role": "It gives a model another role",
    "address": "It speaks to a model that reads it",
    "conversation": "It says how a model is to answer",
    "circumstance": "It says how a model is to answer",
    "output": "It says how a model is to answer",
    "told": "It says how a model is to answer",
    "user": "It says how a model is to answer",
    "people": "It says how a model is to answer",
    "authority": "It gives orders to a model",
    "orders": "It gives orders to a model",
    "secrecy": "It tells a model to keep something from the person who asks",
    "leak": "It tells a model to give its instructions or secrets away",
    "exfiltration": "It has data sent away, through a link, an image or an address",
    "turn": "It poses as another turn of the conversation",
    "fence": "It poses as the end of what is quoted",
}
_ORDER = tuple(_SENTENCES)
_TO_ANYBODY = frozenset(("authority", "orders", "people", "secrecy", "told"))
"""What people in charge write to people, too: all of it together is no word to a model."""
_STRONG = [rule for rule in RULES if rule.points >= _ENOUGH]
_TOLD = next(rule for rule in RULES if rule.kind == "told")
_WEAK = [rule for rule in RULES if rule.points < _ENOUGH and rule is not _TOLD]


def findings(text: str, hidden: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what is suspicious about a text, in sentences; nothing where nothing is.

    The sentences may quote the text: they are shown escaped, as the text itself is.

    Args:
        text: a passage, or a whole document.
        hidden: texts of its file that a reader would not see.
    """
    found = list(invisible(text))
    for each in hidden:
        if prose(plain(each)):
            found.append(f"Its file holds text that a reader does not see: {_quoted(each)}")
    for view, where, enough in _views(text):
        for paragraph in _PARAGRAPH.split(view):
            if said := _said(paragraph, enough):
                found.append(f"{said[0]}{where}: {_quoted(said[1])}")
    return tuple(dict.fromkeys(found))


def _views(text: str) -> list[tuple[str, str, int]]:
    """Return what is read of a text: itself, its comments, and what stands behind a disguise."""
    seen = plain(text)
    views = [(seen, "", _ENOUGH)]
    for match in _COMMENT.finditer(seen):
        inside = next((group for group in match.groups() if group), "")
        views.append((inside, ", in a comment", 1 if prose(inside) else _ENOUGH))
    for name, said in disguised(text):
        certain = name.startswith(("as base64", "as hex", "as bin", "in tag", "in variation"))
        views.append((plain(said).strip(), f", {name}", 0 if certain else 1))
        if name == "with gaps between its letters" and known_squashed(said):
            views[-1] = (said, f", {name}", 0)
    return views


def _said(paragraph: str, enough: int) -> tuple[str, str] | None:
    """Return what a paragraph tells a model, and where it says so; None where it does not."""
    lowered = paragraph.lower()
    for rule in _STRONG:
        if match := rule.search(paragraph, lowered):
            return _SENTENCES[rule.kind], paragraph[match.start() :]
    weak = [rule for rule in _WEAK if rule.search(paragraph, lowered)]
    if (weak or enough < _ENOUGH) and _TOLD.pattern.search(paragraph):  # slow, so it comes last
        weak.append(_TOLD)
    if len({rule.kind for rule in weak}) >= max(enough, 1):
        for sentence in _SENTENCE.split(paragraph):
            found = {rule.kind: m.start() for rule in weak if (m := rule.pattern.search(sentence))}
            if len(found) >= max(enough, 1) and (enough < _ENOUGH or found.keys() - _TO_ANYBODY):
                kind = min(found, key=_ORDER.index)
                return _SENTENCES[kind], sentence[found[kind] :]
    return ("It holds a text in code", paragraph) if not enough and paragraph.strip() else None


def _quoted(text: str) -> str:
    """Return the beginning of a text between quotation marks, on one line."""
    line = " ".join(plain(text).split()).lstrip(".,;:!?-*#> ")
    short = line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + "\u2026"
    return f"\u201c{short}\u201d"
