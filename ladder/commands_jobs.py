"""The commands that look after this machine: `ladder jobs` and `ladder doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from ladder.printing import duration, job_summary, say, say_json, table

__all__ = ["register"]

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the `ladder` command."""
    for command in (jobs, doctor):
        app.command()(command)


def jobs(
    project: Annotated[str | None, typer.Argument(metavar="PROJECT", help="Default: all.")] = None,
    cancel: Annotated[str | None, typer.Option(metavar="ID", help="Stop a job.")] = None,
    log: Annotated[str | None, typer.Option(metavar="ID", help="Show what it wrote.")] = None,
    retry: Annotated[str | None, typer.Option(metavar="ID", help="Run it again.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the jobs, or stop one, show its log, or run it again."""
    import ladder.jobs as service
    from ladder.jobs.job_view import found_words
    from ladder.project import open_project

    if log is not None:
        say(service.job(log).log_tail(1000))
        return
    if cancel is not None:
        found = [service.cancel(cancel)]
    elif retry is not None:
        found = [service.job(service.retry(retry))]
    else:
        found = service.jobs(open_project(project) if project else None)
    if as_json:
        say_json([job_summary(job) for job in found])
    elif not found:
        say("No jobs yet.")
    else:
        rows = [
            (
                *(job.id, job.project.name, job.kind, job.state),
                f"{job.progress.done}/{job.progress.total}" if job.progress.total else "",
                duration(job.finished - job.started) if job.finished and job.started else "",
                job.error or found_words(job) or job.progress.message,
            )
            for job in found
        ]
        say(table(("id", "project", "kind", "state", "progress", "took", "what came of it"), rows))


def doctor(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index of jobs again from their folders.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check Python, packages, models, disk and the index of jobs."""
    from ladder.doctor import checks, rebuilt

    done = [rebuilt()] if rebuild else []
    found = done + checks()
    if as_json:
        say_json(found)
    else:
        for check in found:
            say(f"{check.state:<7} {check.name}: {check.sentence}")
    if any(check.state == "broken" for check in found):
        raise typer.Exit(2)
