"""What the files of an export hold, and what is refused."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import (
    DecodingSettings,
    ExampleSettings,
    PromptSettings,
    Query,
    RetrievalSettings,
    Setup,
)
from ladder.commands_export import write_files
from ladder.errors import InputError, ProjectError
from ladder.project import Example, Task, TaskFolder, create_project
from ladder.prompt import render
from rag.few_shot import ExampleSelector
from rag.few_shot.export import FORMATS, exported, setup_in_use
from rag.few_shot.export.pieces import pieces_of
from rag.few_shot.export.standalone.few_shot import assembled
from rag.few_shot.prompt_view import shown_pool

pytestmark = pytest.mark.usefixtures("fake_models")

SELECTIONS = ("nearest", "bm25", "mmr", "per-label", "nearest+per-label", "random")


def asking(**more: Any) -> Setup:
    shown = ExampleSettings(4, more.pop("selection", "random"))
    return Setup(
        "generate",
        "route",
        more.pop("model", "hf:org/model"),
        "hf:org/embedder",
        examples=shown,
        **more,
    )


def written(folder: TaskFolder, setup: Setup, format: Any) -> dict[str, bytes]:
    given = "my card" if format == "openai" else None
    return exported(folder, setup, format, given)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("selection", SELECTIONS)
def test_no_test_example_path_or_pickle_is_in_any_file(
    format: str, selection: str, route: TaskFolder, tmp_path: Path
) -> None:
    setup = asking(
        selection=selection, model=f"path:{tmp_path}/model", prompt=PromptSettings("chat")
    )
    files = written(route, replace(setup, embedder=f"path:{tmp_path}/embedder"), format)
    test = {example.input for example in route.examples() if example.id in route.split().test}
    told = b"\n".join(files.values()).decode("utf-8", "replace")
    assert test
    assert not [text for text in test if json.dumps(text) in told]
    assert str(tmp_path) not in told
    assert str(Path(__file__).parents[4]) not in told
    assert str(Path.home()) not in told
    for name, data in files.items():
        assert name == Path(name).name
        if name.endswith(".npy"):
            import numpy as np

            assert np.load(io.BytesIO(data), allow_pickle=False).dtype == np.float32
        else:
            data.decode("utf-8")


@pytest.mark.parametrize("format", ["langchain", "python"])
@pytest.mark.parametrize("selection", SELECTIONS)
def test_every_name_in_the_code_is_there(
    format: Any, selection: str, route: TaskFolder, tmp_path: Path
) -> None:
    write_files(tmp_path / "out", exported(route, asking(selection=selection), format))
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", "--no-cache"]
    ran = subprocess.run([*ruff, tmp_path / "out"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    code = "".join(path.read_text("utf-8") for path in (tmp_path / "out").glob("*.py"))
    assert not re.search(r"^\s*(from|import) (ladder|rag)\b", code, re.MULTILINE)
    listed = (tmp_path / "out" / "requirements.txt").read_text("utf-8").splitlines()
    assert all("==" in line for line in listed)
    assert any(line.startswith("bm25s==") for line in listed) == (selection == "bm25")


@pytest.mark.parametrize("format", ["plain", "chat"])
@pytest.mark.parametrize("kind", ["classification", "extraction", "qa", "generation"])
def test_the_pieces_make_the_prompt(format: Any, kind: Any) -> None:
    task = Task("t", kind, "Do {this}.\n\nAnd that.", input_name="Q", output_name="A")
    turns = ({"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi {0}"})
    examples = [
        Example("1", " a {x}\n\nand more ", "{input}"),
        Example("2", "b", "c\n\nd", context="some context"),
        Example("3", "c", "", messages=turns),
    ]
    for system in ("", "Be {brief}."):
        setup = Setup("generate", "t", "m", prompt=PromptSettings(format, system, show_labels=True))
        pieces = pieces_of(setup, task, ["x", "{y}"], examples)
        for context in ("", " a context "):
            query = Query.of("", "  what\n\nis {it}? ", context)
            for shown in ([], [2], [1, 0, 2]):
                wanted = render(setup, query, [examples[n] for n in shown], task=task,
                                labels=["x", "{y}"])  # fmt: skip
                given = [pieces.shown[n] for n in shown]
                assert assembled(pieces.to_json(), given, query.text, context) == wanted


def test_a_prompt_that_cannot_be_taken_apart_is_refused() -> None:
    task = Task("t", "qa", "Do it.", input_name="Q", output_name="A\n\nB")
    with pytest.raises(InputError, match="cannot be taken apart"):
        pieces_of(Setup("generate", "t", "m"), task, [], [Example("1", "a", "b")])


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_fixed_messages_have_a_place_for_the_text(format: Any, route: TaskFolder) -> None:
    setup = asking(model="server:big@https://x.org/v1", prompt=PromptSettings(format))
    files = exported(route, setup, "openai")
    body = json.loads(files["request.json"])
    last = body["messages"][-1]["content"]
    mark = "{input_2}" if "{input_2}" in last else "{input}"
    pool = shown_pool(route)
    shots = ExampleSelector(pool, setup.examples).select(Query.of("", "a new text"))
    wanted = render(setup, Query.of("", "a new text"), [shot.example for shot in shots],
                    task=route.task, labels=route.labels())  # fmt: skip
    assert [m["content"] for m in body["messages"]] == [
        m["content"].replace("a new text", mark) for m in wanted
    ]
    assert {m["role"] for m in body["messages"]} <= {"user", "assistant", "system"}
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("big", 0, 32)
    assert body.get("stop") == (["\n"] if format == "plain" else None)
    assert f"`{mark}`" in files["README.md"].decode()


def test_the_place_of_the_text_is_none_that_the_examples_have(home: Path) -> None:
    folder = create_project("demo").add_task(Task("route", "classification"))
    folder.add_examples([Example("1", "say {input}", "a"), Example("2", "and {input_2}", "b")])
    told = json.loads(exported(folder, asking(), "openai")["request.json"])
    assert told["messages"][-1]["content"].count("{input_3}") == 1


def test_several_texts_make_a_batch_with_the_examples_of_each(route: TaskFolder) -> None:
    setup = asking(selection="nearest", prompt=PromptSettings("chat"))
    texts = ["the app crashes", "please refund me"]
    files = exported(route, setup, "openai", texts)
    assert b"request.json`" not in files["README.md"]
    assert b"jsonl" not in exported(route, setup, "openai", texts[0])["README.md"]
    lines = files["requests.jsonl"].decode().splitlines()
    requests = [json.loads(line) for line in lines]
    assert [each["custom_id"] for each in requests] == ["1", "2"]
    for text, request in zip(texts, requests, strict=True):
        one = json.loads(exported(route, setup, "openai", text)["request.json"])
        assert request["body"] == one
        assert "model" not in one
        assert one["messages"][-1] == {"role": "user", "content": text}
    assert requests[0]["body"]["messages"][:-1] != requests[1]["body"]["messages"][:-1]


def test_langchain_makes_its_prompt_of_the_object_again(route: TaskFolder) -> None:
    from langchain_core.load import loads

    for format in ("plain", "chat"):
        setup = asking(prompt=PromptSettings(format, "Be {so}."))  # type: ignore[arg-type]
        told = exported(route, setup, "langchain")["langchain.json"].decode()
        with warnings.catch_warnings(action="ignore"):  # it is in beta
            prompt = loads(told, allowed_objects="core")
        body = json.loads(exported(route, setup, "openai", "a {new} text")["request.json"])
        said = prompt.invoke({"input": "a {new} text"}).to_messages()
        assert [m.content for m in said] == [m["content"] for m in body["messages"]]
    assert "langchain.json" not in exported(route, asking(selection="bm25"), "langchain")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answerer": "knn"}, "has no prompt to export"),
        ({"retrieval": RetrievalSettings("index")}, "shows passages of documents"),
        ({"embedder": None, "examples": ExampleSettings(4)}, "name an embedder"),
    ],
)
def test_what_has_no_prompt_to_take_along_is_refused(
    change: dict[str, Any], words: str, route: TaskFolder
) -> None:
    for format in FORMATS:
        with pytest.raises(InputError, match=words):
            written(route, replace(asking(), **change), format)


def test_messages_that_depend_on_the_text_ask_for_one(route: TaskFolder) -> None:
    with pytest.raises(InputError, match=r"chosen for each text \(mmr\).*--input TEXT"):
        exported(route, asking(selection="mmr"), "openai")
    with pytest.raises(InputError, match="not blank"):
        exported(route, asking(selection="mmr"), "openai", " ")
    with pytest.raises(InputError, match="needs none now"):
        exported(route, asking(), "python", "text")
    with pytest.raises(InputError, match="choose one of openai"):
        exported(route, asking(), "yaml")  # type: ignore[arg-type]


def test_without_examples_to_show_it_says_so(home: Path) -> None:
    folder = create_project("demo").add_task(Task("route", "classification"))
    with pytest.raises(ProjectError, match="none that are labelled"):
        exported(folder, asking(), "python")
    folder.add_examples([Example("1", "a", "x")])
    assert b"{input}" in exported(folder, asking(), "openai")["request.json"]


def test_what_is_not_carried_over_is_said(route: TaskFolder) -> None:
    strict = asking(decoding=DecodingSettings(json_schema=True))
    for format in FORMATS:
        assert b"That is not carried over" in exported(route, strict, format)["README.md"]
        assert b"not carried over" not in exported(route, asking(), format)["README.md"]
    scored = replace(asking(), answerer="labels")
    assert b"a chat API cannot" in exported(route, scored, "openai")["README.md"]
    assert b"The labels are scored" in exported(route, scored, "python")["README.md"]


def test_no_more_random_examples_are_given_away_than_can_be_shown(route: TaskFolder) -> None:
    lines = exported(route, asking(), "python")["examples.jsonl"].splitlines()
    assert len(lines) == 5  # four are shown; one may have the text that is asked
    assert "examples.jsonl" not in exported(
        route, replace(asking(), examples=ExampleSettings()), "python"
    )


def test_the_setup_in_use_is_the_tasks_or_few_shot(route: TaskFolder) -> None:
    assert setup_in_use(route).examples.count == 8
    route.save_setup(asking())
    assert setup_in_use(route) == asking()


def test_a_batch_prior_of_conversations_is_refused(home: Path) -> None:
    folder = create_project("demo").add_task(Task("route", "classification"))
    before = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"})
    folder.add_examples([Example("1", "a", "x", messages=before)])
    setup = replace(asking(decoding=DecodingSettings(calibration="batch")), answerer="labels")
    with pytest.raises(InputError, match="earlier turns"):
        exported(folder, setup, "python")
