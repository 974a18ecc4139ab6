"""What the Chat page shows, as plain data and escaped text: no Streamlit, nothing heavy.

What a document or a model says is never given to the browser as Markdown or HTML: it is
escaped, so that no link, picture or script in it comes to life.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ladder.answering import Citation
from ladder.project import Project, TaskFolder
from ladder.speeds import speeds
from rag.conversation import EARLIER_TURNS, Turn, nothing_close

if TYPE_CHECKING:
    from rag.retrieval import Passage

__all__ = [
    "BEGIN",
    "BEGIN_WITHOUT",
    "KEPT",
    "NOT_AN_ANSWER",
    "Source",
    "answer_html",
    "beside",
    "examples",
    "index_seconds",
    "label",
    "nearest_rows",
    "plain_html",
    "quote_html",
    "sources",
    "spoken",
    "time_words",
    "unanswered",
]

KEPT = (
    "The conversation is kept in the project until you begin a new one; "
    f"the last {EARLIER_TURNS} answered questions are sent along with a new one."
)

BEGIN = (
    "Ask the documents; each sentence of the answer is marked with the place in them that says "
    "the same, or that there is none."
)
BEGIN_WITHOUT = "Ask the model; it answers without the documents, so nothing is cited."
NOT_AN_ANSWER = "A citation shows where something stands, not that it answers the question."

_BYTES = 4  # of text a token, our assumption for English
_PACKED_BYTES = 40  # of PDF and DOCX a token, our assumption: they hold more than text
_AROUND = 600
"""Characters shown before and after a quote."""
_MANY_CHARACTERS = 60
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Source:
    """A citation with the passage around it."""

    number: int
    citation: Citation
    passage: Passage | None


def sources(turn: Turn) -> list[Source]:
    """Return what an answer cites, numbered as its sentences come."""
    cited = dict.fromkeys(s.citation for s in turn.supports if s.citation is not None)
    return [
        Source(number, citation, next((p for p in turn.passages if _holds(p, citation)), None))
        for number, citation in enumerate(cited, 1)
    ]


def plain_html(text: str) -> str:
    """Return text as HTML that shows exactly it."""
    return f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{html.escape(text)}</div>'


def answer_html(turn: Turn) -> str:
    """Return an answer with the number of its source after each sentence, or that it has none."""
    if not turn.supports:
        return plain_html(turn.text)
    numbers = {source.citation: source.number for source in sources(turn)}
    parts, place = [], 0
    for support in turn.supports:
        parts.append(html.escape(turn.text[place : support.end]))
        mark = f"[{numbers[support.citation]}]" if support.citation else "(no source found)"
        parts.append(f" <strong>{mark}</strong>")
        place = support.end
    parts.append(html.escape(turn.text[place:]))
    return f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{"".join(parts)}</div>'


def quote_html(passage: Passage | None, citation: Citation) -> str:
    """Return the passage with the quoted sentence marked; of a whole document, what is near."""
    text, start, end = citation.quote, 0, len(citation.quote)
    if passage is not None:
        start, end = citation.start - passage.start, citation.end - passage.start
        first = max(0, start - _AROUND)
        last = min(len(passage.text), end + _AROUND)
        text, start, end = passage.text[first:last], start - first, end - first
    before, quote, after = (html.escape(t) for t in (text[:start], text[start:end], text[end:]))
    return (
        '<blockquote style="white-space: pre-wrap; overflow-wrap: anywhere; margin: 0">'
        f"{before}<mark>{quote}</mark>{after}</blockquote>"
    )


def nearest_rows(passages: Sequence[Passage]) -> list[dict[str, object]]:
    """Return passages as rows of a table: where they stand and how like the question they are."""
    return [
        {
            "Similarity": None if p.similarity is None else round(p.similarity, 2),
            "Document": p.doc,
            "Under": p.heading,
            "Begins": " ".join(p.text.split())[:_MANY_CHARACTERS],
        }
        for p in passages
    ]


def unanswered(turn: Turn) -> str:
    """Return why a turn has no answer, in a plain sentence; empty where it has one."""
    if turn.error or not turn.abstained:
        return ""
    if turn.why:
        return turn.why
    if turn.closest is not None and turn.closest < turn.threshold:
        return nothing_close(turn.closest, turn.threshold)
    return "The model gave no answer to this; what it was shown stands under Sources."


def time_words(turn: Turn) -> str:
    """Return how long an answer took, and who gave it."""
    parts = [f"{turn.seconds:.1f} s"]
    if turn.prompt_tokens:
        parts.append(f"{turn.prompt_tokens:,} tokens read")
    parts += [part for part in (turn.model, turn.method) if part]
    if turn.state == "stopped":
        parts.append("stopped")
    return ", ".join(parts)


def examples(folder: TaskFolder, most: int = 3) -> list[str]:
    """Return questions to begin with: the task's own, else made from headings."""
    own = [
        example.input.strip()
        for example in folder.examples()
        if example.answerable and not example.messages and "\n" not in example.input.strip()
    ]
    return own[:most] or list(islice(_from_headings(folder.project), most))


def label(text: str, most: int = 100) -> str:
    """Return text for a button's label, which is Markdown: escaped, and not too long."""
    short = text if len(text) <= most else text[: most - 1].rstrip() + "\u2026"
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~$:-])", r"\\\1", short)


def index_seconds(project: Project) -> float:
    """Return about how many seconds it takes to index all documents."""
    tokens = 0.0
    for path in project.documents():
        packed = path.suffix in (".pdf", ".docx")
        tokens += path.stat().st_size / (_PACKED_BYTES if packed else _BYTES)
    here = speeds()
    return here.starting + tokens * here.passage_token


def beside(name: str, kept: str) -> str:
    """Return what became of a document whose name another one has."""
    return (
        f"Another document has the name of {name}, so it stands beside that one as {kept}. If it "
        "replaces the older one, take that out below."
    )


def spoken(seconds: float) -> str:
    """Return a length of time for a button: "about 20 s", "about 3 min"."""
    from ladder.jobs.job_view import duration

    return f"about {duration(seconds)}"


def _from_headings(project: Project) -> list[str]:
    found = []
    for path in project.documents():
        if path.suffix == ".md":
            text = path.read_bytes().decode("utf-8", errors="ignore")
            titles = re.findall(r"^##? +(.+?)\s*#*$", text, re.MULTILINE)
            found += [f"What do the documents say about {_bare(t)}?" for t in titles[1:2]]
    return found


def _bare(title: str) -> str:
    return re.sub(r"[*_`<>\[\]]", "", _LINK.sub(r"\1", title)).strip().lower()


def _holds(passage: Passage, citation: Citation) -> bool:
    inside = passage.start <= citation.start and citation.end <= passage.end
    return passage.doc == citation.doc and inside
