"""Public data sets, read from the folder that LADDER_DATA names."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ladder.project import (
    create_project,
    document_text,
    evaluation_plan,
    import_into,
    preview,
    read_table,
)

pytestmark = pytest.mark.data


@pytest.fixture
def data() -> Path:
    folder = os.environ.get("LADDER_DATA")
    if not folder:
        pytest.skip("LADDER_DATA is not set; it names the folder of public data sets")
    return Path(folder)


def test_banking77_keeps_its_own_split_and_its_near_duplicates_are_found_in_time(
    home: Path, data: Path
) -> None:
    project = create_project("bank")
    for part in ("train", "test"):
        table = read_table(f"{part}.csv", (data / "banking77" / f"{part}.csv").read_bytes())
        found = preview(table)
        assert found.kind == "classification"
        assert len(found.labels) == 77
        import_into(project, "route", found, split=part)
    folder = project.task()
    start = time.perf_counter()
    split = folder.split()
    assert time.perf_counter() - start < 30
    assert (len(split.test), len(split.validation), len(split.train)) == (3080, 100, 9903)
    assert len(split.near_duplicates) == 44
    assert len({test for test, _ in split.near_duplicates}) == 39
    assert len(evaluation_plan(folder, "validation").pool) == 9903
    assert len(evaluation_plan(folder, "test").pool) == 10003


def test_every_answer_of_xquad_stands_where_its_evidence_says(home: Path, data: Path) -> None:
    project = create_project("wiki")
    table = read_table("xquad.en.json", (data / "xquad" / "xquad.en.json").read_bytes())
    report = import_into(project, "answer", preview(table))
    folder = project.task()
    assert folder.task.kind == "qa"
    assert len(table.rows) == 1190
    assert (report.added, report.documents) == (1188, 240)  # two questions stand there twice
    assert sum(p.message.startswith("The same as row") for p in report.problems) == 2
    texts = {path.name: document_text(path) for path in project.documents()}
    for example in folder.examples():
        spans = [texts[e.doc][e.start : e.end] for e in example.evidence]
        assert spans[0] == example.output
