"""What is exported answers the same in a new process that does not know this project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import DecodingSettings, ExampleSettings, PromptSettings, Query, Setup
from ladder.commands_export import write_files
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from rag.few_shot.export import exported
from rag.few_shot.prompt_view import shown_pool
from tests.rag.few_shot.export.conftest import TEXTS

pytestmark = pytest.mark.real

PLAIN, CHAT = PromptSettings(), PromptSettings("chat", "Be brief {so}.", show_labels=True)
SHOWN = [
    (PLAIN, ExampleSettings(0)),
    (PLAIN, ExampleSettings(4)),
    (CHAT, ExampleSettings(3, order="nearest-first")),
    (CHAT, ExampleSettings(4, "random", seed=3)),
    (PLAIN, ExampleSettings(4, "mmr")),
    (PLAIN, ExampleSettings(3, "per-label", "nearest-first")),
    (CHAT, ExampleSettings(5, "nearest+per-label")),
    (PLAIN, ExampleSettings(5, "bm25")),
]


def setups(model: str, answerer: str = "generate") -> list[Setup]:
    decoding = DecodingSettings(8, "float32")
    return [
        Setup(answerer, "route", model, "all-minilm-l6-v2", prompt, shown, decoding=decoding)  # type: ignore[arg-type]
        for prompt, shown in SHOWN
    ]


def expected(setup: Setup, folder: TaskFolder) -> list[dict[str, Any]]:
    """Return what the project answers, and with which examples."""
    answerer: Any = build_answerer(setup, folder, shown_pool(folder))
    queries = [Query.of("", text) for text in TEXTS]
    shots = [answerer.prompt(query).shots for query in queries]
    return [
        {"text": given.text, "label": given.label, "examples": [s.example.id for s in shown]}
        for given, shown in zip(answerer.answer(queries), shots, strict=True)
    ]


def test_a_program_answers_as_the_project_does(
    route: TaskFolder,
    tiny_llama_folder: Path,
    tmp_path: Path,
    asked_alone: Callable[..., list[list[Any]]],
) -> None:
    made = setups(f"path:{tiny_llama_folder}")
    for number, setup in enumerate(made):
        write_files(tmp_path / f"out{number}", exported(route, setup, "python"))
    from ladder.models.bundled import embedder_folder

    given = asked_alone(
        [tmp_path / f"out{number}" / "answer.py" for number in range(len(made))],
        *("--model", str(tiny_llama_folder), "--embedder", str(embedder_folder()), "--json"),
    )
    wanted = [expected(setup, route) for setup in made]
    assert given == wanted
    assert len({line["text"] for lines in wanted for line in lines}) > len(made)
