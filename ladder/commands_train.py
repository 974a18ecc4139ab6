"""The commands that train: `ladder train` and `ladder runs`."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ladder.commands_train_search import asked_search, say_expected, say_found
from ladder.given import read_yaml, reference_here
from ladder.printing import duration, say, say_json, table

__all__ = ["register"]


class Method(StrEnum):
    """The methods that train: `ladder.methods.TRAINED`."""

    lora = "lora"
    qlora = "qlora"
    ia3 = "ia3"
    prefix_tuning = "prefix-tuning"
    prompt_tuning = "prompt-tuning"
    adapter = "adapter"
    last_k = "last-k"
    full = "full"
    classifier = "classifier"


class Preset(StrEnum):
    """The sizes of a run."""

    quick = "quick"
    good = "good"


def register(
    app: typer.Typer, elsewhere: Callable[[str], Any], followed: Callable[[str], Any]
) -> None:
    """Add the commands.

    Args:
        app: the `ladder` command.
        elsewhere: imports what lies in the packages above `ladder`.
        followed: follows a job to its end.
    """

    @app.command()
    def train(
        project: Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")],
        task: Annotated[
            str | None, typer.Option(metavar="NAME", help="Default: the only task.")
        ] = None,
        method: Annotated[
            Method | None,
            typer.Option(
                help="What is trained; see docs/methods.md. Default: the recipe's, else lora."
            ),
        ] = None,
        preset: Annotated[
            Preset, typer.Option(help="quick: at most 15,000 tokens; good: to be measured.")
        ] = Preset.quick,
        settings: Annotated[
            list[str] | None,
            typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated."),
        ] = None,
        recipe: Annotated[
            Path | None, typer.Option(metavar="FILE", help="A recipe in YAML over the preset.")
        ] = None,
        search: Annotated[
            str | None,
            typer.Option(
                metavar="FIELD=VALUES",
                help='Train several settings and keep the best: "learning_rate=2e-4,5e-4 '
                "rank=8,16\", or auto for the method's own.",
            ),
        ] = None,
        budget_minutes: Annotated[
            float | None, typer.Option(metavar="M", help="Of the search; default: 30.")
        ] = None,
        budget_money: Annotated[
            float | None, typer.Option(metavar="$", help="Of the search, by the price in Start.")
        ] = None,
        points: Annotated[
            int | None, typer.Option(metavar="N", help="Settings to try at most.")
        ] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only say what it would take.")
        ] = False,
        detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the end.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Train a model on the train split; Ctrl-C leaves it running."""
        from ladder.project import open_project

        training = elsewhere("training")
        folder = open_project(project).task(task)
        asked = method.value if method is not None else None
        wanted = _recipe(training, asked, preset.value, recipe, settings or [])
        searched = asked_search(training, wanted, search, budget_minutes, budget_money, points)
        if dry_run:
            told = None if searched is None else training.expected(folder, wanted, searched)
            checked, plan = training.check_everything(folder, wanted, _comparing)
            _say_plan(training, checked, plan, as_json, told)
            return
        training.check(folder, wanted).refuse()
        for finding in training.compared_labels(folder, wanted, _comparing).findings:
            _say_finding(finding)
        run_id = training.start(folder, wanted, tell=_say_finding, search=searched)
        if detach:
            if as_json:
                say_json({"id": run_id, "reference": f"run:{run_id}"})
            else:
                say(f"Training as {run_id}. See it: ladder runs {project}")
            return
        result = followed(run_id).result
        if as_json:
            say_json({"id": run_id} | result)
            return
        if result.get("search"):
            say_found(result["search"])
        say(
            f"{result['reference']}: {result['steps']} steps, {result['tokens']:,} tokens in "
            f"{duration(result['seconds'])}, loss {_loss(result)}."
        )
        for warning, words in training.ended_words(result):
            say(words, aside=warning)
        say(f"Next: ladder evaluate {project} --task {result['task']} --model run:{run_id}")

    @app.command()
    def runs(
        project: Annotated[
            str | None, typer.Argument(metavar="PROJECT", help="Default: all.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """List the training runs; each that is done can be asked as run:ID."""
        from ladder.project import open_project

        found = elsewhere("training").training_runs(open_project(project) if project else None)
        listed = [run.to_json() for run in found]
        if as_json:
            say_json(listed)
        elif not listed:
            say("No training runs yet. Next: ladder train PROJECT")
        else:
            rows = [
                (
                    *(run["reference"] or run["id"], run["project"], run["task"], run["method"]),
                    *(run["model"], run["state"], run["result"].get("steps", "")),
                    *(duration(run["result"].get("seconds")), _loss(run["result"])),
                    run["error"] or "",
                )
                for run in listed
            ]
            titles = ("run", "project", "task", "method", "base", "state", "steps", "took", "loss")
            say(table((*titles, "error"), rows))


def _recipe(
    training: Any, method: str | None, preset: str, file: Path | None, settings: list[str]
) -> Any:
    """Return the recipe: method and preset, then the file, then each setting."""
    given = read_yaml(file) if file is not None else {}
    wanted = training.recipe_from(method, preset, given | training.settings_of(settings))
    model = reference_here(wanted.model)
    return training.Recipe.from_dict(wanted.to_dict() | {"model": model})


def _say_plan(training: Any, checked: Any, plan: Any, as_json: bool, searched: Any = None) -> None:
    """Say what the checks found, what a run would take, and why its settings are what they are.

    Args:
        training: the package.
        checked: what the checks found.
        plan: the run; None where the data allows none.
        as_json: whether to answer in JSON.
        searched: what a search around it would try and take, if one is asked for.
    """
    if plan is None:
        if as_json:
            say_json({"checks": checked.to_json()})
        else:
            for finding in checked.warnings:
                _say_finding(finding)
        checked.refuse()
    estimate, counted = plan.estimate, training.statistics(plan)
    if as_json:
        say_json(
            {
                "recipe": plan.recipe.to_dict(),
                "reasons": plan.reasons,
                "setup": plan.setup.to_dict(),
                "estimate": estimate.to_json(),
                "mask": counted.mask,
                "statistics": counted.to_json(),
                "checks": checked.to_json(),
            }
            | ({} if searched is None else {"search": searched.to_json()})
        )
        checked.refuse()
        return
    for finding in checked.warnings:
        _say_finding(finding)
    checked.refuse()
    seconds, memory = estimate.seconds, estimate.memory_gb
    say(
        f"{plan.recipe.method} on {plan.recipe.model}: {estimate.rows} examples, "
        f"{estimate.steps} steps, {estimate.tokens.p50:,.0f} tokens."
    )
    say(f"Time: {duration(seconds.p10)} to {duration(seconds.p90)} ({estimate.rate}).")
    say(f"Memory: {memory.p10:.1f} to {memory.p90:.1f} GB (rough).")
    say(f"Money: {estimate.money_words}.")
    say(f"What the model sees: {counted.words}")
    for name, reason in plan.reasons.items():
        say(f"{name} {getattr(plan.recipe, name)}: {reason}")
    for warning in estimate.warnings:
        say(warning, aside=True)
    if searched is not None:
        say_expected(searched)


def _say_finding(finding: Any) -> None:
    say(f"{finding.severity}: {finding.message}", aside=True)


def _comparing(done: int, total: int) -> None:
    say(f"Comparing the labels of similar texts: {done:,} of {total:,}", aside=True)


def _loss(result: dict[str, Any]) -> str:
    first, last = result.get("loss_first"), result.get("loss_last")
    return "" if first is None or last is None else f"{first:.2f} to {last:.2f}"
