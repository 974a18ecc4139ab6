"""`__all__` of every package and module is sorted, true and complete."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
TOP = ("advisor", "ladder", "rag", "training")
PACKAGES = sorted(
    {
        *TOP,
        *(
            module.name
            for top in TOP
            for module in pkgutil.walk_packages([str(ROOT / top)], f"{top}.")
            if module.ispkg
        ),
    }
)
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for top in TOP
    for path in (ROOT / top).rglob("*.py")
    if path.name != "__init__.py" and not path.name.endswith("_page.py")
)


def source(module: str) -> ast.Module:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def in_order(names: list[str]) -> list[str]:
    """Sort as ruff does (RUF022): constants, then classes, then the others."""
    return sorted(set(names), key=lambda n: (not n.isupper(), not n[0].isupper(), n))


def public(package: ModuleType) -> set[str]:
    """Return the public names that a package's `__init__` defines or imports for others."""
    names = set()
    for node in source(package.__name__).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in TOP:
            names |= {alias.asname or alias.name for alias in node.names}
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_what_it_is_and_lists_its_public_names(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__doc__
    assert package.__all__ == in_order(package.__all__)
    missing = [each for each in package.__all__ if not hasattr(package, each)]
    assert missing == []
    assert public(package) <= set(package.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_lists_public_names_that_it_has(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    listed = module.__all__
    assert listed == in_order(listed)
    assert [each for each in listed if not hasattr(module, each)] == []
