from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Query, Setup
from ladder.costs.basis import PriceBasis
from ladder.errors import InputError, ModelError, StorageError
from ladder.evaluation.rows import read_rows
from ladder.evaluation.runner import ask, evaluate, method_of, planned, query_of
from ladder.evaluation.score import Score
from ladder.files import read_json_lines
from ladder.methods import METHODS, preset
from ladder.project import evaluation_plan
from ladder.project.task import Example, Task
from ladder.project.task_folder import TaskFolder

SETUP = Setup("generate", "route", model="m")


def test_a_score_says_all_that_is_needed_to_judge_it(route: TaskFolder, right: Any) -> None:
    score = evaluate(route, SETUP, right)
    items = evaluation_plan(route, "validation").items
    assert (score.value, score.n, score.metric) == (1.0, len(items), "accuracy")
    assert (score.method, score.split, score.scheme) == ("zero-shot", "validation", "leave-one-out")
    assert score.low == pytest.approx(1 / (1 + 1.96**2 / score.n), abs=1e-3)
    assert (score.errors, score.abstained, score.invalid) == (0, 0, 0)
    assert (score.prompt_tokens, score.cached_tokens) == (100 * score.n, 40 * score.n)
    assert score.cost_per_1k is None
    assert score.deploy_cost_per_1k is None
    assert score.p50_ms is not None
    assert score.setup is not None
    assert Setup.from_dict(score.setup) == SETUP
    printed = score.to_json()
    assert {
        "method", "split", "metric", "score", "ci_low", "ci_high", "n", "errors",
        "prompt_tokens", "completion_tokens", "p50_ms", "cost_per_1k",
    } <= set(printed)  # fmt: skip
    assert Score.from_json(json.loads(json.dumps(printed))) == score
    assert [Score.from_json(line) for line in read_json_lines(route.scores_file)] == [score]


def test_errors_abstentions_and_invalid_labels_are_counted_beside_the_score(
    scripted: Any,
    route: TaskFolder,
) -> None:
    items = evaluation_plan(route, "validation").items
    bad = {items[5].input: "!It broke; try again.", items[6].input: "what?"}
    score = evaluate(route, SETUP, scripted(lambda text: bad.get(text, text.split()[0])))
    assert (score.errors, score.invalid) == (1, 1)
    assert score.value == pytest.approx((score.n - 2) / score.n)


def test_the_same_evaluation_is_answered_at_once(
    scripted: Any, route: TaskFolder, right: Any
) -> None:
    first = evaluate(route, SETUP, right)
    again = scripted(lambda text: "never asked")
    assert evaluate(route, SETUP, again) == first
    assert (again.built, again.asked) == (0, [])
    assert len(read_json_lines(route.scores_file)) == 1


def test_another_metric_asks_no_model_again(scripted: Any, route: TaskFolder, right: Any) -> None:
    evaluate(route, SETUP, right)
    changed = route.save_task(replace(route.task, metric="macro-f1"))
    again = scripted(lambda text: "never asked")
    assert evaluate(changed, SETUP, again).metric == "macro-f1"
    assert not again.asked
    assert [line["metric"] for line in read_json_lines(route.scores_file)] == [
        "accuracy",
        "macro-f1",
    ]


@pytest.mark.parametrize("change", ["setup", "instruction", "example", "limit"])
def test_whatever_decides_answers_is_asked_anew(
    scripted: Any, change: str, route: TaskFolder, right: Any
) -> None:
    first = evaluate(route, SETUP, right)
    setup, limit = SETUP, None
    if change == "setup":
        setup = replace(SETUP, model="other")
    elif change == "instruction":
        route = route.save_task(replace(route.task, instruction="Route it well."))
    elif change == "example":
        item = evaluation_plan(route, "validation").pool[0]
        route.set_output(item.id, "card" if item.output != "card" else "refund")
    else:
        limit = 7
    again = scripted(lambda text: text.split()[0])
    second = evaluate(route, setup, again, limit=limit)
    assert second.key != first.key
    assert set(again.asked) == {row for row in read_rows(_rows(route, second))}


