"""Copy the project's own code into an export, so that nothing is written a second time.

A module of `standalone` becomes a file. What it imports from the project goes with it: a module
that needs nothing else of the project as a file of its own, a function from any other module into
`parts.py`, as its source stands. Only the lines that import from the project are changed.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
from collections.abc import Collection
from pathlib import Path

from ladder import __version__
from ladder.models.generation import check_length
from ladder.models.hardware import choose_dtype
from ladder.project.task import fold_label
from ladder.prompt import encode, read_output, shared_tokens

__all__ = ["alone"]

_WHOLE = {
    "ladder.errors",
    "ladder.files",
    "ladder.models.decoding",
    "ladder.models.label_tree",
    "ladder.models.label_scores",
    "ladder.models.quiet",
    "ladder.project.near_duplicates",
    "rag.calibration",
    "rag.few_shot.choose",
    "rag.search.bm25",
    "rag.search.language",
}
"""Modules that are copied as they are: they need nothing of the project but each other."""
_STANDALONE = "rag.few_shot.export.standalone"
_PARTS = (
    fold_label, encode, read_output, shared_tokens, check_length, choose_dtype,
)  # fmt: skip
"""What is copied out of other modules; what another one needs comes before it."""
_HEAD = '''"""Functions of Adaptation Ladder, copied as they stand there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from errors import InputError, ModelError

Message = dict[str, str]
Task = Any
'''
_FROM = re.compile(r"^(\s*)from ((?:ladder|rag)(?:\.\w+)*) import", re.MULTILINE)


def alone(name: str, unused: Collection[str] = ()) -> dict[str, bytes]:
    """Return a module of `standalone`, and all that it needs of the project, by file name.

    Args:
        name: the module.
        unused: modules that are imported inside functions which are never called.
    """
    wanted = [f"{_STANDALONE}.{name}"]
    files: dict[str, bytes] = {}
    while wanted:
        module = wanted.pop()
        file = f"{module.rpartition('.')[2]}.py"
        if file in files:
            continue
        source = _path(module).read_text(encoding="utf-8")
        files[file] = _about(module) + _FROM.sub(_renamed, source).encode()
        for other in _taken(source) - set(unused):
            if _is_file(other):
                wanted.append(other)
            else:
                files["parts.py"] = _parts()
                wanted.append("ladder.errors")
    return files


def _renamed(found: re.Match[str]) -> str:
    """Return the beginning of an import line as it stands in an export."""
    module = found[2].rpartition(".")[2] if _is_file(found[2]) else "parts"
    return f"{found[1]}from {module} import"


def _is_file(module: str) -> bool:
    return module in _WHOLE or module.startswith(f"{_STANDALONE}.")


def _taken(source: str) -> set[str]:
    """Return the project's modules that a source imports from."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    modules = {node.module or "" for node in nodes}
    return {module for module in modules if module.split(".")[0] in ("ladder", "rag")}


def _path(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _about(module: str) -> bytes:
    """Return the line that says where a file comes from."""
    return f"# {module} of Adaptation Ladder {__version__} (Apache License 2.0).\n".encode()


def _parts() -> bytes:
    sources = (inspect.getsource(part) for part in _PARTS)
    return (_HEAD + "".join(f"\n\n{source}" for source in sources)).encode()
