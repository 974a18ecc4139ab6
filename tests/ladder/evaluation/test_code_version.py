from __future__ import annotations

import ast
from pathlib import Path

from ladder.evaluation.code_version import answering_files, code_version

ROOT = Path(__file__).parents[3]
ASKING = ("rag/answerers.py", "rag/few_shot/selector.py", "ladder/evaluation/runner.py")
"""Where answers are made; what these import, directly or not, may decide them."""
DECIDES_NOTHING = (
    "ladder/costs/",  # what an answer costs
    "ladder/errors.py",  # the words of a failure
    "ladder/files.py",  # how files are written
    "ladder/jobs/",  # asked for the number of threads
    "ladder/methods.py",  # presets: a Setup, which is in the key itself
    "ladder/project/",  # which items and pool there are, which are in the key themselves
    "ladder/printing.py",  # words about jobs
    "ladder/evaluation/code_version.py",  # what this is about
    "ladder/evaluation/intervals.py",  # scores are made of answers
    "ladder/evaluation/paired.py",
    "ladder/evaluation/records.py",
    "ladder/evaluation/sampling.py",  # which items there are
    "ladder/evaluation/score.py",
    "ladder/evaluation/scoreboard.py",
    "ladder/evaluation/board_view.py",
)
DECIDE_ALL_THE_SAME = ("ladder/project/near_duplicates.py", "ladder/project/task.py")


def module_file(module: str) -> str | None:
    """Return the file of one of our modules."""
    place = ROOT / Path(*module.split("."))
    for file in (place.with_suffix(".py"), place / "__init__.py"):
        if file.is_file() and module.split(".")[0] in ("ladder", "rag", "training"):
            return file.relative_to(ROOT).as_posix()
    return None


def imports(file: str) -> set[str]:
    """Return our files that a file imports anywhere; of a package, where the name comes from."""
    found: set[str | None] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                found.add(origin(node.module, name.name))
        elif isinstance(node, ast.Import):
            found |= {module_file(name.name) for name in node.names}
    return {name for name in found if name}


def origin(module: str, name: str) -> str | None:
    """Return the file that defines a name which is imported from a module."""
    file = module_file(f"{module}.{name}") or module_file(module)
    if file is None or not file.endswith("__init__.py"):
        return file
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            return origin(node.module or "", name)
    return file


def test_whatever_answering_imports_is_hashed_unless_it_decides_nothing() -> None:
    hashed = {path.relative_to(ROOT).as_posix() for path in answering_files(ROOT)}
    reached, todo = set[str](), list(ASKING)
    while todo:
        file = todo.pop()
        if file in reached:
            continue
        reached.add(file)
        exempt = file.startswith(DECIDES_NOTHING) and file not in DECIDE_ALL_THE_SAME
        if not exempt:
            todo += imports(file)
    left_out = {f for f in reached - hashed if not f.startswith(DECIDES_NOTHING)}
    assert left_out == set()
    assert set(DECIDE_ALL_THE_SAME) <= hashed & reached
    assert {"ladder/prompt.py", "ladder/models/decoding.py", "ladder/evaluation/logistic.py"} <= (
        hashed & reached
    )


def test_what_decides_answers_is_hashed_and_pages_are_not() -> None:
    files = {path.relative_to(ROOT).as_posix() for path in answering_files(ROOT)}
    assert not {file for file in files if file.endswith(("_card.py", "_page.py", "_view.py"))}
    assert not {file for file in files if file.startswith("rag/proof/")}
    assert len(code_version()) == 16
