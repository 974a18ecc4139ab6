"""The conversation of a task, kept in the project (`PROJECT/chats/TASK.jsonl`): a reload finds it.

One line a turn, appended when its answer ends, so that two tabs lose nothing of each other. What
cannot be read as a turn is passed over. Long passages are kept as far as they are shown.
"""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import Citation
from ladder.files import append_json, read_json_lines, storage_errors, write_json_lines
from rag.citations import Support
from rag.conversation import Turn
from rag.retrieval import Passage

if TYPE_CHECKING:
    from ladder.project import TaskFolder

__all__ = ["MOST", "forget", "keep", "kept_turns"]

MOST = 50
"""Turns that are kept; older ones go."""
_LONG = 4000
"""Characters from which on a passage is kept in parts."""
_AROUND = 1500
"""Characters kept on each side of a quote; the page shows fewer."""


def kept_turns(folder: TaskFolder) -> list[Turn]:
    """Return the turns of a task's conversation, as far as they can be read."""
    try:
        lines = read_json_lines(_file(folder))
    except OSError:
        return []
    turns = (_turn(line) for line in lines[-MOST:])
    return [turn for turn in turns if turn is not None]


def keep(folder: TaskFolder, turn: Turn) -> None:
    """Append a turn to a task's conversation.

    Raises:
        StorageError: the project cannot be written.
    """
    path = _file(folder)
    data = {field.name: getattr(turn, field.name) for field in fields(Turn) if field.name != "stop"}
    data["passages"] = [asdict(part) for passage in turn.passages for part in _parts(passage, turn)]
    data["supports"] = [asdict(support) for support in turn.supports]
    append_json(path, data)
    lines = read_json_lines(path)
    if len(lines) > 2 * MOST:
        write_json_lines(path, lines[-MOST:])


def forget(folder: TaskFolder) -> None:
    """Delete a task's conversation.

    Raises:
        StorageError: the project cannot be written.
    """
    path = _file(folder)
    with storage_errors(path):
        path.unlink(missing_ok=True)


def _file(folder: TaskFolder) -> Path:
    return folder.project.path / "chats" / f"{folder.task.name}.jsonl"


def _parts(passage: Passage, turn: Turn) -> list[Passage]:
    """Return a passage, or of a long one what stands around its quotes, else its beginning."""
    if len(passage.text) <= _LONG:
        return [passage]
    quotes = dict.fromkeys(
        (s.citation.start - passage.start, s.citation.end - passage.start)
        for s in turn.supports
        if s.citation is not None
        and s.citation.doc == passage.doc
        and passage.start <= s.citation.start
        and s.citation.end <= passage.end
    )
    spans = [(max(0, start - _AROUND), end + _AROUND) for start, end in quotes] or [(0, _AROUND)]
    return [
        replace(
            passage,
            start=passage.start + first,
            end=passage.start + min(last, len(passage.text)),
            text=passage.text[first:last],
        )
        for first, last in spans
    ]


def _turn(data: Any) -> Turn | None:
    """Return the turn of a line; None where the line is none."""
    try:
        turn = Turn(
            question=_is(data["question"], str),
            text=_is(data["text"], str),
            passages=[_passage(each) for each in _is(data["passages"], list)],
            closest=_number(data["closest"]),
            supports=[_support(each) for each in _is(data["supports"], list)],
            abstained=_is(data["abstained"], bool),
            error=_is(data["error"], str),
            prompt_tokens=_whole(data["prompt_tokens"]),
            seconds=_number(data["seconds"]) or 0.0,
            method=_is(data["method"], str),
            model=_is(data["model"], str),
            threshold=_number(data["threshold"]) or 0.0,
            confidence=_number(data.get("confidence")),
            why=_is(data.get("why", ""), str),
            sure=_is(data.get("sure", ""), str),
            state="done" if data["state"] == "done" else "stopped",
        )
    except (KeyError, TypeError):
        return None
    turn.stop.set()
    return turn


def _passage(data: Any) -> Passage:
    return Passage(
        *(_is(data["doc"], str), _whole(data["start"]), _whole(data["end"])),
        *(_is(data["text"], str), _is(data["heading"], str), _is(data["columns"], str)),
        similarity=_number(data["similarity"]),
    )


def _support(data: Any) -> Support:
    cited = data["citation"]
    citation = None
    if cited is not None:
        citation = Citation(
            *(_is(cited["doc"], str), _whole(cited["start"]), _whole(cited["end"])),
            _is(cited["quote"], str),
        )
    return Support(
        _whole(data["start"]), _whole(data["end"]), citation, _number(data["value"]) or 0.0
    )


def _is(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