def test_a_stopped_evaluation_goes_on_where_it_was(
    scripted: Any, route: TaskFolder, right: Any
) -> None:
    class Stop(BaseException):
        pass

    def stop(done: int, total: int, message: str) -> None:
        if done == 9:
            raise Stop

    with pytest.raises(Stop):
        evaluate(route, SETUP, right, progress=stop)
    assert not route.scores_file.exists()
    seen: list[tuple[int, int]] = []
    rest = scripted(lambda text: text.split()[0], one_at_a_time=True)
    score = evaluate(route, SETUP, rest, progress=lambda done, total, _: seen.append((done, total)))
    assert len(rest.asked) == score.n - 9
    assert not set(rest.asked) & set(right.asked[:9])
    assert seen[0] == (9, score.n)
    assert seen[-1] == (score.n, score.n)


def test_items_asked_before_are_not_asked_again_when_all_are_scored(
    scripted: Any, route: TaskFolder
) -> None:
    some = scripted(lambda text: text.split()[0], one_at_a_time=True)
    evaluation = planned(route, SETUP, "validation", None, 0)
    ids = [item.id for item in evaluation.items]
    rows = ask(evaluation, lambda: some, ids[:5])
    assert list(rows) == some.asked == ids[:5]
    assert not route.scores_file.exists()
    assert ask(evaluation, lambda: pytest.fail("all of them are known"), ids[:5]) == rows
    rest = scripted(lambda text: text.split()[0], one_at_a_time=True)
    assert evaluate(route, SETUP, rest).n == len(ids)
    assert rest.asked == ids[5:]


def test_an_evaluation_that_was_killed_goes_on_where_it_was(
    scripted: Any, route: TaskFolder, tmp_path: Path, home: Path
) -> None:
    log = tmp_path / "asked.txt"
    script = tmp_path / "slow.py"
    script.write_text(_SLOW, encoding="utf-8")
    command = [sys.executable, str(script), str(log)]
    root = Path(__file__).parents[3]
    env = {**os.environ, "LADDER_HOME": str(home), "PYTHONPATH": str(root)}
    process = subprocess.Popen(command, env=env)
    try:
        deadline = time.monotonic() + 60
        while not log.exists() or len(log.read_text().split()) < 6:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (file,) = route.answers_folder.glob("*.jsonl")
    kept = set(read_rows(file))
    assert len(kept) >= 4
    rest = scripted(lambda text: text.split()[0], one_at_a_time=True)
    score = evaluate(route, SETUP, rest)
    assert not kept & set(rest.asked)
    assert kept | set(rest.asked) == {e.id for e in evaluation_plan(route, "validation").items}
    assert (score.value, score.key) == (1.0, file.stem)


_SLOW = """
import sys, time
from ladder.answering import Answer, Setup, Query
from ladder.evaluation.runner import evaluate
from ladder.project.workspace import open_project

class Slow:
    one_at_a_time = True
    def answer(self, queries):
        for query in queries:
            with open(sys.argv[1], "a") as log:
                log.write(query.id + "\\n")
            time.sleep(0.1)
            label = query.text.split()[0]
            yield Answer(query.id, label, label, seconds=0.1)

folder = open_project("demo").task()
evaluate(folder, Setup("generate", "route", model="m"), lambda *a, **k: Slow())
"""


def test_items_that_failed_are_asked_again(scripted: Any, route: TaskFolder) -> None:
    items = evaluation_plan(route, "validation").items
    first = evaluate(
        route, SETUP, scripted(lambda t: "!Too slow." if t == items[9].input else t.split()[0])
    )
    again = scripted(lambda text: text.split()[0], one_at_a_time=True)
    second = evaluate(route, SETUP, again)
    assert again.asked == [items[9].id]
    assert (first.errors, second.errors, second.value) == (1, 0, 1.0)


def test_a_model_that_fails_from_the_start_is_given_up(scripted: Any, route: TaskFolder) -> None:
    broken = scripted(lambda text: "!The server does not answer; start it.")
    with pytest.raises(ModelError, match=r"first 3 answers all failed\. The server does not"):
        evaluate(route, SETUP, broken)
    assert len(broken.asked) == 3
    assert not route.scores_file.exists()


