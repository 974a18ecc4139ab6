"""From answers to a plan, its run and the scoreboard, in a real browser and without typing.

The answers are chosen so that each method is what the advice is, and its button the primary one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from advisor.screens import SCREENS
from ladder.evaluation import scoreboard
from ladder.jobs.job import Job
from ladder.jobs.records import read_job
from ladder.methods import preset
from ladder.models.fakes import tiny_llama
from ladder.plan import find_plan, plans
from ladder.project import (
    Example,
    Project,
    Task,
    TaskFolder,
    create_project,
    guess_mapping,
    import_into,
    preview,
    read_table,
)

if TYPE_CHECKING:
    from tests.e2e.conftest import Server, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.real]
ROOT = Path(__file__).parents[2]
HELPDESK = ROOT / "examples" / "helpdesk"
TICKETS = ROOT / "ladder" / "project" / "samples" / "tickets.csv"
LOOPBACK = {"127.0.0.1", "localhost", ""}  # data: and blob: have no host
MINUTES = 60_000  # ms


def test_few_shot_goes_from_advice_to_the_scoreboard(
    visitor: Visitor, server: str, home: Path
) -> None:
    from playwright.sync_api import expect

    project = create_project("bikes")
    table = read_table(TICKETS.name, TICKETS.read_bytes())
    import_into(project, None, preview(table, guess_mapping(table), kind="qa"))
    page = visitor.page
    page.goto(f"{server}/decide?project=bikes")
    visitor.settle()
    answer_the_questions(visitor, "a skill")
    run_this(visitor, "Few-shot prompt (ICL)", "few-shot with 8 examples, ready now")
    (plan,) = plans(project)
    expect(page.get_by_text(plan)).to_be_visible()
    page.locator(".st-key-shots_offer").get_by_role("radio").first.click()
    expect(page.get_by_role("tab", name="The exact prompt")).to_be_visible(timeout=5 * MINUTES)
    visitor.settle()
    assert visitor.barriers() == []
    visitor.press("Ask rehearsal model")
    expect(page.get_by_text("tokens written")).to_be_visible(timeout=5 * MINUTES)
    visitor.settle()
    visitor.shot("few-shot")
    visitor.press("Use this setting")
    visitor.press("Measure this setting")
    see_the_score(visitor, project.task(), "few-shot", plan)
    setup = project.task().setup()
    assert setup is not None
    assert setup.to_dict() == scoreboard(project.task())[0].setup


def test_retrieval_goes_from_answers_to_the_scoreboard(
    visitor: Visitor, server: str, home: Path
) -> None:
    from playwright.sync_api import expect

    folder = questions_about_documents()
    page = visitor.page
    page.goto(f"{server}/decide?project=desk")
    visitor.settle()
    answer_the_questions(visitor, "Not everyone may see every document")
    visitor.shot("decide-documents")
    assert visitor.barriers() == []
    run_this(visitor, "Retrieval (RAG)", "retrieval (RAG)")
    plan = filled_in(visitor, folder.project)
    assert visitor.barriers() == []
    visitor.press(re.compile("^Index the documents"))
    chip = page.get_by_role("button", name=folder.examples()[0].input)
    expect(chip).to_be_visible(timeout=10 * MINUTES)
    visitor.settle()
    visitor.shot("chat-plan")
    assert visitor.barriers() == []
    visitor.press("Use and measure it")
    see_the_score(visitor, folder, "rag", plan)


def test_a_lora_outlives_tab_and_server_and_reaches_the_scoreboard(
    visitor: Visitor, app_server: Server, home: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    folder = tickets_for_a_toy(tiny_llama(tmp_path / "toy-llama", hidden=384, spread=0.02))
    earlier = trained_before(folder)
    page = visitor.page
    page.goto(f"{app_server.address}/decide?project=desk")
    visitor.settle()
    answer_the_questions(visitor, "style or format")
    run_this(visitor, "Small adapters (PEFT, LoRA)", "LoRA")
    plan = filled_in(visitor, folder.project)
    expect(page.get_by_text("from toy-llama")).to_be_visible()
    expect(page.get_by_text("Memory", exact=True)).to_be_visible()
    visitor.shot("train")
    assert visitor.barriers() == []
    visitor.press(re.compile("^Start, about"))
    expect(page.get_by_text(re.compile(r"[1-9]\d of \d+, training, "))).to_be_visible(
        timeout=5 * MINUTES
    )
    expect(page.get_by_label(re.compile("^Loss on the training examples by step;"))).to_be_visible()
    visitor.shot("train-running")
    page.close()
    app_server.kill()
    run = alone_to_its_end(app_server, folder.project, earlier)
    app_server.start()
    page = visitor.new_tab()
    page.goto(f"{app_server.address}/train?project=desk")
    visitor.settle()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"(\d+) of \1 steps, .*\(expected "))).to_be_visible()
    expect(page.get_by_text(re.compile(f"Plan {plan} .*: predicted .*; took "))).to_be_visible()
    visitor.shot("train-done")
    assert visitor.barriers() == []
    visitor.press("Measure this model")
    see_the_score(visitor, folder, "lora", plan)
    assert scoreboard(folder)[0].model == f"run:{run.id}"
    visitor.visit("Train")
    expect(page.get_by_text("held-out examples that it never saw")).to_be_visible()
    visitor.shot("train-measured")
    assert visitor.barriers() == []
    assert visitor.errors == []


def questions_about_documents() -> TaskFolder:
    """Make a project of four of the helpdesk's documents and eight questions about them."""
    names = ("delivery.md", "account.md", "care.md", "recycling.md")
    project = create_project("desk")
    for name in names:
        project.add_document(name, (HELPDESK / "documents" / name).read_bytes())
    told = [row for row in rows_of("answer") if row.get("evidence")]
    told = [row for row in told if {place["doc"] for place in row["evidence"]} <= set(names)]
    folder = project.add_task(Task("answer", "qa", "Answer from the handbook, in a few words."))
    folder.add_examples([Example(row["id"], row["input"], row["output"]) for row in told[:8]])
    return folder


