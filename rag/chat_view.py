"""What the Chat page shows, as plain data and escaped text: no Streamlit, nothing heavy.

What a document or a model says is never given to the browser as Markdown or HTML: it is
escaped, so that no link, picture or script in it comes to life.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from ladder.costs.prices import cost_per_1k, token_price
from ladder.errors import InputError
from ladder.project import Project, Task, TaskFolder
from ladder.speeds import speeds
from rag.conversation import EARLIER_TURNS
from rag.source_view import sources
from rag.turn import Turn

if TYPE_CHECKING:
    from rag.retrieval import Passage

__all__ = [
    "BEGIN",
    "BEGIN_WITHOUT",
    "KEPT",
    "NOT_AN_ANSWER",
    "answer_cost",
    "answer_html",
    "beside",
    "cost_help",
    "cost_words",
    "escaped",
    "examples",
    "flag_words",
    "index_seconds",
    "label",
    "plain_html",
    "spoken",
    "time_words",
    "unanswered",
]

KEPT = (
    "The conversation is kept in the project, and its address finds it again; the last "
    f"{EARLIER_TURNS} answered questions are sent along with a new one."
)

BEGIN = (
    "Ask the documents; each sentence of the answer is marked with the place in them that says "
    "the same, or that there is none."
)
BEGIN_WITHOUT = "Ask the model; it answers without the documents, so nothing is cited."
NOT_AN_ANSWER = "A citation shows where something stands, not that it answers the question."

_BYTES = 4  # of text a token, our assumption for English
_PACKED_BYTES = 40  # of PDF and DOCX a token, our assumption: they hold more than text
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


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


def unanswered(turn: Turn) -> str:
    """Return why a turn has no answer, in a plain sentence; empty where it has one."""
    if turn.error or not turn.abstained:
        return ""
    return turn.why or "The model gave no answer to this; what it was shown stands under Sources."


def flag_words(passage: Passage | None) -> str:
    """Return what is suspicious about a passage, a line each; empty where nothing is."""
    return "\n".join(passage.flags) if passage is not None else ""


def answer_cost(turn: Turn, task: Task) -> float | None:
    """Return the $ that an answer cost by the task's price; None where none is set or known."""
    try:
        priced = cost_per_1k(
            task.price, turn.seconds, turn.prompt_tokens, 0, turn.completion_tokens
        )
    except InputError:  # the model that is named has left the price list
        return None
    return None if priced is None else priced / 1000


def cost_words(turn: Turn, task: Task) -> str:
    """Return what an answer cost, or that no price is set."""
    cost = answer_cost(turn, task)
    if cost is None:
        return "no price set"
    return f"${cost:.2f}" if cost >= 1 else f"${Decimal(f'{cost:.2g}'):f}"


def cost_help(turn: Turn, task: Task) -> str:
    """Return how the cost of an answer is reckoned: formula, inputs, source."""
    basis = task.price
    if answer_cost(turn, task) is None:
        return "Set a price in the task card on Start: of the hardware per hour, or of tokens."
    if basis.token_model:
        price = token_price(basis.token_model, turn.prompt_tokens)
        return (
            f"{turn.prompt_tokens:,} tokens read x \\${price.input:g} + "
            f"{turn.completion_tokens:,} written x \\${price.output:g}, per million; none "
            f"counted as cached. {label(basis.token_model)}: {price.price_words()}"
        )
    return (
        f"{turn.seconds:.2f} s / 3600 x \\${basis.hourly:g} per hour / {basis.utilisation:g} "
        f"utilisation. {label(basis.hourly_source)}"
    )


def time_words(turn: Turn) -> str:
    """Return how long an answer took, and who gave it."""
    parts = [f"{turn.seconds:.1f} s"]
    if turn.prompt_tokens:
        parts.append(f"{turn.prompt_tokens:,} tokens read")
    if turn.completion_tokens:
        parts.append(f"{turn.completion_tokens:,} written")
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
    if len(text) > most:
        whole = text[:most].rpartition(" ")[0]  # no word is cut, unless it is a very long one
        text = (whole if len(whole) > most // 2 else text[: most - 1]).rstrip() + "\u2026"
    return escaped(text)


def escaped(text: str) -> str:
    """Return text as Streamlit's Markdown that shows exactly it."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~$:&@=-])", r"\\\1", text)


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


def _from_headings(project: Project) -> Iterator[str]:
    """Yield a question on a heading of each Markdown document, then on a second of each, .."""
    told = []
    for path in project.documents():
        if path.suffix == ".md":
            text = path.read_bytes().decode("utf-8", errors="ignore")
            titles = re.findall(r"^##? +(.+?)\s*#*$", text, re.MULTILINE)
            told.append([bare for title in titles[1:] if (bare := _bare(title))])
    for turn in zip_longest(*told):
        yield from (f"What do the documents say about {each}?" for each in turn if each)


def _bare(title: str) -> str:
    return re.sub(r"[*_`<>\[\]]", "", _LINK.sub(r"\1", title)).strip().lower()
