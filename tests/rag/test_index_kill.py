from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ladder.project import create_project

ROUNDS = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as POSIX does")
def test_killed_at_20_random_moments_the_index_is_the_old_one_or_the_new_one(home: Path) -> None:
    project = create_project("killed")
    (project.path / "documents").mkdir(exist_ok=True)
    script = Path(__file__).with_name("kill_rounds.py")
    done = subprocess.run(
        [sys.executable, str(script), str(project.path), str(ROUNDS), "7"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(script.parents[2])},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *rounds, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rounds) == ROUNDS
    for each in rounds:
        assert each["found"] in ([str(each["old"])], [str(each["new"])]), "all old or all new"
    kept = sum(each["found"] == [str(each["old"])] for each in rounds)
    assert kept > 0, "some were killed before they were done"
    assert last["last"] == [str(last["wanted"])], "and the next one goes through"
    assert sum(name.startswith("generation-") for name in last["left"]) <= 2
