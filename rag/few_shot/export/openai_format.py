"""The prompt as the body of a request to an OpenAI-compatible chat API."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ladder.answering import Message, Query, Setup
from ladder.errors import InputError
from ladder.models.references import parse_reference
from ladder.prompt import render, stop_texts
from rag.few_shot.export.content import Content, content_of, fixed, to_json
from rag.few_shot.export.readme import about_openai

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["openai_files"]


def openai_files(
    folder: TaskFolder, setup: Setup, input: str | Sequence[str] | None
) -> dict[str, bytes]:
    """Return the request, for any text where the examples are fixed, else for the given ones.

    Raises:
        InputError: the examples are chosen by the text, and none is given; or one is blank.
    """
    content = content_of(folder, setup)
    several = [] if input is None or isinstance(input, str) else list(input)
    texts = [input] if isinstance(input, str) else several
    if any(not text.strip() for text in texts):
        raise InputError("There is nothing to ask: give a text that is not blank.")
    if not texts and not fixed(setup):
        raise InputError(
            f"The examples of this prompt are chosen for each text ({setup.examples.selection}), "
            "so there is no one list of messages: give a text with --input TEXT, a file of them "
            "with --inputs FILE, or export the format python or langchain, which choose."
        )
    if several:
        bodies = _bodies(content, several)
        lines = (_line(number, body) for number, body in enumerate(bodies, 1))
        files = {"requests.jsonl": "".join(lines).encode()}
    else:
        mark = "" if texts else _mark(content)
        files = {"request.json": to_json(_bodies(content, texts or [mark])[0])}
        return files | {"README.md": about_openai(content, mark).encode()}
    return files | {"README.md": about_openai(content, several=True).encode()}


def _bodies(content: Content, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return what is sent for each text."""
    from rag.few_shot import ExampleSelector

    setup, folder = content.setup, content.folder
    queries = [Query.of("", text) for text in texts]
    shots: list[list[Any]] = [[] for _ in queries]
    if content.examples:
        selector = ExampleSelector(content.pool, setup.examples, setup.embedder)
        shots = [[shot.example for shot in selector.select(query)] for query in queries]
    model = parse_reference(setup.model) if setup.model else None
    stop = list(stop_texts(setup, folder.task))
    return [
        ({"model": model.name} if model and model.kind == "server" else {})
        | {
            "messages": _sent(
                render(setup, query, shown, task=folder.task, labels=folder.labels())
            ),
            "max_tokens": setup.decoding.max_new_tokens,
            "temperature": 0,
        }
        | ({"stop": stop} if stop else {})
        for query, shown in zip(queries, shots, strict=True)
    ]


def _mark(content: Content) -> str:
    """Return what stands in the place of the text: a word that the prompt does not have."""
    said = json.dumps([content.pieces.to_json(), content.pieces.shown], ensure_ascii=False)
    marks = ("{input}", *(f"{{input_{number}}}" for number in range(2, 1000)))
    return next(mark for mark in marks if mark not in said)


def _sent(messages: Sequence[Message]) -> list[Message]:
    """Return messages as a server takes them: a plain prompt is one message of the user."""
    return [{**each, "role": each["role"].replace("plain", "user")} for each in messages]


def _line(number: int, body: dict[str, Any]) -> str:
    """Return a request as a line of a batch."""
    request = {
        "custom_id": str(number),
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": body,
    }
    return f"{json.dumps(request, ensure_ascii=False)}\n"
