"""The `ladder` command: what the pages do, from a terminal.

It parses, calls and prints; everything it does is a function elsewhere. An error that the user
can mend is one line on stderr and exit code 2; any other is one line and exit code 1;
`--debug` shows the traceback of either. Nothing heavy is imported for `--help`.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ladder import (
    __version__,
    commands_after,
    commands_calibrate,
    commands_export,
    commands_icl,
    commands_jobs,
    commands_models,
    commands_plan,
    commands_proof,
    commands_train,
)
from ladder.commands_documents import register as register_documents
from ladder.commands_estimate import register as register_estimate
from ladder.commands_serving import register as register_serving
from ladder.errors import InputError, JobError, LadderError
from ladder.given import generator_here, read_file, reference_here, setup_here, setup_of_run
from ladder.printing import (
    ProgressLine,
    say,
    say_json,
    score_line,
    scores_table,
    usage_line,
)

if TYPE_CHECKING:
    from ladder.jobs.job import Job

__all__ = ["app", "main"]

ELSEWHERE = {
    "Answers": "advisor.answers:Answers",
    "Board": "rag.few_shot.board:Board",
    "add_documents": "rag.adding:add_documents",
    "advice_to_json": "advisor.advice_json:advice_to_json",
    "advise": "advisor.advise:advise",
    "ask": "rag.conversation:ask",
    "chat_task": "rag.conversation:chat_task",
    "coverage": "advisor.coverage:coverage",
    "export_run": "training.export:export_run",
    "exported": "rag.few_shot.export:exported",
    "icl_plan": "rag.few_shot.price:plan_of",
    "kept_board": "rag.few_shot.board:kept_board",
    "label_next": "rag.few_shot.label_next:label_next",
    "make_plan": "advisor.plans:make_plan",
    "measured_answers": "advisor.measured:measured_answers",
    "measured_words": "advisor.few_shot_words:measured_words",
    "out_of_date": "rag.few_shot.board:out_of_date",
    "price_words": "advisor.words:price_words",
    "prompt_view": "rag.few_shot.prompt_view:prompt_view",
    "record": "advisor.record:record",
    "record_format": "advisor.record:format_of",
    "search": "rag.search.passages:search",
    "search_all": "rag.search.passages:search_all",
    "search_settings": "rag.search.passages:settings_in_use",
    "sensitivity": "advisor.sensitivity:sensitivity",
    "setup_in_use": "rag.few_shot.export:setup_in_use",
    "share_words": "rag.visibility:share_words",
    "starting_setup": "rag.few_shot.prompt_view:starting_setup",
    "training": "training:",
    "unseen_tokens_at": "rag.visibility:unseen_tokens_at",
}
"""What this file takes from the packages above `ladder`, by name; imported inside the call."""


class Kind(StrEnum):
    """The kinds of task."""

    classification = "classification"
    extraction = "extraction"
    qa = "qa"
    generation = "generation"


class ImportSplit(StrEnum):
    """Where imported rows go."""

    auto = "auto"
    train = "train"
    validation = "validation"
    test = "test"


class EvaluationSplit(StrEnum):
    """What a Setup can be scored on."""

    validation = "validation"
    test = "test"


class Decoding(StrEnum):
    """How a model's label is had."""

    generate = "generate"
    labels = "labels"


class Commands(TyperGroup):
    """Turns errors into one line and an exit code, and takes `--debug` anywhere."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command."""
        given = list(sys.argv[1:] if args is None else args)
        wanted = [argument for argument in given if argument != "--debug"]
        debug = len(wanted) < len(given)
        try:
            # Not standalone: it would print a usage error itself, in several lines.
            code = super().main(
                wanted, prog_name, complete_var, False, windows_expand_args, **extra
            )
            return sys.exit(code) if standalone_mode else code
        except Exception as error:
            if debug:
                traceback.print_exception(error)
            code, line = 2, str(error)
            if isinstance(error, TyperException):
                line = usage_line(error)
            elif not isinstance(error, LadderError):
                code = 1
                line = f"This was not foreseen ({type(error).__name__}: {error})."
                line += "" if debug else " Run it again with --debug to see where it happened."
        say(line if line.startswith("Usage:") else " ".join(line.split()), aside=True)
        sys.exit(code)


