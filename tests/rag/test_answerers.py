from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import (
    DecodingSettings,
    ExampleSettings,
    PromptSettings,
    Query,
    Setup,
)
from ladder.errors import InputError
from ladder.methods import METHODS, preset
from ladder.models import Completion, load_generator
from ladder.models.fakes import ScriptedGenerator, tiny_llama, use_fakes
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import create_project
from ladder.prompt import encode
from rag.answerers import GenerateAnswerer, build_answerer

pytestmark = pytest.mark.usefixtures("home")

POOL = [
    Example("1", "my card is lost", "card"),
    Example("2", "refund me please", "refund"),
    Example("3", "my card is broken", "card"),
]
QUERY = Query.of("q", "my card is gone")
FEW_SHOT = Setup("generate", "route", "m", "e", examples=ExampleSettings(2))


@pytest.fixture
def route(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(POOL)
    return folder


def generating(setup: Setup, folder: TaskFolder) -> GenerateAnswerer:
    answerer = build_answerer(setup, folder, POOL)
    assert isinstance(answerer, GenerateAnswerer)
    return answerer


@pytest.mark.parametrize("method", [n for n, m in METHODS.items() if m.documents == "none"])
def test_every_method_without_documents_answers(method: str, route: TaskFolder) -> None:
    with use_fakes("card"):
        answerer = build_answerer(preset(method, route.task), route, POOL)
        answer = next(answerer.answer([QUERY]))
        assert "".join(answerer.stream(QUERY)) == "card"
    assert (answer.id, answer.text, answer.label, answer.error) == ("q", "card", "card", None)
    assert answer.seconds > 0


def test_a_few_shot_prompt_ends_with_the_nearest_example_and_the_query(route: TaskFolder) -> None:
    with use_fakes("card\nText: more") as generator:
        answerer = generating(FEW_SHOT, route)
        answer = next(answerer.answer([QUERY]))
        prompt = answerer.prompt(QUERY)
    assert generator.asked == [prompt.messages]
    assert prompt.messages[0]["content"].endswith(
        "Text: my card is lost\nIntent: card\n\nText: my card is gone\nIntent:"
    ) or prompt.messages[0]["content"].endswith(
        "Text: my card is broken\nIntent: card\n\nText: my card is gone\nIntent:"
    )
    similarities = [shot.similarity or 0 for shot in prompt.shots]
    assert similarities == sorted(similarities)
    assert answer.label == "card"
    assert answer.completion_tokens > 0
    assert answer.prompt_tokens > 0


def test_a_generation_that_names_no_label_has_none(route: TaskFolder) -> None:
    with use_fakes("I would say card"):
        answer = next(generating(FEW_SHOT, route).answer([QUERY]))
    assert (answer.text, answer.label, answer.abstained) == ("I would say card", None, False)


def test_a_failing_query_has_its_sentence_and_the_others_go_on(route: TaskFolder) -> None:
    replies = ["!The server did not answer in time; try again.", "card"]
    with use_fakes(replies):
        first, second = generating(FEW_SHOT, route).answer([QUERY, Query.of("r", "my card")])
    assert first.error == "The server did not answer in time; try again."
    assert (second.error, second.label) == (None, "card")


@pytest.mark.parametrize("answerer", ["generate", "labels"])
def test_a_prompt_that_is_too_long_says_how_many_examples_would_fit(
    answerer: Any, home: Path, tmp_path: Path
) -> None:
    folder = create_project("long").add_task(Task("route", "classification", "Route it."))
    pool = [Example(str(i), f"{i} " + "my card is lost " * 6, "card") for i in range(8)]
    folder.add_examples(pool)
    model = f"path:{tiny_llama(tmp_path / 'model', context=512)}"
    setup = Setup(answerer, "route", model, None, examples=ExampleSettings(8, "random"))
    answer = next(build_answerer(setup, folder, pool).answer([Query.of("q", "my card is gone")]))
    found = re.search(r"(\d) of the 8 examples would fit\.", answer.error or "")
    assert found is not None
    fewer = replace(setup, examples=ExampleSettings(int(found[1]), "random"))
    (answer,) = build_answerer(fewer, folder, pool).answer([Query.of("q", "my card is gone")])
    assert answer.error is None


def test_saying_nothing_to_a_question_is_abstaining(home: Path) -> None:
    folder = create_project("demo").add_task(Task("answer", "qa"))
    with use_fakes(["", "14 days"]):
        answerer = build_answerer(preset("zero-shot", folder.task), folder, [])
        first, second = answerer.answer([QUERY, QUERY])
    assert (first.text, first.abstained) == ("", True)
    assert (second.text, second.abstained) == ("14 days", False)


def test_what_cannot_be_run_yet_is_said(route: TaskFolder) -> None:
    with use_fakes():
        for setup, words in (
            (replace(FEW_SHOT, answerer="classify", model=None), "cannot be run yet"),
            (replace(FEW_SHOT, answerer="extract"), "needs passages to quote"),
            (replace(FEW_SHOT, model=None), "needs a model"),
        ):
            with pytest.raises(InputError, match=words):
                build_answerer(setup, route, POOL)


class _Counting(ScriptedGenerator):
    shared: tuple[int, ...] = ()

    def complete(self, messages: Any, **settings: Any) -> Completion:
        self.shared += (settings["shared_prefix"],)
        return super().complete(messages, **settings)


def test_the_shared_beginning_is_the_instruction_and_the_labels(route: TaskFolder) -> None:
    generator = _Counting("card")
    prompt = PromptSettings(instruction="Route the ticket to a team.", show_labels=True)
    setup = Setup("generate", "route", "m", prompt=prompt)
    with use_fakes(generators={"m": generator}):
        list(generating(setup, route).answer([QUERY, Query.of("r", "something else")]))
    start = "Route the ticket to a team.\n\nIntents: card, refund\n\n"
    assert generator.shared == (len(start),) * 2
    assert all(asked[0]["content"].startswith(start) for asked in generator.asked)


@pytest.mark.parametrize("format", ["plain", "chat"])
def test_a_model_reads_exactly_the_tokens_of_the_one_prompt(
    format: str, route: TaskFolder, tiny_llama_folder: Path
) -> None:
    from transformers import AutoTokenizer

    reference = f"path:{tiny_llama_folder}"
    settings = PromptSettings(format=format, instruction="Route the ticket.", show_labels=True)  # type: ignore[arg-type]
    setup = replace(
        FEW_SHOT, model=reference, prompt=settings, decoding=DecodingSettings(4, "float32")
    )
    with use_fakes(generators={reference: load_generator(reference, "float32")}):
        answerer = generating(setup, route)
        answer = next(answerer.answer([QUERY]))
        messages = answerer.prompt(QUERY).messages
        ids = answerer.generator.encode(messages)
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama_folder)
    assert ids == encode(messages, tokenizer)
    assert answer.prompt_tokens == len(ids)
    assert 0 < answer.completion_tokens <= 4


def test_a_capable_model_writes_a_follow_up_out_and_its_tokens_count(answer: TaskFolder) -> None:
    whole = "How long does express delivery take?"
    generator = ScriptedGenerator(lambda asked: whole if len(asked) == 2 else "2 days")
    generator.parameters = 7e9  # type: ignore[attr-defined]
    turns = ("How long does standard delivery take?", "5 to 7 days", "And express?")
    roles = ("user", "assistant", "user")
    query = Query("q", tuple({"role": r, "content": t} for r, t in zip(roles, turns, strict=True)))
    setup = replace(preset("rag", answer.task), answerer="generate", model="m")
    with use_fakes(generators={"m": generator}):
        answerer = build_answerer(setup, answer, POOL)
        assert isinstance(answerer, GenerateAnswerer)
        prompt = answerer.prompt(query)
        (given,) = answerer.answer([query])
    read, wrote = prompt.tokens_beside
    assert (read > 100, wrote) == (True, len(whole))
    assert prompt.passages[0].scores["bm25"] > 0
    assert given.text == "2 days"
    assert given.prompt_tokens == len(generator.encode(prompt.messages)) + read
    assert given.completion_tokens == len("2 days") + wrote
