"""Answers of extraction tasks are held to the fields of the labelled outputs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from ladder.answering import DecodingSettings, PromptSettings, Query, Setup
from ladder.errors import InputError
from ladder.evaluation.metrics import is_valid, score_item
from ladder.evaluation.runner import query_of
from ladder.methods import METHODS, preset
from ladder.models.fakes import use_fakes
from ladder.models.json_schema import schema_of
from ladder.project import Example, Task, TaskFolder, create_project
from rag.answer_schema import AnswerSchema
from rag.answerers import build_answerer

pytestmark = pytest.mark.usefixtures("home")

POOL = [
    Example("1", "Ann wants two lamps", '{"name": "Ann", "count": 2}'),
    Example("2", "Bo wants a chair in red", '{"name": "Bo", "count": 1, "colour": "red"}'),
    Example("3", "nothing is wanted", "none"),
]
QUERY = Query.of("q", "Cy wants three cups")
WRITTEN = Setup("generate", "pull", "m", decoding=DecodingSettings(json_schema=True))


@pytest.fixture
def pull(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("pull", "extraction", "Pull the order out."))
    folder.add_examples(POOL)
    return folder


def test_the_model_is_given_the_schema_of_the_pool(pull: TaskFolder) -> None:
    schema = schema_of([POOL[0].output or "", POOL[1].output or ""])
    with use_fakes('{"name": "Cy", "count": 3}') as generator:
        answerer = build_answerer(WRITTEN, pull, POOL)
        assert next(answerer.answer([QUERY])).error is None
        assert "".join(answerer.stream(QUERY)).startswith('{"name"')
        free = replace(WRITTEN, decoding=DecodingSettings())
        next(build_answerer(free, pull, POOL).answer([QUERY]))
    assert generator.schemas == [schema, schema, None]


def test_an_example_has_no_say_in_what_its_own_answer_is_held_to(pull: TaskFolder) -> None:
    made = AnswerSchema(pull.task, POOL)
    assert list(made.of(QUERY)["properties"]) == ["name", "count", "colour"]
    own = made.of(query_of(POOL[1]))
    assert list(own["properties"]) == ["name", "count"]
    assert made.of(Query.of("q", "bo wants a chair in RED")) == own


def test_without_a_labelled_example_the_model_writes_freely(pull: TaskFolder) -> None:
    assert AnswerSchema(pull.task, []).of(QUERY) is None
    assert AnswerSchema(pull.task, [Example("1", "not yet labelled")]).of(QUERY) is None
    assert AnswerSchema(pull.task, POOL[:1]).of(query_of(POOL[0])) is None


def test_outputs_without_json_are_a_sentence_before_a_model_is_loaded(pull: TaskFolder) -> None:
    with pytest.raises(InputError, match="None of the 1 labelled outputs is a JSON object"):
        build_answerer(WRITTEN, pull, POOL[2:])


def test_a_task_of_another_kind_has_no_schema(pull: TaskFolder) -> None:
    other = pull.project.add_task(Task("ask", "qa", "Answer."))
    with pytest.raises(InputError, match='"ask" is qa: only the answers of extraction are JSON'):
        build_answerer(replace(WRITTEN, task="ask"), other, POOL)


def test_the_presets_of_extraction_tasks_hold_what_a_model_writes() -> None:
    held = {
        (kind, name)
        for kind in ("extraction", "qa", "generation", "classification")
        for name, method in METHODS.items()
        if kind in method.kinds and preset(name, Task("t", kind)).decoding.json_schema
    }
    writing = ("zero-shot", "few-shot", "docs-in-prompt", "rag", "few-shot+rag")
    assert held == {("extraction", name) for name in writing}


ORDERS = [
    ("Ann ordered 3 lamps in Oslo.", {"name": "Ann", "count": 3, "item": "lamps", "city": "Oslo"}),
    ("Please send 12 cups to Bo.", {"name": "Bo", "count": 12, "item": "cups"}),
    ("5 mats are for Cy in Rome.", {"name": "Cy", "count": 5, "item": "mats", "city": "Rome"}),
    ("Dee ordered 7 pens.", {"name": "Dee", "count": 7, "item": "pens"}),
    ("Please send 4 keys to Eli.", {"name": "Eli", "count": 4, "item": "keys"}),
    ("9 desks are for Fay in Bern.", {"name": "Fay", "count": 9, "item": "desks", "city": "Bern"}),
    ("Gus ordered 2 bowls in Lima.", {"name": "Gus", "count": 2, "item": "bowls", "city": "Lima"}),
    ("Please send 6 lamps to Ida.", {"name": "Ida", "count": 6, "item": "lamps"}),
]


@pytest.mark.real
@pytest.mark.parametrize("format", ["plain", "chat"])
def test_the_bundled_model_answers_in_json_alone_and_no_worse(
    pull: TaskFolder, format: Literal["plain", "chat"]
) -> None:
    rows = [Example(f"o{n}", text, json.dumps(out)) for n, (text, out) in enumerate(ORDERS)]
    setup = preset("few-shot", pull.task)
    prompt, examples = PromptSettings(format), replace(setup.examples, count=4)
    setup = replace(setup, prompt=prompt, examples=examples)
    f1: dict[bool, float] = {}
    valid: dict[bool, list[bool]] = {}
    for held in (False, True):
        decoding = replace(setup.decoding, max_new_tokens=64, json_schema=held)
        answerer = build_answerer(replace(setup, decoding=decoding), pull, rows[:5])
        answers = list(answerer.answer([query_of(row) for row in rows[5:]]))
        valid[held] = [is_valid("json-f1", answer) for answer in answers]
        pairs = zip(answers, rows[5:], strict=True)
        f1[held] = sum(score_item("json-f1", answer, row) for answer, row in pairs)
    assert valid[True] == [True] * 3
    assert f1[True] >= f1[False] > 0
