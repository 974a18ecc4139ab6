from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from ladder.costs.basis import PriceBasis
from ladder.errors import InputError, ProjectError
from ladder.files import write_json_lines
from ladder.methods import preset
from ladder.project import Evidence, Example, Task, TaskFolder, create_project

EVERYTHING = Example(
    id="q", input="a \u2028 b", output="x", context="c",
    messages=({"role": "user", "content": "Hi"},), evidence=(Evidence("d.md", 1, 4),),
)  # fmt: skip


@pytest.fixture
def folder(home: Path) -> TaskFolder:
    return create_project("mine").add_task(Task("route", "classification"))


def test_examples_come_back_as_they_were_added(folder: TaskFolder) -> None:
    assert folder.examples() == []
    unanswerable = Example("n", "no answer", "", answerable=False)
    folder.add_examples([EVERYTHING, Example("u", "unlabelled")])
    folder.add_examples([unanswerable])
    assert folder.examples() == [EVERYTHING, Example("u", "unlabelled"), unanswerable]
    folder.save_examples([unanswerable])
    assert folder.examples() == [unanswerable]


def test_an_id_that_is_there_is_refused_and_nothing_is_added(folder: TaskFolder) -> None:
    folder.add_examples([Example("a", "one")])
    with pytest.raises(InputError, match='Two examples have the id "a"'):
        folder.add_examples([Example("b", "two"), Example("a", "three")])
    assert folder.examples() == [Example("a", "one")]


def test_one_row_is_labelled_corrected_and_unlabelled(folder: TaskFolder) -> None:
    folder.add_examples([Example("a", "one"), Example("b", "two", "y")])
    assert folder.set_output("a", " x ") == Example("a", "one", "x")
    folder.set_output("b", "z")
    assert folder.labels() == ["x", "z"]
    assert folder.set_output("b", "  ").labelled is False
    folder.set_output("b", None, answerable=False)
    assert folder.examples()[1] == Example("b", "two", "", answerable=False)
    with pytest.raises(ProjectError, match='no example "c"'):
        folder.set_output("c", "x")
    with pytest.raises(InputError, match="has no output"):
        folder.set_output("a", "x", answerable=False)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "b", "input": ', "not an example"),
        ('{"id": "b", "input": 3}', '"input" is 3'),
        ('{"input": "two"}', '"id" is None'),
        ('{"id": "b", "input": "two", "output": 4}', '"output" is 4'),
        ('{"id": "b", "input": "two", "colour": 4}', 'unknown key "colour"'),
        ('{"id": "b", "input": "two", "evidence": [{"doc": "x"}]}', "not an example"),
        ("[]", r"holds \[\]"),
        ('{"id": "a", "input": "two"}', "comes twice"),
    ],
)
def test_a_broken_line_is_named(folder: TaskFolder, line: str, says: str) -> None:
    text = '{"id": "a", "input": "one", "output": null}\n' + line + "\n"
    folder.examples_file.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=rf"examples\.jsonl, line 2.*{says}"):
        folder.examples()
    assert folder.examples_file.read_text(encoding="utf-8") == text


def test_ten_thousand_rows_load_in_well_under_a_second(folder: TaskFolder) -> None:
    rows = (
        Example(f"e{i}", f"a question of about ten words, with the number {i}", f"label {i % 77}")
        for i in range(10_000)
    )
    write_json_lines(folder.examples_file, (row.to_dict() for row in rows))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert len(folder.examples()) == 10_000
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.7


def test_the_split_is_frozen_at_first_use_and_kept(folder: TaskFolder) -> None:
    def rows(count: int) -> list[Example]:
        return [Example(f"e{i}", f"q {i * 7919} or {i * 31}", f"l{i % 3}") for i in range(count)]

    folder.save_examples(rows(19))
    assert folder.split().test == ()
    assert not folder.split_file.exists()
    folder.save_examples(rows(40))
    split = folder.split()
    assert len(split.test) == 20
    stored = folder.split_file.read_bytes()
    folder.set_output("e0", "l1")
    assert folder.split() == split
    assert folder.split_file.read_bytes() == stored
    folder.save_examples(rows(60))
    later = folder.split()
    assert set(split.test) < set(later.test)
    folder.split_file.write_text("{}")
    with pytest.raises(ProjectError, match=r"split\.json is not a split"):
        folder.split()


def test_settings_and_setup_come_back_as_they_were_saved(folder: TaskFolder) -> None:
    price = PriceBasis(hourly=1.5, hourly_source="our bill of 2026-10")
    task = Task("route", "classification", "Say \u00fc.", metric="macro-f1", price=price)
    assert folder.save_task(task).task == task
    again = folder.project.task("route")
    assert again.task == task
    assert again.setup() is None
    setup = preset("few-shot", task)
    again.save_setup(setup)
    assert again.setup() == setup
    with pytest.raises(InputError, match="keeps its name"):
        folder.save_task(replace(task, name="other"))


@pytest.mark.parametrize(
    "text",
    ["kind: poem\n", "- a\n", "kind: [", "kind: qa\ntarget: high\n", "colour: red\nkind: qa\n",
     "kind: qa\nname: other\n", "kind: qa\nprice: {hourly: 3}\n", "kind: qa\nprice: cheap\n"],
)  # fmt: skip
def test_a_broken_task_file_is_named(folder: TaskFolder, text: str) -> None:
    (folder.path / "task.yaml").write_text(text)
    with pytest.raises(ProjectError, match=r"task\.yaml"):
        folder.project.task("route")
    (folder.path / "setup.yaml").write_text(text)
    with pytest.raises(ProjectError, match=r"setup\.yaml"):
        folder.setup()