def test_an_item_that_keeps_failing_is_counted_and_stops_nothing(
    scripted: Any, route: TaskFolder
) -> None:
    long = evaluation_plan(route, "validation").items[9].input
    say = scripted(lambda text: "!It is too long." if text == long else text.split()[0])
    first = evaluate(route, SETUP, say)
    again = evaluate(route, SETUP, say)
    assert (first.errors, again.errors) == (1, 1)
    assert again.value == pytest.approx((again.n - 1) / again.n)


def test_latency_is_of_single_requests_after_a_warm_up(
    scripted: Any, route: TaskFolder, right: Any
) -> None:
    score = evaluate(route, SETUP, right)
    assert len(right.asked) == score.n
    warm = [row.warm for row in read_rows(_rows(route, score)).values()]
    assert warm == [False, *[True] * 20, *[False] * (score.n - 21)]  # the others were together
    single = scripted(lambda text: text.split()[0], one_at_a_time=True)
    score = evaluate(route, replace(SETUP, model="other"), single)
    assert len(single.asked) == score.n
    assert score.p50_ms is not None
    assert score.p95_ms is not None
    assert 1 <= score.p50_ms <= score.p95_ms


def test_the_first_answer_is_no_latency(scripted: Any, route: TaskFolder) -> None:
    pause = iter([0.5])

    def say(text: str) -> str:
        time.sleep(next(pause, 0))
        return text.split()[0]

    score = evaluate(route, SETUP, scripted(say, one_at_a_time=True))
    assert score.p95_ms is not None
    assert score.p95_ms < 400


def test_costs_come_from_the_price_basis(scripted: Any, route: TaskFolder) -> None:
    basis = PriceBasis(hourly=3.6, hourly_source="a list price, 2026-11", utilisation=0.5)
    priced = route.save_task(replace(route.task, price=basis, deploy_model="openai:gpt-5-mini"))
    single = scripted(lambda text: text.split()[0], one_at_a_time=True)
    score = evaluate(priced, SETUP, single)
    rows = list(read_rows(_rows(route, score)).values())
    seconds = sum(row.seconds for row in rows if row.warm) / (score.n - 1)
    assert score.cost_per_1k == pytest.approx(1000 * seconds * 3.6 / 3600 / 0.5)
    assert score.deploy_cost_per_1k is not None
    assert score.deploy_cost_per_1k > 0


def test_what_this_machine_had_cached_is_no_discount_on_tokens(
    scripted: Any, route: TaskFolder
) -> None:
    from ladder.costs.prices import cost_per_1k

    model = "openai:gpt-5-mini"
    basis = PriceBasis(token_model=model)
    priced = route.save_task(replace(route.task, price=basis, deploy_model=model))
    right = scripted(lambda text: text.split()[0], one_at_a_time=True)
    full = cost_per_1k(basis, 0.0, prompt_tokens=100, cached_tokens=0, completion_tokens=2)
    less = cost_per_1k(basis, 0.0, prompt_tokens=100, cached_tokens=40, completion_tokens=2)
    assert full is not None
    assert less is not None
    assert less < full
    local = evaluate(priced, SETUP, right)
    assert (local.cost_per_1k, local.deploy_cost_per_1k) == (pytest.approx(full),) * 2
    assert local.cached_tokens == 40 * local.n
    server = evaluate(priced, replace(SETUP, model="server:m@http://localhost:1/v1"), right)
    assert (server.cost_per_1k, server.deploy_cost_per_1k) == (pytest.approx(less),) * 2
    baseline = evaluate(priced, preset("majority", route.task), right)
    assert baseline.deploy_cost_per_1k is None