app = typer.Typer(
    cls=Commands,
    name="ladder",
    help="Find the cheapest way to make a language model good enough at your task, run it, and "
    "prove it on your own examples. PROJECT is a name in the workspace or a path.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")]
TaskOption = Annotated[str | None, typer.Option(metavar="NAME", help="Default: the only task.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def say_version(wanted: bool) -> None:
    """Print the version and end, if that is wanted."""
    if wanted:
        say(f"ladder {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=say_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Take the options that stand before the command (`Commands.main` reads --debug itself)."""


@app.command()
def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, - and _.")],
    example: Annotated[
        str | None, typer.Option(metavar="EXAMPLE", help="Copy an example: helpdesk.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a project in the workspace, empty or from an example."""
    from ladder.project import create_example, create_project

    project = create_example(name, example) if example else create_project(name)
    if as_json:
        say_json({"project": project.name, "path": project.path, "tasks": project.tasks()})
        return
    say(f"Made {project.path}.")
    if example:
        tasks = [project.task(task).task for task in project.tasks()]
        # Labels first: they are measured soonest, and need no documents indexed.
        first = min(tasks, key=lambda task: task.kind != "classification")
        say(f"Next: ladder measure {project.name} --task {first.name}")
    else:
        say(f"Next: ladder import {project.name} FILE, for labelled examples")
        say(f"or: ladder index {project.name} --documents FOLDER, to ask your documents")


@app.command(name="import")
def import_(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL, JSON or CSV.")],
    task: Annotated[
        str | None, typer.Option(metavar="NAME", help="Made if it is not there.")
    ] = None,
    input_column: Annotated[
        str | None, typer.Option("--input", metavar="COLUMN", help="Default: guessed.")
    ] = None,
    output_column: Annotated[
        str | None, typer.Option("--output", metavar="COLUMN", help="Default: guessed.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="Default: guessed.")] = None,
    split: Annotated[ImportSplit, typer.Option(help="Where the rows go.")] = ImportSplit.auto,
    as_json: JsonOption = False,
) -> None:
    """Import examples; what is wrong with a row is said with its number."""
    from ladder.project import guess_mapping, import_into, open_project, preview, read_table
    from ladder.project.start_view import report_words

    target = open_project(project)
    table_ = read_table(file.name, read_file(file))
    mapping = guess_mapping(table_)
    columns = {"input": input_column, "output": output_column}
    mapping = replace(mapping, **{field: name for field, name in columns.items() if name})
    seen = preview(table_, mapping, kind=kind.value if kind else None)
    report = import_into(target, task, seen, split=split.value)
    if as_json:
        say_json(report)
        return
    for problem in report.problems:
        say(problem.sentence, aside=True)
    say(report_words(report))
    if seen.examples and not any(example.labelled for example in seen.examples):
        say(
            "No row has an answer. If a column holds them, name it with --output COLUMN.",
            aside=True,
        )


@app.command()
def evaluate(
    project: ProjectArgument,
    task: TaskOption = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="METHOD",
            help="Such as 1-nn, zero-shot, few-shot or rag; a trained --model run:ID needs none.",
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Default: the bundled model.")
    ] = None,
    setup: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A Setup in YAML instead of a method.")
    ] = None,
    decoding: Annotated[
        Decoding | None,
        typer.Option(
            help="The model writes its label, or the labels are scored. Default: labels for "
            "classification by a local model."
        ),
    ] = None,
    split: Annotated[
        EvaluationSplit, typer.Option(help="A look at test is counted.")
    ] = EvaluationSplit.validation,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="A stratified random N.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="Seed of every random choice.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Score one method on the held-out examples; Ctrl-C leaves it running."""
    from ladder.answering import Setup
    from ladder.jobs import submit
    from ladder.methods import decoded, preset
    from ladder.project import evaluation_plan, open_project

    folder = open_project(project).task(task)
    spec: dict[str, Any] = {"task": folder.task.name, "split": split.value, "seed": seed}
    under = setup_of_run(method, model, folder.task.name) if setup is None else None
    if under is not None:
        spec["setup"] = under.to_dict()
    elif (method is None) == (setup is None):
        raise InputError("Say what to evaluate: either --method METHOD or --setup FILE.")
    elif setup is not None:
        spec["setup"] = setup_here(setup, folder.task.name, model).to_dict()
    elif method is not None:
        asked = preset(method, folder.task)
        if model is not None and asked.model is None:
            raise InputError(f"{method} asks no language model; leave --model {model} out.")
        spec["method"] = method
    if model is not None:
        spec["model"] = reference_here(model)
    if decoding is not None:
        under = Setup.from_dict(spec["setup"]) if "setup" in spec else None
        decoded(under or preset(spec["method"], folder.task), decoding.value, folder.task)
        spec["decoding"] = decoding.value
    if limit is not None:
        spec["limit"] = limit
    evaluation_plan(folder, split.value)
    job = followed(submit(folder.project, "evaluate", spec))
    if as_json:
        say_json(job.result)
    else:
        say(score_line(job.result))


@app.command()
def measure(
    project: ProjectArgument,
    task: TaskOption = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Default: the bundled model.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="A stratified random N.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score every method that makes sense on validation, in one job, and compare them."""
    from ladder.evaluation import scoreboard as scores_of
    from ladder.jobs import submit
    from ladder.project import evaluation_plan, open_project

    folder = open_project(project).task(task)
    evaluation_plan(folder, "validation")
    spec: dict[str, Any] = {"task": folder.task.name}
    if model is not None:
        spec["model"] = generator_here(model)
    if limit is not None:
        spec["limit"] = limit
    job = followed(submit(folder.project, "measure", spec))
    if as_json:
        say_json(job.result)
        return
    for name, reason in job.result["failed"].items():
        say(f"{name} could not be measured: {reason}", aside=True)
    say(scores_table([score.to_json() for score in scores_of(folder)]))


@app.command()
def scoreboard(
    project: ProjectArgument, task: TaskOption = None, as_json: JsonOption = False
) -> None:
    """Show what is measured, and which differences a paired test confirms."""
    from ladder.evaluation import against_no_llm, comparable, looks, split_size, verdicts
    from ladder.evaluation import scoreboard as scores_of
    from ladder.evaluation.board_view import scheme_words
    from ladder.project import near_duplicates_across, open_project

    folder = open_project(project).task(task)
    scores = [score.to_json() for score in scores_of(folder)]
    compared = verdicts(folder)
    if as_json:
        pairs = [
            {"test": pair.test.id, "other": pair.other.id, "part": pair.part}
            for pair in near_duplicates_across(folder)
        ]
        say_json(
            {
                "scores": scores,
                "verdicts": [verdict.to_json() for verdict in compared],
                "near_duplicates": pairs,
                "looks": len(looks(folder)),
            }
        )
        return
    if not scores:
        say(f"Nothing is measured yet. Next: ladder measure {project} --task {folder.task.name}")
        return
    say(scores_table(scores))
    for shown in (comparable(folder, "validation"), comparable(folder, "test")):
        if shown:
            say(scheme_words(shown, split_size(folder, shown[0].split)))
            for sentence in against_no_llm(shown, compared):
                say(sentence)
    say(f"Looks at the test split: {len(looks(folder))}.")
    for verdict in compared:
        say(verdict.sentence)


commands_jobs.register(app)
commands_models.register(app)
register_documents(app)
register_estimate(app)
register_serving()


def elsewhere(name: str) -> Any:
    """Import one of the names that this file takes from the packages above `ladder`."""
    module, _, attribute = ELSEWHERE[name].partition(":")
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


def followed(run_id: str) -> Job:
    """Follow a job to its end and return it; Ctrl-C stops looking, not the job.

    Raises:
        JobError: it did not end well.
    """
    from ladder.jobs import follow

    line = ProgressLine()
    try:
        job = follow(run_id, line)
    except KeyboardInterrupt:
        line.end()
        say(
            f"{run_id} goes on in the background. See it: ladder jobs. "
            f"Stop it: ladder jobs --cancel {run_id}",
            aside=True,
        )
        raise typer.Exit(130) from None
    line.end()
    if job.state != "done":
        raise JobError(
            f"{run_id} is {job.state}. {job.error or ''} What it wrote: ladder jobs --log {run_id}"
        )
    return job


commands_plan.register(app)
commands_train.register(app, elsewhere, followed)
commands_calibrate.register(app, followed)
commands_proof.register(app, followed)
commands_export.register(app, elsewhere)
commands_after.register(app, elsewhere, followed)
commands_icl.register(app, elsewhere, followed)


def main() -> None:
    """Run the command, writing UTF-8 whatever the terminal's code page is."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    app()


if __name__ == "__main__":
    main()
