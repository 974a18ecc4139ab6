"""Every tracked file is tidy; also a pre-commit hook."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".jsonl", ".json", ".csv", ".html", ""}
LIMIT = 1_000_000


def tracked() -> list[Path]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_every_tracked_file_is_small() -> None:
    assert [path.name for path in tracked() if path.stat().st_size > LIMIT] == []


def test_every_text_ends_in_one_newline_and_no_line_in_blanks() -> None:
    untidy = []
    for path in tracked():
        if path.suffix not in TEXT or "examples" in path.parts or path.name == "LICENSE":
            continue
        text = path.read_bytes().decode("utf-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            untidy.append(f"{path.name}: its end")
        untidy += [
            f"{path.name}:{number}: blanks at the end"
            for number, line in enumerate(text.split("\n"), 1)
            if line != line.rstrip()
        ]
    assert untidy == []


def test_no_conflict_was_committed() -> None:
    marker = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    texts = {p.name: p for p in tracked() if p.suffix in TEXT}
    assert [name for name, p in texts.items() if marker.search(p.read_text("utf-8"))] == []


def test_nothing_is_unpickled_and_no_shell_is_started() -> None:
    banned = re.compile(
        r"^\s*(import|from) (pickle|dill|cloudpickle)\b|shell=True|os\.system\(", re.M
    )
    ours = [p for p in tracked() if p.suffix == ".py" and p.name != Path(__file__).name]
    assert [p.name for p in ours if banned.search(p.read_text("utf-8"))] == []