def test_answers_are_not_those_of_weights_or_arithmetic_that_changed(
    scripted: Any, route: TaskFolder, right: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text("{}")
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    setup = replace(SETUP, model=f"path:{tmp_path}")
    monkeypatch.setattr("ladder.models.hardware.choose_dtype", lambda wanted: ("float32", ""))
    first = evaluate(route, setup, right)
    assert evaluate(route, setup, right).key == first.key
    weights.write_bytes(b"two")
    second = evaluate(route, setup, right)
    monkeypatch.setattr("ladder.models.hardware.choose_dtype", lambda wanted: ("bfloat16", ""))
    third = evaluate(route, setup, right)
    assert len({first.key, second.key, third.key}) == 3


def test_a_limit_that_leaves_nothing_out_is_none(route: TaskFolder, right: Any) -> None:
    whole = evaluate(route, SETUP, right, limit=1000)
    assert (whole.limit, whole.sampled) == (None, False)
    assert evaluate(route, SETUP, right, limit=7).sampled


def test_every_new_look_at_the_test_split_is_counted_once(route: TaskFolder, right: Any) -> None:
    evaluate(route, SETUP, right)
    assert read_json_lines(route.looks_file) == []
    for _ in range(2):
        score = evaluate(route, SETUP, right, split="test")
    evaluate(route, replace(SETUP, model="other"), right, split="test")
    looks = read_json_lines(route.looks_file)
    assert [look["model"] for look in looks] == ["m", "other"]
    assert (looks[0]["key"], looks[0]["metric"]) == (score.key, score.metric)


def test_a_test_evaluation_that_was_interrupted_was_a_look(
    scripted: Any, route: TaskFolder, right: Any
) -> None:
    class Stop(BaseException):
        pass

    def stop(done: int, total: int, message: str) -> None:
        if done == 1:
            raise Stop

    def no_model(*_: Any) -> Any:
        raise ModelError("There is no such model.")

    with pytest.raises(ModelError):
        evaluate(route, SETUP, no_model, split="test")
    assert read_json_lines(route.looks_file) == []
    with pytest.raises(Stop):
        evaluate(route, SETUP, right, split="test", progress=stop)
    (look,) = read_json_lines(route.looks_file)
    score = evaluate(route, SETUP, right, split="test")
    assert read_json_lines(route.looks_file) == [look]
    assert look["key"] == score.key


def test_scores_are_shown_with_and_without_near_duplicates(
    scripted: Any, route: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = route.split()
    near = tuple((id, split.train[0]) for id in split.test[:5])
    marked = replace(split, near_duplicates=near)
    monkeypatch.setattr(TaskFolder, "split", lambda self: marked)
    inputs = {e.input for e in route.examples() if e.id in split.test[:5]}
    wrong = scripted(lambda text: "refund?" if text not in inputs else text.split()[0])
    score = evaluate(route, SETUP, wrong, split="test")
    assert score.value == pytest.approx(5 / score.n)
    assert (score.near_duplicates, score.value_without_near_duplicates) == (5, 0.0)
    assert score.low_without_near_duplicates == 0.0


def test_logistic_is_cross_fitted_where_the_others_leave_one_out(
    route: TaskFolder, right: Any
) -> None:
    score = evaluate(route, preset("logistic", route.task), right)
    assert (score.scheme, right.scheme) == ("5-fold", "5-fold")
    assert evaluate(route, preset("1-nn", route.task), right).scheme == "leave-one-out"
    assert evaluate(route, preset("logistic", route.task), right, split="test").scheme == "held-out"


def test_a_project_that_cannot_be_written_says_so(
    route: TaskFolder, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    route.split()

    opened = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if "a" in mode:
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(self, mode, *args, **kwargs)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match="disk is full"):
        evaluate(route, SETUP, right)


def test_a_limit_below_one_is_refused(route: TaskFolder, right: Any) -> None:
    with pytest.raises(InputError, match="The limit is 0"):
        evaluate(route, SETUP, right, limit=0)


def test_every_preset_knows_its_method(route: TaskFolder) -> None:
    for name, method in METHODS.items():
        task = route.task if "classification" in method.kinds else Task("answer", "qa")
        assert method_of(preset(name, task)) == name


def test_an_example_is_asked_after_what_was_said_before_it() -> None:
    before = (
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "hi"},
    )
    query = query_of(Example("1", "refund?", "within 14 days", "Shop rules.", messages=before))
    assert query.messages == (*before, {"role": "user", "content": "refund?"})
    assert (query.text, query.context) == ("refund?", "Shop rules.")
    assert query_of(Example("1", "refund?")) == Query.of("1", "refund?")


def _rows(folder: TaskFolder, score: Score) -> Path:
    return folder.answers_folder / f"{score.key}.jsonl"
