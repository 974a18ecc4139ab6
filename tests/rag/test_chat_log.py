from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Citation
from ladder.files import append_json
from ladder.project import TaskFolder
from rag.chat_log import MOST, forget, keep, kept_turns
from rag.citations import Support
from rag.retrieval import Passage
from rag.source_view import quote_html, sources
from rag.turn import Turn

HERE = "0123456789ab"
TEXT = "Standard delivery takes 5 to 7 days."
TURN = Turn(
    "How long?", TEXT, [Passage("d.md", 10, 10 + len(TEXT), TEXT, "Times", similarity=0.7)], 0.7,
    [Support(0, len(TEXT), Citation("d.md", 10, 10 + len(TEXT), TEXT), 0.9)],
    seconds=1.5, prompt_tokens=30, method="rag", model="m", threshold=0.3, state="done",
)  # fmt: skip


def log(folder: TaskFolder) -> Path:
    return folder.project.path / "chats" / "answer" / f"{HERE}.jsonl"


def shown(turn: Turn) -> dict[str, Any]:
    return {f.name: getattr(turn, f.name) for f in fields(Turn) if f.name != "stop"}


def test_turns_come_back_as_they_were_and_a_new_conversation_clears_them(
    answer: TaskFolder,
) -> None:
    assert kept_turns(answer, HERE) == []
    keep(answer, HERE, TURN)
    keep(answer, HERE, Turn("Stopped?", text="Half an", state="answering"))
    first, second = kept_turns(answer, HERE)
    assert shown(first) == shown(TURN)
    assert (second.text, second.state) == ("Half an", "stopped")
    forget(answer, HERE)
    forget(answer, HERE)
    assert kept_turns(answer, HERE) == []


LINE = json.dumps(shown(Turn("q")) | {"passages": [], "supports": []})


@pytest.mark.parametrize(
    "damaged",
    [
        "", "[]", "{", "null", '"x"', "\x00\xff", '{"question": "q"}',
        LINE.replace('"text": ""', '"text": 5'),
        LINE.replace('"passages": []', '"passages": [{"doc": "d"}]'),
        LINE.replace('"supports": []', '"supports": [{"start": 0, "end": 1, "citation": 3}]'),
        LINE.replace('"prompt_tokens": 0', '"prompt_tokens": "many"'),
    ],
)  # fmt: skip
def test_a_damaged_line_costs_that_turn_alone(answer: TaskFolder, damaged: str) -> None:
    keep(answer, HERE, TURN)
    with log(answer).open("ab") as file:
        file.write(damaged.encode("latin-1"))
    keep(answer, HERE, TURN)
    assert [turn.question for turn in kept_turns(answer, HERE)] == ["How long?", "How long?"]


def test_a_log_that_is_no_file_is_no_conversation(answer: TaskFolder) -> None:
    log(answer).mkdir(parents=True)
    assert kept_turns(answer, HERE) == []


def test_of_a_long_conversation_the_newest_turns_are_kept(answer: TaskFolder) -> None:
    for number in range(2 * MOST + 1):
        append_json(log(answer), json.loads(LINE) | {"question": f"{number}"})
    keep(answer, HERE, TURN)
    turns = kept_turns(answer, HERE)
    assert len(turns) == MOST == len(log(answer).read_text().splitlines())
    assert turns[-1].question == "How long?"


def test_of_a_whole_document_what_is_shown_is_kept(answer: TaskFolder) -> None:
    text = "x" * 50_000 + TEXT + "y" * 50_000
    cited = Citation("d.md", 50_000, 50_000 + len(TEXT), TEXT)
    turn = Turn(
        "How long?", TEXT,
        [Passage("d.md", 0, len(text), text), Passage("e.md", 0, 9000, "z" * 9000)],
        supports=[Support(0, len(TEXT), cited, 0.9)], state="done",
    )  # fmt: skip
    keep(answer, HERE, turn)
    assert log(answer).stat().st_size < 8000
    (back,) = kept_turns(answer, HERE)
    (source,) = sources(back)
    assert quote_html(source.passage, source.citation) == quote_html(turn.passages[0], cited)
    assert [passage.doc for passage in back.passages] == ["d.md", "e.md"]
