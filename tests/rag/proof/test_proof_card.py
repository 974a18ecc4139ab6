from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ladder.jobs.context import RunContext
from ladder.models.fakes import use_fakes
from ladder.project import Project, Task, TaskFolder
from rag.proof.jobs import kept, run_prove, run_sweep
from rag.proof.proof_view import front_chart, point_rows, risk_chart, why_no_rule

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

Card = Callable[[], "AppTest"]

SCRIPT = """
from ladder.methods import preset
from ladder.project import open_project
from rag.proof.proof_card import proof

folder = open_project("library").task("answer")
proof(folder, folder.setup() or preset("rag", folder.task))
"""


@pytest.fixture(autouse=True)
def _fakes(small_space: object) -> Iterator[None]:
    with use_fakes():
        yield


@pytest.fixture
def folder(library: Project) -> TaskFolder:
    return library.add_task(Task("answer", "qa", "Answer briefly."))


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(
        "ladder.jobs.submit", lambda project, kind, spec: asked.append((kind, spec))
    )
    return asked


def card() -> AppTest:
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_string(SCRIPT, default_timeout=20).run()
    assert not app.exception
    return app


def primary(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.success, *app.info))


def test_one_click_checks_the_search_then_looks_for_better_settings(
    folder: TaskFolder, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    app = card()
    assert "Questions are made from your documents" in said(app)
    assert primary(app) == ["Check the search"]
    app.button(key="proof_prove").click().run()
    kind, spec = submitted[-1]
    assert (kind, spec["task"]) == ("prove", "answer")

    run_prove(RunContext(folder.project, spec, folder.path))
    app = card()
    assert "the right passage is among the 4 that are read" in said(app)
    assert len(app.dataframe) == 1
    assert primary(app) == ["Look for better settings"]
    app.button(key="proof_sweep").click().run()
    kind, spec = submitted[-1]
    assert kind == "sweep"

    run_sweep(RunContext(folder.project, spec, folder.path))
    app = card()
    found = kept(folder.project, "sweep")
    assert found is not None
    sentences = said(app)
    assert found[0]["recommendation"]["sentence"].split(". ")[0].rstrip(".") in sentences
    assert "Not checked yet: " in sentences, "there are no questions of people"
    assert len(primary(app)) == 1
    folder.project.add_document("new.md", b"# New\n\nA document that nobody asked about yet.")
    assert "Documents or questions changed since; check again." in said(card())


def test_the_recommended_settings_are_taken_over_and_indexed(
    folder: TaskFolder, submitted: list[tuple[str, dict[str, Any]]]
) -> None:
    from ladder.files import write_json
    from rag.proof.evaluation_set import proof_folder

    job = RunContext(folder.project, {"task": "answer"}, folder.path)
    run_prove(job)
    run_sweep(job)
    found = kept(folder.project, "sweep")
    assert found is not None
    advice = {"kind": "better", "settings": {"retrieval.k": 2, "retrieval.chunk_tokens": 64}}
    found[0]["recommendation"] |= advice | {"name": "two of 64"}
    write_json(proof_folder(folder.project) / "sweep.json", found[0])
    app = card()
    assert primary(app) == ["Use these settings"]
    app.button(key="proof_use").click().run()
    assert not app.exception
    setup = folder.setup()
    assert setup is not None
    assert (setup.retrieval.k, setup.retrieval.chunk_tokens) == (2, 64)
    assert submitted[-1][0] == "index"
    assert submitted[-1][1]["chunk_tokens"] == 64
    assert "From now on: two of 64." in said(app)
    assert "You use what was found: two of 64." in said(app)
    assert primary(app) == ["Check again"], "what is in use is not offered again"


def test_the_charts_hold_what_was_found_and_no_null(folder: TaskFolder) -> None:
    job = RunContext(folder.project, {"task": "answer"}, folder.path)
    proved, found = run_prove(job), run_sweep(job)
    (rows,) = front_chart(found).to_dict()["datasets"].values()
    assert len(rows) == len(found["points"])
    assert [row["kind"] for row in rows].count("used now") == 1
    assert len(point_rows(found)) < len(found["points"])
    assert proved["risk"] is not None
    assert risk_chart(proved["risk"]).to_dict()["layer"]


def test_the_fitted_rule_for_saying_nothing_can_be_used(folder: TaskFolder) -> None:
    proved = run_prove(RunContext(folder.project, {"task": "answer"}, folder.path))
    app = card()
    app.button(key="proof_rule").click().run()
    assert not app.exception
    setup = folder.setup()
    assert setup is not None
    assert setup.retrieval.abstention.fitted
    assert setup.retrieval.threshold == proved["risk"]["threshold"]
    assert "says nothing by the fitted rule." in said(app)


def test_a_rule_that_tells_little_or_silences_much_is_not_offered() -> None:
    assert why_no_rule({"auroc": 0.9, "answered": 0.8}) == ""
    assert "too little to go by" in why_no_rule({"auroc": 0.6, "answered": 0.8})
    assert "silent on more than half" in why_no_rule({"auroc": 0.9, "answered": 0.4})
