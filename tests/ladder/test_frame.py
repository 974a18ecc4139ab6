from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.answering import Setup
from ladder.frame import PAGES, model_title, who_answers
from ladder.project import Task, create_project

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
OpenPage = Callable[..., "AppTest"]
HEAVY = (
    "torch", "transformers", "sentence_transformers", "faiss", "sklearn", "scipy", "langchain",
    "langchain_core", "peft", "trl", "genai_prices", "sacrebleu",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_workspace_with_one_primary_button(
    page: str, open_page: OpenPage
) -> None:
    app = open_page(page)
    primary = [button for button in app.button if button.proto.type == "primary"]
    assert len(primary) == 1


@pytest.mark.parametrize("page", ["home", "start"])
def test_the_first_paint_imports_nothing_heavy(page: str, home: Path) -> None:
    code = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=20).run()
if {page!r} != "home":
    app.switch_page({PAGES[page]!r}).run()
assert not app.exception
print(sorted({set(HEAVY)!r} & set(sys.modules)))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_project_and_task_are_restored_from_the_address(home: Path, open_page: OpenPage) -> None:
    create_project("alpha")
    beta = create_project("beta")
    for name in ("answer", "route"):
        beta.add_task(Task(name, "classification"))
    app = open_page("home", project="beta", task="route")
    assert app.get_by_key("pick_project").value == "beta"
    assert app.get_by_key("pick_task").value == "route"
    app.switch_page(PAGES["jobs"]).run()
    assert app.get_by_key("pick_project").value == "beta"
    assert app.get_by_key("pick_task").value == "route"


def test_few_names_are_all_shown_and_many_in_a_list(home: Path, open_page: OpenPage) -> None:
    for number in range(4):
        create_project(f"project-{number}")
    assert len(open_page("jobs").selectbox) == 0
    create_project("project-4")
    assert open_page("jobs").selectbox(key="pick_project").options[-1] == "project-4"


@pytest.mark.parametrize("name", ["../../etc", "/etc", "nowhere", "..", "models", ""])
def test_only_names_of_the_workspace_are_accepted_from_the_address(
    name: str, home: Path, open_page: OpenPage
) -> None:
    create_project("alpha")
    app = open_page("home", project=name)
    assert app.get_by_key("pick_project").value == "alpha"


def test_picking_another_project_forgets_the_task_of_the_first(
    home: Path, open_page: OpenPage
) -> None:
    create_project("alpha").add_task(Task("route", "classification"))
    create_project("beta").add_task(Task("answer", "qa"))
    app = open_page("jobs", project="alpha", task="route")
    app.get_by_key("pick_project").set_value("beta").run()
    assert not app.exception
    assert app.get_by_key("pick_task").value == "answer"


def test_the_page_says_which_model_answers(home: Path, open_page: OpenPage) -> None:
    folder = create_project("alpha").add_task(Task("route", "classification"))
    said = [m.value for m in open_page("jobs").markdown]
    assert any("Model at hand: **rehearsal model, 135M**" in each for each in said)
    assert not any("Answers" in each for each in said)  # nobody has chosen it yet
    folder.save_setup(Setup("generate", "route", model="server:qwen@http://127.0.0.1:9/v1"))
    assert any("Answers: **qwen at 127.0.0.1:9" in m.value for m in open_page("jobs").markdown)


def test_a_method_without_a_model_is_called_what_it_is() -> None:
    assert who_answers(Setup("logistic", "route")) == ("Answers", "no LLM (logistic)")


def test_a_model_is_called_by_a_name_that_a_person_can_read() -> None:
    assert model_title("all-minilm-l6-v2") == "all-MiniLM-L6-v2, 22M"
    assert model_title("hf:org/name") == "hf:org/name"
    assert model_title("gguf:/data/models/small-q4.gguf") == "small-q4.gguf"
    assert model_title("path:/data/models/ours/") == "ours"
    assert model_title("server:qwen3@https://llm.example.com/v1") == "qwen3 at llm.example.com"
