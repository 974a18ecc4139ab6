"""Conversations, kept in the project (`PROJECT/chats/TASK/ID.jsonl`): a reload finds its own.

Each visit has a conversation of its own, so that several people at once share none; its name
stands in the address. One line a turn, appended when its answer ends, so that two tabs lose
nothing of each other. What cannot be read as a turn is passed over. Long passages are kept as
far as they are shown.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import Citation
from ladder.files import (
    append_json,
    content_hash,
    read_json_lines,
    storage_errors,
    write_json_lines,
)
from rag.citations import Support
from rag.retrieval import Passage
from rag.turn import Turn

if TYPE_CHECKING:
    from ladder.project import TaskFolder

__all__ = [
    "MOST",
    "Kept",
    "forget",
    "is_conversation",
    "keep",
    "kept_conversations",
    "kept_turns",
    "new_conversation",
]

MOST = 50
"""Turns that are kept of a conversation; older ones go."""
_LISTED = 20
"""Conversations that are listed; older ones are found by their address."""
_ID = re.compile(r"[0-9a-f]{12}")
_FORMER = "0" * 12
"""The name of the conversation that a project had while all visits shared one."""
_LONG = 4000
"""Characters from which on a passage is kept in parts."""
_AROUND = 1500
"""Characters kept on each side of a quote; the page shows fewer."""


@dataclass(frozen=True)
class Kept:
    """A conversation that can be opened again."""

    id: str
    title: str
    """Its first question."""
    turns: int


def new_conversation() -> str:
    """Return the name of a conversation that nobody has yet."""
    return secrets.token_hex(6)


def is_conversation(name: str) -> bool:
    """Return whether a name out of an address can be that of a conversation."""
    return _ID.fullmatch(name) is not None


def kept_conversations(folder: TaskFolder) -> list[Kept]:
    """Return the newest conversations of a task, the newest first."""
    found = []
    for path in _newest(folder):
        turns = kept_turns(folder, path.stem)
        if turns:
            found.append(Kept(path.stem, turns[0].question, len(turns)))
    return found


def kept_turns(folder: TaskFolder, conversation: str) -> list[Turn]:
    """Return the turns of a conversation, as far as they can be read."""
    try:
        lines = read_json_lines(_file(folder, conversation))
    except OSError:
        return []
    turns = (_turn(line) for line in lines[-MOST:])
    return [turn for turn in turns if turn is not None]


def keep(folder: TaskFolder, conversation: str, turn: Turn) -> None:
    """Append a turn to a conversation.

    Raises:
        StorageError: the project cannot be written.
    """
    path = _file(folder, conversation)
    data = {field.name: getattr(turn, field.name) for field in fields(Turn) if field.name != "stop"}
    data["passages"] = [asdict(part) for passage in turn.passages for part in _parts(passage, turn)]
    data["supports"] = [asdict(support) for support in turn.supports]
    append_json(path, data)
    lines = read_json_lines(path)
    if len(lines) > 2 * MOST:
        write_json_lines(path, lines[-MOST:])


def forget(folder: TaskFolder, conversation: str) -> None:
    """Delete a conversation.

    Raises:
        StorageError: the project cannot be written.
    """
    path = _file(folder, conversation)
    with storage_errors(path):
        path.unlink(missing_ok=True)


def _file(folder: TaskFolder, conversation: str) -> Path:
    if not is_conversation(conversation):
        raise ValueError(f"{conversation!r} names no conversation")
    return folder.project.path / "chats" / folder.task.name / f"{conversation}.jsonl"


def _newest(folder: TaskFolder) -> list[Path]:
    """Return the files of the newest conversations; the one that all shared gets a name first."""
    chats = folder.project.path / "chats"
    shared = chats / f"{folder.task.name}.jsonl"
    with suppress(OSError):  # a project that cannot be written keeps it where it is
        if shared.is_file():
            (chats / folder.task.name).mkdir(exist_ok=True)
            shared.rename(_file(folder, _FORMER))
    dated = sorted(_dated(chats / folder.task.name), reverse=True)
    return [path for _, path in dated[:_LISTED]]


def _dated(place: Path) -> Iterator[tuple[int, Path]]:
    """Yield the files of conversations with when they were written last."""
    for path in place.glob("*.jsonl"):
        with suppress(OSError):
            if is_conversation(path.stem):
                yield path.stat().st_mtime_ns, path


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
            completion_tokens=_whole(data.get("completion_tokens", 0)),
            seconds=_number(data["seconds"]) or 0.0,
            method=_is(data["method"], str),
            model=_is(data["model"], str),
            threshold=_number(data["threshold"]) or 0.0,
            confidence=_number(data.get("confidence")),
            why=_is(data.get("why", ""), str),
            sure=_is(data.get("sure", ""), str),
            state="done" if data["state"] == "done" else "stopped",
            searched=_is(data.get("searched", ""), str),
            collections=_texts(data.get("collections", [])),
            retriever=_is(data.get("retriever", ""), str),
        )
        turn.id = _is(data.get("id", content_hash([turn.question, turn.text])), str)
        turn.created = _is(data.get("created", ""), str)
    except (KeyError, TypeError):
        return None
    turn.stop.set()
    return turn


def _passage(data: Any) -> Passage:
    section = data.get("section")
    scores = _is(data.get("scores", {}), dict)
    return Passage(
        *(_is(data["doc"], str), _whole(data["start"]), _whole(data["end"])),
        *(_is(data["text"], str), _is(data["heading"], str), _is(data["columns"], str)),
        chunk_id=_is(data.get("chunk_id", ""), str),
        section=None if section is None else (_whole(section[0]), _whole(section[1])),
        place=_is(data.get("place", ""), str),
        collection=_is(data.get("collection", ""), str),
        flags=_texts(data.get("flags", [])),
        similarity=_number(data["similarity"]),
        score=_number(data.get("score")),
        scores={str(name): float(_number(value) or 0.0) for name, value in scores.items()},
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


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_is(each, str) for each in _is(value, list))


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
