from __future__ import annotations

from pathlib import Path

from ladder.evaluation.code_version import answering_files, code_version

ROOT = Path(__file__).parents[3]


def test_what_decides_answers_is_hashed_and_pages_are_not() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in answering_files(ROOT)}
    assert {
        "ladder/prompt.py",
        "ladder/answering.py",
        "ladder/evaluation/baselines.py",
        "ladder/evaluation/logistic.py",
        "ladder/evaluation/metrics.py",
        "ladder/evaluation/neighbours.py",
        "ladder/models/generation.py",
        "ladder/project/documents.py",
        "rag/answerers.py",
        "rag/few_shot.py",
    } <= files
    assert not {file for file in files if file.endswith("_page.py")}
    assert len(code_version()) == 16
