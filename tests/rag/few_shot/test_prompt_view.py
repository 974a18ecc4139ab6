from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.answering import ExampleSettings, Query, RetrievalSettings, Setup
from ladder.errors import ModelError, ProjectError
from ladder.methods import preset
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.models.stand_ins import ANY, standing_in
from ladder.models.tokens import token_counter
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import create_project
from ladder.prompt import encode
from rag.answerers import GenerateAnswerer, build_answerer
from rag.few_shot.prompt_view import prompt_view, shown_pool, starting_setup, token_words, warm

pytestmark = pytest.mark.usefixtures("home")
LABELS = ("card", "refund", "account")


@pytest.fixture
def route(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("route", "classification", "Route the ticket."))
    folder.add_examples(
        [
            Example(str(i), f"the {LABELS[i % 3]} matter number {i} is open", LABELS[i % 3])
            for i in range(60)
        ]
    )
    return folder


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_what_is_shown_is_what_the_model_is_asked(format: str, route: TaskFolder) -> None:
    setup = preset("few-shot", route.task)
    setup = replace(setup, prompt=replace(setup.prompt, format=format))  # type: ignore[arg-type]
    with use_fakes("card") as generator:
        answerer = build_answerer(setup, route, shown_pool(route))
        assert isinstance(answerer, GenerateAnswerer)
        view = prompt_view(route, setup, "where is my card")
        answer = next(answerer.answer([Query.of("", "where is my card")]))
    assert generator.asked == [view.messages]
    assert view.tokens == answer.prompt_tokens
    assert len(view.examples) == 8
    scores = [example.score or 0 for example in view.examples]
    assert scores == sorted(scores)
    assert view.examples[-1].reason.startswith("nearest of ")


def test_test_examples_are_never_shown(route: TaskFolder) -> None:
    pool = {each.id for each in shown_pool(route)}
    assert pool == {each.id for each in route.examples()} - set(route.split().test)
    assert route.split().test


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_tokens_are_the_models_own_and_add_up(
    format: str, route: TaskFolder, tiny_llama_folder: Path
) -> None:
    from transformers import AutoTokenizer

    reference = f"path:{tiny_llama_folder}"
    setup = replace(preset("few-shot", route.task, reference), examples=ExampleSettings(3))
    setup = replace(setup, prompt=replace(setup.prompt, format=format))  # type: ignore[arg-type]
    with standing_in(embedders={ANY: HashEmbedder()}):
        view = prompt_view(route, setup, "where is my card")
        bare = prompt_view(route, replace(setup, examples=ExampleSettings(0)), "where is my card")
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama_folder)
    assert view.tokens == len(encode(view.messages, tokenizer))
    assert view.tokens == bare.tokens + sum(example.tokens for example in view.examples)
    assert view.exact
    assert view.context == 1024
    for message in view.messages:
        assert message["content"] in view.text


