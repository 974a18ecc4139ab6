"""Nothing heavy is imported before it is needed: read from `sys.modules` of a new process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {
    "torch", "transformers", "sentence_transformers", "tokenizers", "faiss", "sklearn", "scipy",
    "peft", "trl", "langchain", "langchain_core", "openai", "sacrebleu", "rouge_score", "nltk",
    "genai_prices", "xllamacpp", "llguidance", "optuna", "sqlalchemy", "mammoth", "markdownify",
    "pypdf",
}  # fmt: skip
COMMAND_ONLY = HEAVY | {"numpy", "pandas", "pyarrow", "altair", "streamlit"}
SUBCLASSES = {
    "ladder.models.bottleneck",
    "ladder.models.fakes",
    "ladder.models.sentence_embedder",
    "rag.few_shot.export.standalone.langchain_prompt",
    "rag.few_shot.langchain_selector",
    "rag.store.faiss_store",
}
"""They extend interfaces of LangChain or PEFT, so they are imported inside calls that need them."""
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for top in ("advisor", "ladder", "rag", "training")
    for path in (ROOT / top).rglob("*.py")
    if not path.name.endswith("_page.py")
)
assert set(MODULES) > SUBCLASSES
REPORT = "import json, sys\nprint(json.dumps(sorted({n.split('.')[0] for n in sys.modules})))"


def modules_after(code: str, *arguments: str) -> set[str]:
    """Return the top-level modules that a new Python holds after some code."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stdout.splitlines()[-1]))


HELP = """
import sys
from ladder.cli import app
try:
    app(sys.argv[1:])
except SystemExit as exit:
    assert not exit.code, exit.code
"""


@pytest.mark.parametrize("arguments", [["--help"], ["evaluate", "--help"], ["import", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert modules_after(HELP, *arguments) & COMMAND_ONLY == set()


def test_importing_every_module_but_the_pages_imports_nothing_heavy() -> None:
    names = sorted(set(MODULES) - SUBCLASSES)
    code = f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    assert modules_after(code) & HEAVY == set()


PAINT = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception
"""


@pytest.mark.parametrize("example", ["", "helpdesk"])
def test_the_first_paint_imports_nothing_heavy(example: str, home: Path) -> None:
    if example:
        from ladder.project import create_example

        create_example(example)
    assert modules_after(PAINT) & HEAVY == set()


def test_the_first_paint_of_few_shot_imports_nothing_heavy(home: Path) -> None:
    from ladder.project import create_example

    create_example("helpdesk")
    page = 'app.switch_page("rag/few_shot/few_shot_page.py").run()'
    found = modules_after(f"{PAINT}{page}\nassert not app.exception, app.exception")
    assert found & HEAVY == set()


def test_a_heavy_import_would_be_seen() -> None:
    assert "sklearn" in modules_after("import sklearn")