def tickets_for_a_toy(toy: Path) -> TaskFolder:
    """Make a project of the helpdesk's tickets in which a random toy model answers.

    They are asked as questions: where labels are to be named, no advice is a LoRA.
    """
    task = Task("route", "qa", "Name the intent of the customer's ticket.")
    folder = create_project("desk").add_task(task)
    folder.add_examples([Example(r["id"], r["input"], r["output"]) for r in rows_of("route")])
    folder.save_setup(replace(preset("zero-shot", folder.task), model=f"path:{toy}"))
    return folder


def rows_of(task: str) -> list[dict[str, Any]]:
    text = (HELPDESK / "tasks" / task / "examples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def trained_before(folder: TaskFolder) -> str:
    """Train a moment by the command, as another day might have left it; return the run's id."""
    setup = folder.setup()
    assert setup is not None
    few = ("--set", f"model={setup.model}", "--set", "max_tokens=4000")
    command = ("train", folder.project.name, "--method", "lora", "--preset", "quick", *few)
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "ladder.cli", *command, "--json"],
        capture_output=True, text=True, check=False, timeout=900,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return str(json.loads(ran.stdout)["id"])


def answer_the_questions(visitor: Visitor, *told: str) -> None:
    """Say that a prompt was tried, and what else is told, where it is asked; click Next."""
    page = visitor.page
    waiting = ["tried, below the target", *told]
    for _ in range(len(SCREENS)):
        for words in list(waiting):
            asked = page.get_by_text(words, exact=True)
            if asked.count():
                asked.click()
                visitor.settle()
                waiting.remove(words)
        visitor.press("Next")
    assert waiting == []
    assert page.get_by_role("button", name="Next", exact=True).count() == 0


def run_this(visitor: Visitor, method: str, words: str) -> None:
    """Carry out what is advised, by the primary button."""
    from playwright.sync_api import expect

    page = visitor.page
    expect(page.get_by_role("heading", name=method, exact=True)).to_be_visible()
    primary = page.get_by_test_id("stBaseButton-primary")
    expect(primary).to_have_text(re.compile(f"^Run this: {re.escape(words)}"))
    primary.click()
    visitor.settle()


def filled_in(visitor: Visitor, project: Project) -> str:
    """Return the id of the plan that the page was opened with, as it says itself."""
    from playwright.sync_api import expect

    (plan,) = plans(project)
    expect(visitor.page.get_by_text(f"Filled in by the plan {plan}")).to_be_visible()
    return plan


def alone_to_its_end(server: Server, project: Project, earlier: str) -> Job:
    """See that the run after an earlier one goes on with no server there; wait for its end.

    Its files alone are read: a look at the list of jobs would tend the queue as the server does.
    """
    (folder,) = (each for each in project.runs_folder.iterdir() if each.name != earlier)
    metrics = folder / "metrics.jsonl"
    steps = metrics.read_text(encoding="utf-8").count("\n")
    assert read_job(folder).state == "running"
    assert not server.answers
    assert 0 < steps < json.loads(metrics.read_text(encoding="utf-8").splitlines()[0])["steps"]
    end = time.monotonic() + 1200
    while (run := read_job(folder)).state == "running" and time.monotonic() < end:
        time.sleep(0.2)
    assert run.state == "done", run.error
    assert metrics.read_text(encoding="utf-8").count("\n") > steps
    assert not server.answers
    return run


def see_the_score(visitor: Visitor, folder: TaskFolder, method: str, plan: str) -> None:
    """Wait for the measurement, see predicted beside actual, then the row on the Scoreboard."""
    from playwright.sync_api import expect

    page = visitor.page
    expect(page.get_by_text("Nothing is running.")).to_be_visible(timeout=20 * MINUTES)
    steps = [step.kind for step in find_plan(folder.project, plan).steps]
    took = page.get_by_text(re.compile(f"Plan {plan} .*: predicted .*; took "))
    expect(took).to_have_count(len(steps))
    visitor.settle()
    visitor.shot("jobs-plan")  # the last test's stays, whose plan has the most jobs
    assert visitor.barriers() == []
    visitor.press("See the scoreboard")
    expect(page.get_by_text(re.compile(rf"{method} leads with [01]\.\d\d \("))).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    assert visitor.barriers() == []
    (score,) = scoreboard(folder)
    assert (score.method, score.plan, score.errors) == (method, plan, 0)
    assert visitor.errors == []
    assert visitor.hosts <= LOOPBACK
