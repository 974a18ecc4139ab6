"""Notice instructions to a model that hide in a team's own documents.

A document that anybody wrote is quoted to a model, which may take what stands in it for an
order. What is found here is shown beside the passage; the passage stays as it is and can be
found, because a document about such attacks must be findable too. What keeps an instruction from
being followed is the fence of `ladder.prompt`, not this.

Every sentence is looked at by its wording (`rag.lint.wording`); the few that could be an
instruction are read closely (`rag.lint.reading`). Before that, disguises are taken off
(`rag.lint.disguise`). What is found and what is missed is measured in docs/injection.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.lint.disguise import disguised, invisible, known_squashed, plain, prose
from rag.lint.marks import forged
from rag.lint.reading import judged, readable
from rag.lint.sentences import sentences
from rag.lint.wording import wording

__all__ = ["findings", "findings_of"]

ENOUGH = -0.9
"""Log-odds from which on a sentence is a finding; chosen where an author was left out, and raised
by a tenth so that no order to staff of the example is one."""
ALONE = -0.5
"""The same of its wording, where nothing can be read closely."""
EASIER = 1.0
"""How much less is enough behind a disguise, since few have a reason to put one on."""
WORTH_READING = -2.5
"""Log-odds of its wording below which a sentence is not read closely."""
SHARE = 0.5
"""How much the wording counts beside the close reading."""
_QUOTED = 80
"""Characters of a document that a finding quotes at most."""
_CERTAIN = ("as base64", "as hex", "as bin", "in tag", "in variation")
"""Disguises that no text puts on by itself: any words behind them are a finding."""


@dataclass(frozen=True)
class _Suspect:
    """A sentence that could be an instruction to a model."""

    text: int
    """Which of the texts it stands in."""
    sentence: str
    where: str
    """The disguise that it stood behind, to be said; or empty."""
    wording: float

    def convicts(self, log_odds: float, enough: float) -> bool:
        """Return whether so much is enough to call it one."""
        return log_odds > (enough - EASIER if self.where else enough)


def findings(text: str, hidden: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what is suspicious about a text, in sentences; nothing where nothing is.

    The sentences may quote the text: they are shown escaped, as the text itself is.

    Args:
        text: a passage, or a whole document.
        hidden: texts of its file that a reader would not see.
    """
    found = list(findings_of([text])[0])
    for each in hidden:
        if prose(plain(each)):
            found.append(f"Its file holds text that a reader does not see: {_quoted(each)}")
    return tuple(dict.fromkeys(found))


def findings_of(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what is suspicious about each of some texts; quicker than one by one."""
    found = [[*invisible(text), *forged(text)] for text in texts]
    suspects: list[_Suspect] = []
    for number, text in enumerate(texts):
        suspects += _suspects(number, plain(text), "")
        for name, said in disguised(text):
            view, where = plain(said).strip(), f", {name}"
            if name.startswith(_CERTAIN) and view:
                found[number].append(f"It holds a text in code{where}: {_quoted(view)}")
            elif name == "with gaps between its letters" and known_squashed(said):
                found[number].append(_said(said, where))
            else:
                suspects += _suspects(number, view, where)
    for suspect in _convicted(suspects):
        found[suspect.text].append(_said(suspect.sentence, suspect.where))
    return [tuple(dict.fromkeys(each)) for each in found]


def _suspects(number: int, view: str, where: str) -> Iterator[_Suspect]:
    """Yield the sentences of a text that are worth reading closely."""
    for _, sentence in sentences(view):
        if (value := wording(sentence)) > WORTH_READING or where:
            yield _Suspect(number, sentence, where, value)


def _convicted(suspects: Sequence[_Suspect]) -> list[_Suspect]:
    """Return the suspects that are instructions to a model."""
    if not suspects:
        return []
    if not readable():
        return [each for each in suspects if each.convicts(each.wording, ALONE)]
    read = judged([each.sentence for each in suspects])
    return [
        each
        for each, value in zip(suspects, read, strict=True)
        if each.convicts(value + SHARE * each.wording, ENOUGH)
    ]


def _said(sentence: str, where: str) -> str:
    return f"It reads like an instruction to a model{where}: {_quoted(sentence)}"


def _quoted(text: str) -> str:
    """Return the beginning of a text between quotation marks, on one line."""
    line = " ".join(plain(text).split()).lstrip(".,;:!?-*#> ")
    short = line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + "\u2026"
    return f"\u201c{short}\u201d"
