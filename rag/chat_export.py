"""A conversation as a file to keep: Markdown to read, JSON to work with.

What a document or a model says stands in the Markdown escaped, so that a viewer shows no link,
picture or script of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rag.chat_view import answer_cost, cost_words, time_words, unanswered
from rag.source_view import sources

if TYPE_CHECKING:
    from ladder.project import TaskFolder
    from rag.turn import Turn

__all__ = ["as_json", "as_markdown", "escaped"]

_SIGNS = re.compile(
    r"([\\`*_\[\]<>|~$&@]"  # emphasis, code, links, pictures, HTML, tables, entities
    r"|:(?=//)|(?<=www)\."  # bare addresses, which many viewers make links
    r"|^[#+=-]|(?:(?<=^\d)|(?<=^\d\d))[.)](?=\s))",  # headings and lists, at a line's beginning
    re.IGNORECASE | re.MULTILINE,
)
"""What means something in Markdown, where it does."""


def as_markdown(
    turns: Sequence[Turn], folder: TaskFolder, thumbs: Mapping[str, bool] | None = None
) -> str:
    """Return a conversation to read, each answer with its sources below it."""
    parts = [f"# Conversation in {escaped(folder.project.name)}, task {escaped(folder.task.name)}"]
    for turn in turns:
        parts.append(f"## {escaped(' '.join(turn.question.split()))}")
        if said := turn.error or unanswered(turn) or _marked(turn):
            parts.append(_lines(said))
        for source in sources(turn):
            where = source.passage.place if source.passage else ""
            name = f"{source.citation.doc}, {where}" if where else source.citation.doc
            parts.append(
                f"**\\[{source.number}\\]** {escaped(name)}, characters {source.citation.start} "
                f"to {source.citation.end}:\n\n{_quoted(source.citation.quote)}"
            )
        words = [escaped(f"{time_words(turn)}, {cost_words(turn, folder.task)}")]
        up = (thumbs or {}).get(turn.id)
        words += [] if up is None else ["thumb up" if up else "thumb down"]
        parts.append(f"*{', '.join(words)}*")
    return "\n\n".join(parts) + "\n"


def as_json(
    turns: Sequence[Turn], folder: TaskFolder, thumbs: Mapping[str, bool] | None = None
) -> str:
    """Return a conversation as JSON: a list of turns with everything that was kept of them."""
    data = {
        "project": folder.project.name,
        "task": folder.task.name,
        "turns": [_turn(turn, folder, (thumbs or {}).get(turn.id)) for turn in turns],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def escaped(text: str) -> str:
    """Return text as Markdown that shows exactly it."""
    return _SIGNS.sub(r"\\\1", text)


def _turn(turn: Turn, folder: TaskFolder, up: bool | None) -> dict[str, Any]:
    return {
        "id": turn.id,
        "created": turn.created,
        "question": turn.question,
        "answer": turn.text,
        "abstained": turn.abstained,
        "why": unanswered(turn),
        "error": turn.error,
        "up": up,
        "citations": [
            {
                "number": source.number,
                "doc": source.citation.doc,
                "start": source.citation.start,
                "end": source.citation.end,
                "quote": source.citation.quote,
                "place": source.passage.place if source.passage else "",
            }
            for source in sources(turn)
        ],
        "unsupported": [
            turn.text[each.start : each.end] for each in turn.supports if each.citation is None
        ],
        "passages": [
            {
                "doc": each.doc,
                "start": each.start,
                "end": each.end,
                "place": each.place,
                "collection": each.collection,
                "flags": list(each.flags),
                "similarity": each.similarity,
                "score": each.score,
                "scores": dict(each.scores),
            }
            for each in turn.passages
        ],
        "collections": list(turn.collections),
        "method": turn.method,
        "model": turn.model,
        "seconds": round(turn.seconds, 3),
        "prompt_tokens": turn.prompt_tokens,
        "completion_tokens": turn.completion_tokens,
        "cost": answer_cost(turn, folder.task),
    }


def _marked(turn: Turn) -> str:
    """Return an answer with the number of its source after each sentence, or that it has none."""
    numbers = {source.citation: source.number for source in sources(turn)}
    parts, place = [], 0
    for support in turn.supports:
        mark = f"[{numbers[support.citation]}]" if support.citation else "(no source found)"
        parts += [turn.text[place : support.end], f" {mark}"]
        place = support.end
    return "".join([*parts, turn.text[place:]])


def _lines(text: str) -> str:
    """Return text with its lines kept; blanks at a line's beginning would make it code."""
    return "\n\n".join(escaped(line.strip()) for line in text.splitlines() if line.strip())


def _quoted(text: str) -> str:
    return "\n".join(f"> {escaped(line.strip())}" for line in text.splitlines() if line.strip())
