from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ladder.answering import DecodingSettings, ExampleSettings, Query, Setup
from ladder.errors import InputError, ModelError
from ladder.methods import decoded, preset
from ladder.models import Generator, LabelScores
from ladder.models.fakes import ScriptedGenerator, tiny_llama, use_fakes
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import create_project
from rag.answerers import build_answerer
from rag.label_answerer import LabelsAnswerer

pytestmark = pytest.mark.usefixtures("home")

POOL = [
    Example("1", "my card is lost", "card"),
    Example("2", "refund me please", "refund"),
    Example("3", "my card is broken", "card"),
]
QUERY = Query.of("q", "my card is gone")
SETUP = Setup("labels", "route", "m", "e", examples=ExampleSettings(2))


@pytest.fixture
def route(home: Path) -> TaskFolder:
    folder = create_project("demo").add_task(Task("route", "classification", "Route it."))
    folder.add_examples(POOL)
    return folder


def with_calibration(setup: Setup, how: Any) -> Setup:
    return replace(setup, decoding=DecodingSettings(calibration=how))


class _Biased(ScriptedGenerator):
    """Prefers "card" whatever is asked, and a little less where the text speaks of money."""

    def score_labels(
        self, messages: Sequence[Any], labels: Sequence[str], **settings: Any
    ) -> LabelScores:
        self.asked.append(list(messages))
        money = "money" in messages[-1]["content"].rsplit("Text:", 1)[-1]
        card = 0.6 if money else 0.9
        share = {"card": card, "refund": 1 - card}
        tokens = dict.fromkeys(labels, 2)
        logs = {label: math.log(share[label]) for label in labels}
        return LabelScores(logs, True, 10, 0, tokens, 0.01)


def test_every_answer_is_a_label_with_its_probability(route: TaskFolder) -> None:
    with use_fakes("nothing that is a label"):
        answer = next(build_answerer(SETUP, route, POOL).answer([QUERY]))
    assert answer.label == answer.text == "card"  # the first of equals
    assert answer.logprobs is not None
    assert sum(map(math.exp, answer.logprobs.values())) == pytest.approx(1)
    assert answer.error is None


def test_the_prompt_is_the_same_as_for_writing(route: TaskFolder) -> None:
    asked = []
    for answerer in ("labels", "generate"):
        with use_fakes("card") as fake:
            setup = replace(SETUP, answerer=answerer)
            list(build_answerer(setup, route, POOL).answer([QUERY]))
            asked.append(fake.asked)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("calibration", "label"),
    [("none", "card"), ("contextual", "refund"), ("batch", "refund")],
)
def test_calibration_takes_out_what_a_model_says_anyway(
    calibration: str, label: str, route: TaskFolder
) -> None:
    generators: dict[str, Generator] = {"m": _Biased()}
    with use_fakes(generators=generators):
        setup = with_calibration(SETUP, calibration)
        answer = next(build_answerer(setup, route, POOL).answer([Query.of("q", "my money back")]))
    assert answer.label == label


def test_contextual_calibration_asks_the_same_examples_about_nothing(route: TaskFolder) -> None:
    fake = _Biased()
    with use_fakes(generators={"m": fake}):
        answerer = build_answerer(with_calibration(SETUP, "contextual"), route, POOL)
        answer = next(answerer.answer([QUERY]))
    own, *contentless = [messages[0]["content"] for messages in fake.asked]
    before = own.rsplit("Text:", 1)[0]
    assert [text.removeprefix(before) for text in contentless] == [
        "Text: N/A\nIntent:", "Text: [MASK]\nIntent:", "Text: \nIntent:",
    ]  # fmt: skip
    assert answer.prompt_tokens == 40


def test_a_batch_prior_is_asked_for_once_and_kept(route: TaskFolder) -> None:
    setup = with_calibration(SETUP, "batch")
    fake = _Biased()
    with use_fakes(generators={"m": fake}):
        first = next(build_answerer(setup, route, POOL).answer([QUERY]))
        once = len(fake.asked)
        again = next(build_answerer(setup, route, POOL).answer([QUERY]))
        assert (once, len(fake.asked)) == (1 + len(POOL), 2 + len(POOL))
        assert first.logprobs == again.logprobs
        more = [*POOL, Example("4", "the app crashes", "card")]
        next(build_answerer(setup, route, more).answer([QUERY]))
        assert len(fake.asked) == 3 + 2 * len(POOL) + 1  # another pool, another prior


@pytest.mark.parametrize("selection", ["nearest", "bm25", "random"])
def test_under_leave_one_out_a_batch_prior_sees_nothing_of_the_query(
    selection: Any, route: TaskFolder
) -> None:
    setup = with_calibration(replace(SETUP, examples=ExampleSettings(2, selection)), "batch")
    fake = _Biased()
    with use_fakes(generators={"m": fake}):
        answerer = build_answerer(setup, route, POOL)
        for left_out in POOL:
            asked = len(fake.asked)
            answer = next(answerer.answer([Query.of(left_out.id, left_out.input)]))
            assert answer.error is None
            own, *prior = [messages[-1]["content"] for messages in fake.asked[asked:]]
            assert own.count(left_out.input) == 1  # the question
            assert not any(left_out.input in prompt for prompt in prior)
        assert len(fake.asked) > len(POOL)