def test_counting_tokens_loads_no_weights(tiny_llama_folder: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(tiny_llama_folder, tmp_path / "model")
    for weights in copy.glob("*.safetensors"):
        weights.unlink()
    counter = token_counter(f"path:{copy}")
    assert counter.count([{"role": "plain", "content": "abc"}]) >= 3


def test_a_servers_tokens_are_an_estimate_and_said_to_be(route: TaskFolder) -> None:
    setup = preset("few-shot", route.task, "server:m@http://127.0.0.1:1/v1")
    setup = replace(setup, examples=ExampleSettings(0))
    view = prompt_view(route, setup, "where is my card")
    assert not view.exact
    assert view.tokens == len(view.text) // 4
    assert token_words(view).startswith("About ")


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for reference in (f"path:{tmp_path}", f"gguf:{tmp_path}/no.gguf", f"path:{tmp_path}/no"):
        with pytest.raises(ModelError):
            token_counter(reference)


def test_the_start_is_the_tasks_setup_or_few_shot(route: TaskFolder) -> None:
    assert starting_setup(route) == preset("few-shot", route.task)
    mine = replace(preset("zero-shot", route.task), model="path:x")
    route.save_setup(replace(mine, retrieval=RetrievalSettings("index")))
    start = starting_setup(route)
    assert (start.model, start.retrieval.source) == ("path:x", "none")
    assert start.embedder
    route.save_setup(preset("knn", route.task))
    assert starting_setup(route) == preset("few-shot", route.task)


def test_without_labelled_examples_it_says_what_to_do(home: Path) -> None:
    folder = create_project("demo").add_task(Task("route", "classification"))
    with use_fakes(), pytest.raises(ProjectError, match="label some first"):
        prompt_view(folder, preset("few-shot", folder.task), "hello")


def test_embedding_says_how_far_it_is(route: TaskFolder) -> None:
    pool = [Example(str(i), f"text {i}", "a") for i in range(300)]
    seen: list[tuple[int, int]] = []
    with use_fakes():
        warm(pool, "e", lambda done, total: seen.append((done, total)))
    assert seen == [(0, 300), (128, 300), (256, 300)]


def run_prompt(*arguments: str) -> None:
    from ladder.cli import app

    with use_fakes("card"):
        app(["prompt", "demo", *arguments], standalone_mode=False)


def test_the_command_prints_the_prompt_as_json(
    route: TaskFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run_prompt("--task", "route", "--input", "where is my card", "--count", "3", "--json")
    data = json.loads(capsys.readouterr().out)
    assert {"messages", "text", "tokens", "examples"} <= set(data)
    assert len(data["examples"]) == 3
    told = {"id", "input", "output", "score", "scored_by", "reason", "tokens", "conflict"}
    assert set(data["examples"][0]) == told
    assert (data["fits"], data["cost_per_call"]) == (True, None)
    assert 0 < data["cacheable_tokens"] < data["tokens"]
    assert "set a price" in data["note"]
    assert data["text"] == data["messages"][0]["content"]
    assert data["tokens"] > sum(example["tokens"] for example in data["examples"])
    run_prompt("--input", "where is my card", "--count", "0")
    assert "0 examples" in capsys.readouterr().out


def test_the_command_takes_a_selection_and_says_what_disagrees(
    route: TaskFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--input", "the card matter number 3", "--count", "4")
    run_prompt(*asked, "--selection", "bm25", "--json")
    examples = json.loads(capsys.readouterr().out)["examples"]
    assert {example["scored_by"] for example in examples} == {"words"}
    run_prompt(*asked, "--selection", "random")
    assert "drawn at random" in capsys.readouterr().out
    route.add_examples(
        [
            Example(f"odd{i}", "the card matter number 3!", x)
            for i, x in ((1, "card"), (2, "refund"))
        ]
    )
    run_prompt(*asked, "--json")
    told = json.loads(capsys.readouterr().out)["examples"]
    assert any(example["conflict"] for example in told)
    run_prompt(*asked)
    printed = capsys.readouterr().out
    assert "has nearly the same text with another answer" in printed
    assert "are the same for every question" in printed


def test_a_prompt_too_long_is_shown_whole_and_said_to_be(route: TaskFolder) -> None:
    setup = replace(preset("few-shot", route.task), examples=ExampleSettings(30))
    with use_fakes("card") as generator:
        generator.context = 900
        view = prompt_view(route, setup, "where is my card")
    assert len(view.examples) == 30
    assert not view.fits
    assert 0 < (view.fits_most or 0) < 30
    assert f"{view.fits_most} of the 30 examples fit" in view.note


def test_the_command_follows_the_tasks_setup(
    route: TaskFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen: Setup = replace(preset("few-shot", route.task), examples=ExampleSettings(2))
    route.save_setup(chosen)
    run_prompt("--input", "where is my card", "--json")
    said = capsys.readouterr()
    assert len(json.loads(said.out)["examples"]) == 2
    assert said.err == ""
    route.save_setup(replace(chosen, retrieval=RetrievalSettings("index")))
    run_prompt("--input", "where is my card", "--json")
    assert "also shows passages" in capsys.readouterr().err


def test_an_empty_text_is_refused(route: TaskFolder) -> None:
    from typer.testing import CliRunner

    from ladder.cli import app

    ran = CliRunner().invoke(app, ["prompt", "demo", "--input", "  "])
    assert ran.exit_code == 2
    assert "nothing to ask" in ran.output
