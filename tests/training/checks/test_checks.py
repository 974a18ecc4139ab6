from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import Message
from ladder.errors import InputError
from ladder.jobs import jobs
from ladder.models.fakes import use_fakes
from ladder.project import Example, Task, TaskFolder, open_project
from ladder.project.split import Split
from training.checks import Checked, check, check_everything, check_neighbours, check_rows
from training.checks.finding import Numbered
from training.checks.looks import LOOKS
from training.checks.seen import Seen
from training.jobs import start
from training.prepare import prepare
from training.recipe import Recipe, recipe_for

MakeRecipe = Callable[..., Recipe]
MakeTask = Callable[..., TaskFolder]


def some(n: int = 18, **fields: Any) -> list[Example]:
    """Return so few examples that all train."""
    names = ("card", "refund", "account")
    return [
        replace(Example(f"e{i}", f"{names[i % 3]} words {i * 37}", names[i % 3]), **fields)
        for i in range(n)
    ]


def codes(checked: Checked) -> dict[str, str]:
    return {finding.code: finding.severity for finding in checked.findings}


def message(checked: Checked, code: str) -> str:
    (found,) = (finding.message for finding in checked.findings if finding.code == code)
    return found


def test_a_finding_names_rows_and_holds_them_all(task_of: MakeTask) -> None:
    rows = some()
    for place in (1, 4, 6, 9, 12):
        rows[place] = replace(rows[place], input=f"<b>bold</b> {place}")
    (found,) = (f for f in check(task_of(rows), recipe_for("lora")).findings if f.code == "html")
    assert "(rows 2, 5, 7 and 2 more)" in found.message
    assert (found.rows, found.count) == ((2, 5, 7, 10, 13), 5)
    assert found.ids == ("e1", "e4", "e6", "e9", "e12")


def test_errors_come_first_and_refuse_together(task_of: MakeTask) -> None:
    rows = [replace(row, output="card") for row in some()]
    rows[2] = replace(rows[2], input="<p>refund</p>", output="  ")
    checked = check(task_of(rows), recipe_for("lora"))
    assert list(codes(checked))[:1] == ["empty-outputs"]
    assert codes(checked)["html"] == "warning"
    with pytest.raises(InputError, match=r"An empty output is given in 1 of 18 .*\(row 3; "):
        checked.refuse()


def test_an_unanswerable_question_may_have_an_empty_output(task_of: MakeTask) -> None:
    rows = some()
    rows[2] = replace(rows[2], output="", answerable=False)
    assert "empty-outputs" not in codes(check(task_of(rows, "qa"), recipe_for("lora")))


def test_half_labelled_rows_are_counted(task_of: MakeTask) -> None:
    rows = some()
    rows[4] = replace(rows[4], output=None)
    said = message(check(task_of(rows), recipe_for("lora")), "some-without-output")
    assert said.startswith("Without an output, 1 of 18 examples do not train (row 5)")


def test_columns_that_seem_swapped_are_named(task_of: MakeTask) -> None:
    rows = [
        Example(f"e{i}", "card" if i % 2 else "refund", f"where is the thing number {i * 37}")
        for i in range(16)
    ]
    said = message(check(task_of(rows, "generation"), recipe_for("lora")), "columns-swapped")
    assert "16 rows have 2 different inputs and 16 different outputs; row 1 has" in said


def test_questions_in_the_outputs_look_like_swapped_roles(task_of: MakeTask) -> None:
    rows = [Example(f"e{i}", f"It is number {i * 37}.", f"What is {i}?") for i in range(16)]
    said = message(check(task_of(rows, "generation"), recipe_for("lora")), "roles-swapped")
    assert said.startswith("Roles may be swapped: 16 of 16 outputs end with a question mark and 0")


def test_turns_that_are_in_order_are_not_mentioned(task_of: MakeTask) -> None:
    before: tuple[Message, ...] = (
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
    )
    checked = check(task_of(some(messages=before), "generation"), recipe_for("lora"))
    assert codes(checked) == {"no-validation": "warning"}


def test_a_role_that_was_stored_and_is_unknown_refuses(task_of: MakeTask) -> None:
    rows = some()
    rows[1] = replace(rows[1], messages=({"role": "tool", "content": "42"},))
    checked = check(task_of(rows), recipe_for("lora"))
    assert codes(checked)["unknown-role"] == "error"
    assert 'turn 1 of row 2 is of "tool"' in message(checked, "unknown-role")


@pytest.mark.parametrize(
    ("text", "code", "shown"),
    [
        ("caf\u00c3\u00a9 card", "wrong-encoding", "caf\u00c3\u00a9 card"),
        ("it\u00e2\u20ac\u2122s a card", "wrong-encoding", "it\u00e2\u20ac\u2122s a card"),
        ("a \x07 bell", "control-characters", r"a \x07 bell"),
        ("5 &lt; 6", "html", "5 &lt; 6"),
        ('<a href="x">card</a>', "html", '<a href="x">'),
    ],
)
def test_what_has_no_place_in_a_text_is_shown(
    task_of: MakeTask, text: str, code: str, shown: str
) -> None:
    rows = some()
    rows[3] = replace(rows[3], input=text)
    said = message(check(task_of(rows), recipe_for("lora")), code)
    assert "1 of 18 training examples (row 4)" in said
    assert shown in said


