"""What is exported answers the same in a new process that does not know this project."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import DecodingSettings, ExampleSettings, PromptSettings, Query, Setup
from ladder.commands_export import write_files
from ladder.methods import preset
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import TaskFolder
from rag.answerers import build_answerer
from rag.few_shot.export import exported
from rag.few_shot.prompt_view import shown_pool
from tests.rag.few_shot.export.conftest import TEXTS

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


@pytest.mark.real
def test_a_program_answers_as_the_project_does(
    route: TaskFolder,
    many_labels: TaskFolder,
    tiny_llama_folder: Path,
    tmp_path: Path,
    asked_alone: Callable[..., list[list[Any]]],
) -> None:
    from ladder.models.bundled import embedder_folder

    made = [(route, setup) for setup in setups(f"path:{tiny_llama_folder}")]
    made.append((many_labels, replace(made[len(SHOWN)][1], task="wide")))
    for number, (folder, setup) in enumerate(made):
        write_files(tmp_path / f"out{number}", exported(folder, setup, "python"))
    given = asked_alone(
        [tmp_path / f"out{number}" / "answer.py" for number in range(len(made))],
        *("--model", str(tiny_llama_folder), "--embedder", str(embedder_folder()), "--json"),
    )
    wanted = [expected(setup, folder) for folder, setup in made]
    assert given == wanted
    assert len({line["text"] for lines in wanted for line in lines}) > len(made)
    assert len({str(line.get("logprobs")) for lines in wanted for line in lines}) > 10
    assert 0 < len(wanted[-1][0]["logprobs"]) < 24  # the best of many labels, not all


@pytest.mark.real
def test_the_bundled_models_answer_the_same_alone(
    route: TaskFolder,
    bundled_models: Path,
    tmp_path: Path,
    asked_alone: Callable[..., list[list[Any]]],
) -> None:
    from ladder.models.bundled import embedder_folder

    setup = preset("few-shot", route.task)
    setup = replace(setup, decoding=replace(setup.decoding, dtype="float32"))
    made = [setup, replace(setup, answerer="generate", prompt=CHAT)]
    for number, each in enumerate(made):
        write_files(tmp_path / f"out{number}", exported(route, each, "python"))
    given = asked_alone(
        [tmp_path / f"out{number}" / "answer.py" for number in range(len(made))],
        *("--model", str(bundled_models), "--embedder", str(embedder_folder()), "--json"),
    )
    assert setup.answerer == "labels"
    assert given == [expected(each, route) for each in made]


def test_the_prompt_is_shown_where_neither_torch_nor_a_model_is(
    route: TaskFolder, tmp_path: Path, asked_alone: Callable[..., list[list[Any]]]
) -> None:
    made = [setup for setup in setups("hf:no/model") if by_words(setup)]
    for number, setup in enumerate(made):
        write_files(tmp_path / f"out{number}", exported(route, setup, "python"))
    scripts = [tmp_path / f"out{number}" / "answer.py" for number in range(len(made))]
    with use_fakes():
        wanted = [prompts(setup, route) for setup in made]
    assert asked_alone(scripts, "--prompt", "--json") == wanted
    assert len(made) > 4


LANGCHAIN = """
import json
import sys
import zlib
from pathlib import Path

from langchain_core.embeddings import Embeddings

folder = Path(__file__).parent
sys.path.insert(0, str(folder))
from langchain_prompt import few_shot_prompt, limits

{embedder}

prompt = few_shot_prompt(HashEmbedder(), folder)
assert limits(folder)["max_tokens"] == 8
for line in sys.stdin:
    said = prompt.invoke({{"input": line[:-1]}}).to_messages()
    print(json.dumps([[message.type, message.content] for message in said]))
"""


def test_langchain_asks_the_same_alone(
    route: TaskFolder, tmp_path: Path, asked_alone: Callable[..., list[list[Any]]]
) -> None:
    made = setups("path:none")[: len(SHOWN)]
    script = LANGCHAIN.format(embedder=inspect.getsource(HashEmbedder))
    with use_fakes():
        for number, setup in enumerate(made):
            out = tmp_path / f"out{number}"
            write_files(out, exported(route, setup, "langchain"))
            (out / "print_prompts.py").write_text(script, encoding="utf-8")
        wanted = [prompts(setup, route) for setup in made]
    given = asked_alone(
        [tmp_path / f"out{number}" / "print_prompts.py" for number in range(len(made))]
    )
    names = {"plain": "human", "user": "human", "assistant": "ai", "system": "system"}
    assert given == [
        [[[names[m["role"]], m["content"]] for m in line["messages"]] for line in lines]
        for lines in wanted
    ]


def prompts(setup: Setup, folder: TaskFolder) -> list[dict[str, Any]]:
    """Return what the project asks, and with which examples."""
    answerer: Any = build_answerer(setup, folder, shown_pool(folder))
    asked = [answerer.prompt(Query.of("", text)) for text in TEXTS]
    return [{"messages": p.messages, "examples": [s.example.id for s in p.shots]} for p in asked]


def by_words(setup: Setup) -> bool:
    return not setup.examples.count or setup.examples.selection in ("random", "bm25")
