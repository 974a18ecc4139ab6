"""The command `ladder export`: take a prompt along, or the model of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ladder.commands_after import run_of
from ladder.errors import InputError
from ladder.files import write_bytes
from ladder.given import read_file, setup_here
from ladder.printing import say, say_json

__all__ = ["register"]


class Format(StrEnum):
    """What a prompt can be exported as, and the model of a run."""

    openai = "openai"
    langchain = "langchain"
    python = "python"
    adapter = "adapter"
    merged = "merged"
    gguf = "gguf"
    ollama = "ollama"
    vllm = "vllm"


class Dtype(StrEnum):
    """The number formats of merged weights."""

    float32 = "float32"
    bfloat16 = "bfloat16"


_PROMPTS = (Format.openai, Format.langchain, Format.python)


def register(app: typer.Typer, elsewhere: Callable[[str], Any]) -> None:
    """Add the command.

    Args:
        app: the `ladder` command.
        elsewhere: imports what lies in the packages above `ladder`.
    """

    @app.command()
    def export(
        project: Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")],
        format: Annotated[
            Format,
            typer.Option(
                help="Of a prompt: openai (messages in JSON), langchain (its prompt object), "
                "python (a program that runs without this one). Of a run: adapter (what it left), "
                "merged (transformers), gguf (llama.cpp), ollama, vllm."
            ),
        ],
        run: Annotated[
            str | None, typer.Option(metavar="ID", help='The training run; "last" is the newest.')
        ] = None,
        task: Annotated[
            str | None, typer.Option(metavar="NAME", help="Default: the only task.")
        ] = None,
        setup: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE", help="A Setup in YAML. Default: the task's, else few-shot."
            ),
        ] = None,
        input: Annotated[
            str | None, typer.Option(metavar="TEXT", help="What the messages ask (openai).")
        ] = None,
        inputs: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Instead: one text a line; makes a batch (openai)."),
        ] = None,
        dtype: Annotated[
            Dtype, typer.Option(help="Number format of merged weights (merged, vllm).")
        ] = Dtype.float32,
        out: Annotated[
            Path | None,
            typer.Option(
                metavar="FOLDER",
                help="New or empty. Default: PROJECT-TASK-FORMAT here; of a run, RUN-FORMAT.",
            ),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    ) -> None:
        """Write a prompt, or a run's model, as files that answer the same without this project."""
        from ladder.project import open_project

        _check_options(format, run, setup, input, inputs)
        if run is not None:
            _say_model(
                elsewhere, open_project(project), run, format.value, out, dtype.value, as_json
            )
            return
        folder = open_project(project).task(task)
        name = folder.task.name
        used = setup_here(setup, name) if setup else elsewhere("setup_in_use")(folder)
        place = out or Path(f"{folder.project.name}-{name}-{format.value}")
        check_empty(place)
        files = elsewhere("exported")(folder, used, format.value, _texts(input, inputs))
        write_files(place, files)
        if as_json:
            say_json({"folder": place, "files": sorted(files), "setup": used.hash})
            return
        say(f"Wrote {len(files)} files to {place}: {', '.join(sorted(files))}.")
        say("README.md says how they are used.")


def _check_options(format: Format, run: str | None, *of_prompts: object) -> None:
    """Check that the format is one of what is exported.

    Raises:
        InputError: a prompt has no such format, or a run has none.
    """
    if format in _PROMPTS and run is not None:
        raise InputError(
            f"--format {format.value} takes a prompt along and --run a model; leave --run out, or "
            "choose adapter, merged, gguf, ollama or vllm."
        )
    if format not in _PROMPTS and run is None:
        raise InputError(
            f"--format {format.value} takes a trained model along; name it with --run ID (ladder "
            "runs PROJECT lists them)."
        )
    if run is not None and any(each is not None for each in of_prompts):
        raise InputError(
            "--setup, --input and --inputs are of prompts; a run is exported under its own."
        )


def _say_model(
    elsewhere: Callable[[str], Any],
    project: Any,
    run: str,
    format: str,
    out: Path | None,
    dtype: str,
    as_json: bool,
) -> None:
    """Export a run's model and say how well it agrees with the run."""
    found = run_of(elsewhere("training"), project, run)
    place, folder = (
        out or Path(f"{found.job.id}-{format}"),
        project.task(found.job.spec.get("task")),
    )
    last: list[str] = []

    def tell(done: int, total: int, message: str) -> None:
        if last[-1:] != [message]:
            last.append(message)
            say(f"{message}, {total} examples", aside=True)

    made = elsewhere("export_run")(folder, found.job.id, format, place, dtype, tell)
    if as_json:
        say_json(made.to_json())
        return
    say(f"Wrote {len(made.files)} files to {place}: {', '.join(made.files)}.")
    for each in made.parity:
        say(each.words)
    if made.command:
        say(f"Next, in {place}: {made.command}")
    say("README.md says how it is loaded and asked.")


def check_empty(folder: Path) -> None:
    """Check that files can be written into a folder without touching any that are there.

    Raises:
        InputError: it is not empty, or no folder.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.is_dir():
        raise InputError(
            f"{folder} is not empty, and nothing in it is overwritten; name a new folder with "
            "--out FOLDER, or empty this one."
        )
    if folder.exists() or folder.is_symlink():
        raise InputError(f"{folder} is a file; name a new or empty folder with --out FOLDER.")


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of an export into its folder, and nowhere else.

    Raises:
        StorageError: the folder cannot be written.
    """
    for name, data in files.items():
        assert Path(name).name == name, f"{name} would lie elsewhere"
        write_bytes(folder / name, data)


def _texts(input: str | None, inputs: Path | None) -> str | list[str] | None:
    """Return what is asked: one text, those of a file, or nothing.

    Raises:
        InputError: both are given, or the file has no text.
    """
    if inputs is None:
        return input
    if input is not None:
        raise InputError("--input gives one text and --inputs a file of them; give one of the two.")
    try:
        lines = read_file(inputs).decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{inputs} is not text in UTF-8; save it as that.") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise InputError(f"{inputs} has no text; write one a line.")
    return texts