@pytest.mark.parametrize("text", ["a < b and c > d", "S\u00c3O PAULO", "I <3 you", "x<y>z", "AT&T"])
def test_what_only_looks_alike_is_left_alone(task_of: MakeTask, text: str) -> None:
    rows = some()
    rows[3] = replace(rows[3], input=text)
    assert codes(check(task_of(rows), recipe_for("lora"))) == {"no-validation": "warning"}


def test_two_labels_of_one_text_are_both_named(task_of: MakeTask) -> None:
    rows = [*some(), Example("twin", "CARD words 0!", "refund")]
    said = message(check(task_of(rows), recipe_for("lora")), "two-labels")
    assert 'is "card" in row 1 and "refund" in row 19' in said


def test_a_label_that_never_trains_is_named(task_of: MakeTask) -> None:
    rows = some(60)
    folder = task_of(rows)
    test = folder.split().test[0]
    folder.set_output(test, "parcel")
    said = message(check(folder, recipe_for("lora")), "label-never")
    assert said.startswith("1 label never trains")
    assert '"parcel"' in said


def test_a_special_token_in_an_answer_refuses(task_of: MakeTask, tiny: MakeRecipe) -> None:
    rows = some()
    rows[5] = replace(rows[5], output="account<|im_end|>")
    checked, plan = check_everything(task_of(rows), tiny())
    assert codes(checked)["special-tokens-in-answers"] == "error"
    assert plan is not None
    with pytest.raises(InputError, match=r"is in 1 answer \(row 6\): \"<\|im_end\|>\""):
        start(task_folder(plan), tiny())
    assert jobs() == []


def task_folder(plan: Any) -> TaskFolder:
    return open_project("odd").task(plan.setup.task)


def test_what_a_template_refuses_is_said_by_its_roles(
    task_of: MakeTask, tiny: MakeRecipe, tiny_llama_folder: Path, tmp_path: Path
) -> None:
    import shutil

    folder = shutil.copytree(tiny_llama_folder, tmp_path / "strict")
    strict = (
        "{% for m in messages %}{% if loop.index0 == 1 and m['role'] != 'user' %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}{{ m['content'] }}{% endfor %}"
    )
    (folder / "chat_template.jinja").write_text(strict, encoding="utf-8")
    rows = some()
    rows[3] = replace(rows[3], messages=({"role": "assistant", "content": "Hello"},))
    recipe = tiny("lora", f"model=path:{folder}", "format=chat")
    checked, plan = check_everything(task_of(rows), recipe)
    assert plan is None
    said = message(checked, "refused")
    assert "refuses a conversation of system, assistant, user: roles must alternate" in said


def test_neighbours_are_compared_with_progress_and_only_for_labels(
    task_of: MakeTask, tiny: MakeRecipe
) -> None:
    folder = task_of(some(300))
    said: list[tuple[int, int]] = []
    with use_fakes():
        assert check_neighbours(folder, tiny(), progress=lambda *at: said.append(at)) == Checked()
    total = len(folder.split().train)
    assert said == [(0, total), (total, total)]
    with use_fakes():
        few = task_of_few(folder)
        assert check_neighbours(few, tiny(), progress=lambda *at: said.append(at)) == Checked()
    assert len(said) == 2


def task_of_few(folder: TaskFolder) -> TaskFolder:
    """Return the same task with too few rows to say anything."""
    folder.split_file.unlink()
    folder.save_examples(folder.examples()[:15])
    return folder


def test_labels_are_not_compared_where_the_embedder_is_missing(
    task_of: MakeTask, tiny: MakeRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.errors import ModelError

    def missing(*_: Any, **__: Any) -> Any:
        raise ModelError("all-minilm-l6-v2 is not here.")

    monkeypatch.setattr("training.checks.looks.check_neighbours", missing)
    checked, plan = check_everything(task_of(some()), tiny())
    assert plan is not None
    assert "all-minilm-l6-v2 is not here." in message(checked, "labels-not-compared")


def test_ten_thousand_rows_take_a_few_seconds() -> None:
    rows = [
        Example(f"e{i}", " ".join(f"{i * k % 9973}w" for k in range(1, 30)), f"label {i % 77}")
        for i in range(10_000)
    ]
    ids = [row.id for row in rows]
    split = Split(tuple(ids[:200]), tuple(ids[200:300]), tuple(ids[300:]))
    numbered = tuple(Numbered(number, row) for number, row in enumerate(rows, 1))
    seen = Seen(Task("task", "classification"), recipe_for("lora"), split, numbered)
    began = time.process_time()
    assert [finding for look in LOOKS for finding in look(seen)] == []
    assert time.process_time() - began < 3


def test_check_rows_of_a_prepared_run_reads_the_recipe_as_resolved(
    task_of: MakeTask, tiny: MakeRecipe
) -> None:
    rows = some()
    rows[0] = replace(rows[0], context="z" * 400)
    folder = task_of(rows)
    cut = check_rows(folder, prepare(folder, tiny("classifier", "longest=200")))
    assert message(cut, "cut").startswith(
        "Cut, for it is longer than 200 tokens: 1 training example (row 1). Of"
    )
