"""Known shapes of rows (chat, ShareGPT, Alpaca, SQuAD), laid out as input and output columns.

In a chat, the last turn of the user is the input, the assistant's turn after it is the output,
and what came before is kept as the conversation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from ladder.files import content_hash
from ladder.project.document_names import slug
from ladder.project.table import RowProblem, Table

__all__ = ["reshaped"]

_ROLES = {
    "human": "user", "user": "user", "prompter": "user",
    "gpt": "assistant", "assistant": "assistant", "bot": "assistant", "chatgpt": "assistant",
    "system": "system", "developer": "system",
}  # fmt: skip
_KEPT = ("id", "context")


def reshaped(table: Table) -> Table:
    """Return the table with the columns `input` and `output`, if its shape is a known one."""
    table = _of_one_form(table)
    keys = set(table.columns)
    if "input" in keys and "output" in keys and "instruction" not in keys:
        return table
    if "messages" in keys:
        return _by_row(table, "chat", lambda row: _chat(row, "messages", "role", "content"))
    if "conversations" in keys:
        return _by_row(table, "ShareGPT", lambda row: _chat(row, "conversations", "from", "value"))
    if "paragraphs" in keys:
        return _squad(table)
    if {"instruction", "output"} <= keys and table.format != "CSV":
        return _alpaca(table)
    return table


def _of_one_form(table: Table) -> Table:
    """Return the table with the rows of its commonest form; report the others, if there are."""
    forms = [_form(row) for row in table.rows]
    counts = Counter(forms)
    if len(counts) < 2:
        return table
    main = counts.most_common(1)[0][0]
    first = {form: table.numbers[forms.index(form)] for form in counts}
    said = ", ".join(f"{counts[form]:,} rows {form} (first row {first[form]})" for form in counts)
    message = f"It mixes formats: {said}. Those {main} are read; bring the others in another file."
    problems = [*table.problems, RowProblem(0, "", message)]
    rows, numbers = [], []
    for form, number, row in zip(forms, table.numbers, table.rows, strict=True):
        if form == main:
            rows.append(row)
            numbers.append(number)
        else:
            message = f"A row {form}, where most are {main}. Left out."
            problems.append(RowProblem(number, "", message))
    return replace(table, rows=rows, numbers=numbers, problems=problems)


def _form(row: dict[str, Any]) -> str:
    """Return what a row is laid out by, in words."""
    if "input" in row and "output" in row:
        return "with columns"
    named = next((key for key in ("messages", "conversations", "paragraphs") if key in row), None)
    return f'with "{named}"' if named else "with columns"


def _by_row(table: Table, form: str, shape: Callable[[dict[str, Any]], dict[str, Any]]) -> Table:
    """Reshape row by row; a row that does not fit is reported and left out."""
    rows, numbers, problems = [], [], list(table.problems)
    for number, row in zip(table.numbers, table.rows, strict=True):
        try:
            rows.append(shape(row))
            numbers.append(number)
        except ValueError as error:
            problems.append(RowProblem(number, "", f"{error} Left out."))
    return replace(table, format=form, rows=rows, numbers=numbers, problems=problems)


def _chat(row: dict[str, Any], key: str, role_key: str, text_key: str) -> dict[str, Any]:
    turns = row.get(key)
    if not isinstance(turns, list) or not turns:
        shown = json.dumps(turns, ensure_ascii=False)[:40]
        raise ValueError(
            f'"{key}" holds {shown}, not a list of turns like '
            f'{{"{role_key}": "user", "{text_key}": ..}}.'
        )
    messages = []
    for place, turn in enumerate(turns, start=1):
        role = _ROLES.get(str(turn.get(role_key)).lower()) if isinstance(turn, dict) else None
        text = turn.get(text_key) if isinstance(turn, dict) else None
        if role is None:
            shown = json.dumps(turn.get(role_key) if isinstance(turn, dict) else turn)[:40]
            raise ValueError(
                f'Turn {place} of "{key}" has the unknown role {shown}; known are '
                f"{', '.join(_ROLES)}."
            )
        if not isinstance(text, str):
            shown = json.dumps(text, ensure_ascii=False)[:40]
            raise ValueError(f'Turn {place} of "{key}" has no text but {shown}.')
        messages.append({"role": role, "content": text})
    users = [place for place, message in enumerate(messages) if message["role"] == "user"]
    if not users:
        raise ValueError(f'"{key}" has no turn of the user.')
    last = users[-1]
    answers = [m["content"] for m in messages[last + 1 :] if m["role"] == "assistant"]
    kept = {name: row[name] for name in _KEPT if name in row}
    return kept | {
        "input": messages[last]["content"],
        "output": answers[-1] if answers else None,
        "messages": messages[:last],
    }


def _alpaca(table: Table) -> Table:
    """Join instruction and input; an instruction that all rows share is the task's."""
    shared = {row.get("instruction") for row in table.rows if _is_text(row.get("instruction"))}
    inputs = [_is_text(row.get("input")) for row in table.rows]
    one = len(shared) == 1 and len(inputs) > 1 and all(inputs)

    def shape(row: dict[str, Any]) -> dict[str, Any]:
        parts = [row.get("input")] if one else [row.get("instruction"), row.get("input")]
        text = "\n\n".join(str(part).strip() for part in parts if _is_text(part))
        kept = {name: row[name] for name in _KEPT if name in row}
        return kept | {"input": text, "output": row.get("output")}

    instruction = str(next(iter(shared))).strip() if one else ""
    return replace(_by_row(table, "Alpaca", shape), instruction=instruction)


