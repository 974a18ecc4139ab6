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


HOW = [
    (PLAIN, ExampleSettings(4), "none"),
    (CHAT, ExampleSettings(3, "bm25"), "contextual"),
    (PLAIN, ExampleSettings(2, "random"), "batch"),
    (PLAIN, ExampleSettings(0), "contextual"),
]


def setups(model: str) -> list[Setup]:
    """Return Setups of every selection, and of every way of decoding."""
    written = [
        Setup("generate", "route", model, "all-minilm-l6-v2", prompt, shown)
        for prompt, shown in SHOWN
    ]
    scored = [
        Setup("labels", "route", model, "all-minilm-l6-v2", prompt, shown,
              decoding=DecodingSettings(calibration=how))  # type: ignore[arg-type]
        for prompt, shown, how in HOW
    ]  # fmt: skip
    return [
        replace(each, decoding=replace(each.decoding, max_new_tokens=8, dtype="float32"))
        for each in [*written, *scored]
    ]


def expected(setup: Setup, folder: TaskFolder) -> list[dict[str, Any]]:
    """Return what the project answers, and with which examples."""
    answerer: Any = build_answerer(setup, folder, shown_pool(folder))
    queries = [Query.of("", text) for text in TEXTS]
    shots = [answerer.prompt(query).shots for query in queries]
    return [
        {"text": given.text, "label": given.label, "examples": [s.example.id for s in shown]}
        | ({"logprobs": given.logprobs} if given.logprobs else {})
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
    assert len({str(line.get("logprobs")) for lines in wanted for line in lines}) > 10
