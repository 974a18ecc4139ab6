"""The commands around a plan: `ladder advise`, `ladder run`, and `ladder prompt`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ladder.answering import Selection
from ladder.errors import InputError
from ladder.files import write_text
from ladder.given import read_yaml, reference_here
from ladder.printing import job_summary, say, say_json, score_line, table

if TYPE_CHECKING:
    from ladder.jobs.job import Job
    from ladder.plan import Plan
    from ladder.project import Project, TaskFolder

__all__ = ["carry_out", "register"]

ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")]
TaskOption = Annotated[str | None, typer.Option(metavar="NAME", help="Default: the only task.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the `ladder` command."""
    for command in (advise, prompt, run):
        app.command()(command)


def advise(
    project: Annotated[str | None, typer.Argument(metavar="PROJECT", help="Name or path.")] = None,
    answers: Annotated[
        Path | None, typer.Option(metavar="FILE", help="YAML with answers to the questions.")
    ] = None,
    task: TaskOption = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Save what can run now as a plan for `ladder run`.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the decision record: .md, .html or .json."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say which method to try next, why, and at what price."""
    from ladder.cli import elsewhere

    if project is None and (answers is None or plan):
        raise InputError("Nothing to advise on: name a PROJECT, or a file with --answers FILE.")
    style = elsewhere("record_format")(report) if report else None
    folder, given = _shown(project, task, elsewhere)
    told = {} if answers is None else read_yaml(answers)
    token_model = folder.task.price.token_model if folder else ""
    advice = elsewhere("advise")(elsewhere("Answers").from_dict(given | told), token_model)
    measured = elsewhere("measured_words")(folder, advice.recommended) if folder else ""
    if report is not None:
        write_text(report, elsewhere("record")(advice, style, folder, told))
    made, missing = None, ""
    if plan:
        try:
            made = elsewhere("make_plan")(folder, advice)
        except InputError as error:
            missing = str(error)
    if as_json:
        more = {"plan": made.id if made else None, "missing": missing} if plan else {}
        say_json(elsewhere("advice_to_json")(advice) | {"measured": measured} | more)
        return
    _say_advice(advice, measured)
    if report is not None:
        say(f"The decision record is in {report}.")
    if missing:
        say(missing, aside=True)
    if made:
        say(f"Next: ladder run {project} {made.id}  ({made.title})")


def _shown(
    project: str | None, task: str | None, elsewhere: Callable[[str], Any]
) -> tuple[TaskFolder | None, dict[str, Any]]:
    """Return the task and the answers that its project shows; nothing without a project."""
    from ladder.project import open_project

    if project is None:
        return None, {}
    folder = open_project(project).task(task)
    elsewhere("coverage")(folder)
    return folder, elsewhere("measured_answers")(folder)


def _say_advice(advice: Any, measured: str) -> None:
    """Print an advice: what to do, why, its price, and what would change it."""
    from ladder.cli import elsewhere

    say(advice.sentence)
    for reason in advice.reasons:
        say(f"  - {reason.text} ({reason.printed_source})")
    if advice.chart_note:
        say(f"  - {advice.chart_note}")
    for row in advice.ranked[:1]:
        say(f"First price of {row.method}: {elsewhere('price_words')(row.price)}.")
    if measured:
        say(measured)
    for change in elsewhere("sensitivity")(advice)[:3]:
        say(f"What would change it: {change.sentence}")


def prompt(
    project: ProjectArgument,
    input: Annotated[str, typer.Option("--input", metavar="TEXT", help="What is asked.")],
    task: TaskOption = None,
    count: Annotated[
        int | None,
        typer.Option(min=0, max=1000, metavar="N", help="Default: as the task is set."),
    ] = None,
    selection: Annotated[
        Selection | None, typer.Option(help="Which examples. Default: as the task is set.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Whose tokens. Default: the task's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the exact prompt for a text, with its examples and tokens; no model is asked."""
    from ladder.cli import elsewhere
    from ladder.project import open_project

    if not input.strip():
        raise InputError("There is nothing to ask: give a text with --input TEXT.")
    folder = open_project(project).task(task)
    setup = elsewhere("starting_setup")(folder)
    current = folder.setup()
    if current is not None and current.retrieval.source != "none":
        say("The task's Setup also shows passages; they are not shown here.", aside=True)
    if count is not None:
        setup = replace(setup, examples=replace(setup.examples, count=count))
    if selection is not None:
        setup = replace(setup, examples=replace(setup.examples, selection=selection))
    if model is not None:
        setup = replace(setup, model=reference_here(model))
    view = elsewhere("prompt_view")(folder, setup, input)
    if as_json:
        say_json(view.to_json())
        return
    say(view.text)
    rows = [
        (e.id, e.output, "" if e.score is None else f"{e.score:.2f}", e.tokens, e.reason)
        for e in view.examples
    ]
    if rows:
        say()
        say(table(("example", "output", "like it", "tokens", "why"), rows))
    for place, example in enumerate(view.examples, 1):
        if example.conflict:
            say(f"Example {place}: {example.conflict}")
    about = "" if view.exact else "about "
    say(f"\n{about}{view.tokens:,} tokens for {view.model}, {len(rows)} examples")
    say(view.note)


def run(
    project: ProjectArgument,
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN", help="Id. Default: the newest.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Carry out a plan and follow it; what was predicted stands beside what it took."""
    from ladder.cli import followed
    from ladder.plan import find_plan, plans
    from ladder.plan_outcome import outcome_words, plan_outcome
    from ladder.project import open_project

    target = open_project(project)
    newest = next(iter(plans(target)), None)
    if plan is None and newest is None:
        raise InputError(
            f'The project "{target.name}" has no plan yet. Make one on the page Decide, or with: '
            f"ladder advise {target.name} --plan"
        )
    found = find_plan(target, plan or newest or "")
    jobs = carry_out(target, found, followed)
    outcome = plan_outcome(found, jobs)
    result = jobs[-1].result
    if as_json:
        answer = {"plan": found.to_dict(), "jobs": [job_summary(job) for job in jobs]}
        say_json(answer | outcome.to_json() | {"result": result})
        return
    for score in result.get("scores", [result] if "score" in result else []):
        say(score_line(score))
    say(outcome_words(outcome))


def carry_out(project: Project, plan: Plan, followed: Callable[[str], Job]) -> list[Job]:
    """Do the jobs of a plan, each after the one before; return them.

    Raises:
        JobError: one did not end well; those after it are not begun.
    """
    from ladder.jobs import submit

    done: list[Job] = []
    for step in plan.steps:
        trained = next((job.id for job in done if job.kind == "train"), "")
        done.append(followed(submit(project, step.kind, plan.spec(step.kind, trained))))
    return done