def _squad(table: Table) -> Table:
    """Make a document of each paragraph, and an example with evidence of each question."""
    documents: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    problems = list(table.problems)
    for number, article, place, paragraph in _paragraphs(table):
        context = paragraph.get("context") if isinstance(paragraph, dict) else None
        questions = paragraph.get("qas") if isinstance(paragraph, dict) else None
        if not isinstance(context, str) or not context.strip() or not isinstance(questions, list):
            message = f"Paragraph {place} has no context or no questions. Left out."
            problems.append(RowProblem(number, "paragraphs", message))
            continue
        title = str(article.get("title") or "article").replace(".", " ")
        name = f"{slug(title)}-{place:03d}-{content_hash(context, 6)}.txt"
        documents[name] = context
        for question in questions:
            try:
                rows.append(_question(question, name, context))
                numbers.append(number)
            except ValueError as error:
                problems.append(RowProblem(number, "qas", f"Paragraph {place}: {error} Left out."))
    return replace(
        table, format="SQuAD", rows=rows, numbers=numbers, problems=problems, documents=documents
    )


def _paragraphs(table: Table) -> Iterator[tuple[int, dict[str, Any], int, Any]]:
    for number, article in zip(table.numbers, table.rows, strict=True):
        paragraphs = article.get("paragraphs")
        for place, paragraph in enumerate(paragraphs if isinstance(paragraphs, list) else [], 1):
            yield number, article, place, paragraph


def _question(question: Any, name: str, context: str) -> dict[str, Any]:
    if not isinstance(question, dict) or not _is_text(question.get("question")):
        raise ValueError("a question has no text.")
    row: dict[str, Any] = {"id": question.get("id"), "input": question["question"]}
    if question.get("is_impossible") is True:
        return row | {"output": "", "answerable": False}
    answers = question.get("answers")
    if not isinstance(answers, list) or not answers:
        return row | {"output": None}
    spans = [span for answer in answers if (span := _span(answer, context))]
    if not spans:
        shown = str(question["question"])[:60]
        raise ValueError(f'the answer to "{shown}" does not stand in its paragraph.')
    start, end = spans[0]
    evidence = list(dict.fromkeys(spans))
    return row | {
        "output": context[start:end],
        "evidence": [{"doc": name, "start": start, "end": end} for start, end in evidence],
    }


def _span(answer: Any, context: str) -> tuple[int, int] | None:
    """Return where an answer stands: where the file says, or the occurrence nearest to it."""
    text = answer.get("text") if isinstance(answer, dict) else None
    start = answer.get("answer_start") if isinstance(answer, dict) else None
    if not isinstance(text, str) or not text.strip() or not isinstance(start, int):
        return None
    if start >= 0 and context.startswith(text, start):
        return start, start + len(text)
    found = min(_occurrences(context, text), key=lambda place: abs(place - start), default=None)
    return None if found is None else (found, found + len(text))


def _occurrences(context: str, text: str) -> Iterable[int]:
    place = context.find(text)
    while place >= 0:
        yield place
        place = context.find(text, place + 1)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
