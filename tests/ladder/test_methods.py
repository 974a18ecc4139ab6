"""Every method is a Setup, and says for which tasks it makes no sense."""

from __future__ import annotations

import pytest

from ladder.errors import InputError
from ladder.methods import METHODS, preset, why_not
from ladder.project.task import METRICS, Evidence, Example, Task, check_name


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", METRICS)
def test_a_method_has_a_setup_exactly_where_it_makes_sense(name: str, kind: str) -> None:
    task = Task("t", kind)  # type: ignore[arg-type]
    if reason := why_not(name, task):
        assert kind in reason
        with pytest.raises(InputError, match="makes no sense"):
            preset(name, task)
        return
    setup = preset(name, task)
    assert setup.task == "t"
    assert (setup.model is not None) == METHODS[name].uses_model
    assert (setup.embedder is not None) == METHODS[name].uses_embedder


def test_few_shot_shows_the_eight_nearest_with_the_nearest_last() -> None:
    setup = preset("few-shot", Task("route", "classification"))
    assert (setup.examples.count, setup.examples.order) == (8, "nearest-last")
    assert not setup.prompt.show_labels, "the examples show the labels, at no further tokens"


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="choose one of majority, 1-nn"):
        preset("magic", Task("t", "qa"))


@pytest.mark.parametrize("name", ["", "../x", "a b", "/etc", "A", "x" * 65, "..", ".hidden", "ü"])
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot name a project"):
        check_name(name, "project")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "ranking"}, 'kind of task is "ranking"; choose one of classification'),
        ({"kind": "qa", "metric": "accuracy"}, "does not fit qa; choose one of token-f1"),
        ({"kind": "qa", "target": 0.0}, "target is 0.0"),
        ({"kind": "qa", "target": float("nan")}, "target is nan"),
    ],
)
def test_a_task_that_cannot_be_scored_is_refused(settings: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Task("t", **settings)


def test_an_example_comes_back_from_its_line() -> None:
    example = Example(
        "1", "q", "", messages=({"role": "user", "content": "q"},),
        evidence=(Evidence("a.md", 3, 9),), answerable=False,
    )  # fmt: skip
    assert Example.from_dict(example.to_dict()) == example
    assert Example("2", "q").to_dict() == {"id": "2", "input": "q", "output": None}
    assert not Example("2", "q").labelled
