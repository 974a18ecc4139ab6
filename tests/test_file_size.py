"""A file is one thing: 80 to 300 lines as a rule, never above 500."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CEILING = 500
FOLDERS = ("ladder", "advisor", "rag", "training", "tests", "benchmarks")


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_longer_than_500_lines(folder: str) -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {file: lines for file, lines in sizes.items() if lines > CEILING} == {}


def test_the_router_stays_a_router() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 60