def test_without_examples_a_batch_prior_says_what_to_do(route: TaskFolder) -> None:
    setup = with_calibration(replace(SETUP, examples=ExampleSettings(0)), "batch")
    with use_fakes():
        answer = next(build_answerer(setup, route, []).answer([QUERY]))
    assert "there are none" in (answer.error or "")


def test_random_examples_are_part_of_the_kept_beginning(route: TaskFolder, tmp_path: Path) -> None:
    model = f"path:{tiny_llama(tmp_path / 'model')}"
    drawn = ExampleSettings(2, selection="random")
    setup = replace(SETUP, model=model, embedder=None, examples=drawn)
    answers = list(
        build_answerer(setup, route, POOL).answer([QUERY, Query.of("r", "I want it back")])
    )
    assert [answer.error for answer in answers] == [None, None]
    assert answers[0].cached_tokens == 0
    assert answers[1].cached_tokens > 0.7 * answers[1].prompt_tokens


def test_only_classification_by_a_model_that_tells_can_be_scored(home: Path) -> None:
    other = create_project("other").add_task(Task("ask", "qa", "Answer."))
    other.add_examples([Example("1", "a", "b")])
    with use_fakes(), pytest.raises(InputError, match="no labels to score"):
        build_answerer(replace(SETUP, task="ask"), other, POOL)

    class _Writes:
        title, context, dtype, dtype_reason, reference = "w", None, "", "", "w"

    route = create_project("third").add_task(Task("route", "classification", "Route it."))
    route.add_examples(POOL)
    writes: Any = _Writes()
    with use_fakes(generators={"m": writes}), pytest.raises(InputError, match="only write"):
        build_answerer(SETUP, route, POOL)


def test_presets_of_classification_score_labels_where_the_model_tells() -> None:
    route, ask = Task("route", "classification"), Task("ask", "qa")
    assert preset("few-shot", route).answerer == "labels"
    assert preset("few-shot", route, "server:m@http://127.0.0.1:9/v1").answerer == "generate"
    assert preset("few-shot", ask).answerer == "generate"
    assert preset("1-nn", route).answerer == "1-nn"


def test_decoding_is_another_answerer_of_the_same_prompt() -> None:
    route, ask = Task("route", "classification"), Task("ask", "qa")
    setup = with_calibration(preset("few-shot", route), "batch")
    written = decoded(setup, "generate", route)
    assert (written.answerer, written.decoding.calibration) == ("generate", "none")
    assert decoded(written, "labels", route).answerer == "labels"
    assert decoded(setup, None, route) is setup
    with pytest.raises(InputError, match="has no labels"):
        decoded(preset("few-shot", ask), "labels", ask)
    with pytest.raises(InputError, match="puts no prompt to a model"):
        decoded(preset("1-nn", route), "generate", route)


def test_streaming_gives_the_label_at_once(route: TaskFolder) -> None:
    with use_fakes("refund"):
        answerer = build_answerer(SETUP, route, POOL)
        assert isinstance(answerer, LabelsAnswerer)
        assert list(answerer.stream(QUERY)) == ["refund"]


def test_prompts_that_begin_alike_are_asked_together_and_give_what_each_gives_alone(
    route: TaskFolder,
) -> None:
    class Together(_Biased):
        sizes: ClassVar[list[int]] = []

        def score_labels_together(self, prompts: Any, *rest: Any, **settings: Any) -> Any:
            self.sizes.append(len(prompts))
            return super().score_labels_together(prompts, *rest, **settings)

    queries = [Query.of(f"q{i}", f"{'money' if i % 2 else 'lost'} {i}") for i in range(11)]
    zero = replace(SETUP, examples=ExampleSettings(0))
    with use_fakes(generators={"m": Together()}):
        answerer = build_answerer(zero, route, POOL)
        found = list(answerer.answer(queries))
        alone = [next(answerer.answer([query])) for query in queries]
        assert Together.sizes == [8, 3]
        assert [replace(answer, seconds=0) for answer in found] == [
            replace(answer, seconds=0) for answer in alone
        ]
        nearest = build_answerer(SETUP, route, POOL)
        assert list(nearest.answer(queries))
        assert Together.sizes == [8, 3]
        assert (answerer.one_at_a_time, nearest.one_at_a_time) == (False, True)


def test_one_prompt_that_is_too_long_fails_alone(route: TaskFolder) -> None:
    class Short(_Biased):
        def score_labels(
            self, messages: Sequence[Any], labels: Sequence[str], **settings: Any
        ) -> LabelScores:
            if "long" in messages[-1]["content"]:
                raise ModelError("The prompt is too long.")
            return super().score_labels(messages, labels, **settings)

    queries = [Query.of("a", "lost"), Query.of("b", "long"), Query.of("c", "money")]
    zero = replace(SETUP, examples=ExampleSettings(0))
    with use_fakes(generators={"m": Short()}):
        found = list(build_answerer(zero, route, POOL).answer(queries))
    assert [answer.error for answer in found] == [None, "The prompt is too long.", None]
