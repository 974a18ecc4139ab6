"""What a command line gives: files read where they lie, references made absolute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.errors import InputError, ModelError

if TYPE_CHECKING:
    from ladder.answering import Setup

__all__ = [
    "generator_here",
    "read_file",
    "read_yaml",
    "reference_here",
    "setup_here",
    "setup_of_run",
]


def reference_here(text: str) -> str:
    """Return a reference whose file or folder is absolute: a job runs in another folder."""
    from ladder.models.references import parse_reference

    reference = parse_reference(text)
    if reference.kind in ("path", "gguf"):
        reference = replace(reference, name=str(Path(reference.name).expanduser().resolve()))
    return str(reference)


def generator_here(text: str) -> str:
    """Return the reference of a model that writes its answers, as `reference_here` does.

    Raises:
        ModelError: it can be none, or names one at hand that compares texts or names labels.
    """
    from ladder.models import available

    reference = reference_here(text)
    card = next((card for card in available() if card.reference == reference), None)
    if card is not None and card.kind != "generator":
        raise ModelError(
            f"{text} is {'an' if card.kind == 'embedder' else 'a'} {card.kind} and writes no "
            "answers; `ladder models` lists the generators that do."
        )
    return reference


def read_file(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        InputError: it is not there, not a file, too large, or may not be read.
    """
    from ladder.project.readers import check_size

    if path.is_dir():
        raise InputError(f"{path} is a folder; name the file in it.")
    try:
        check_size(path.name, path.stat().st_size)
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check its name.") from None
    except PermissionError:
        raise InputError(f"{path} may not be read by you; change its permissions.") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises:
        InputError: it cannot be read, is not YAML, or is no mapping.
    """
    import yaml

    try:
        value = yaml.safe_load(read_file(path).decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML in UTF-8: {error}") from error
    if value is not None and not isinstance(value, dict):
        raise InputError(f"{path} holds {type(value).__name__}; give a mapping: key: value.")
    strange = [key for key in value or {} if not isinstance(key, str)]
    if strange:
        raise InputError(f"{path} has the key {strange[0]!r}, which is no name; write key: value.")
    return value or {}


def setup_here(path: Path, task: str, model: str | None = None) -> Setup:
    """Return the Setup in a YAML file, for one task, its files found from the current folder.

    Args:
        path: the file.
        task: the name of the task it is for; a file need not say it.
        model: a reference that will answer instead of the file's; None for the file's.

    Raises:
        InputError: the file is for another task, or no language model is there to be replaced.
        ModelError: a reference cannot be one.
    """
    from ladder.answering import Setup

    setup = Setup.from_dict({"task": task} | read_yaml(path))
    if setup.task != task:
        raise InputError(
            f'{path} is for the task "{setup.task}", not "{task}"; name that one with '
            f"--task {setup.task}, or take the line task: out of the file."
        )
    if model is not None and setup.model is None:
        raise InputError(f"{path} asks no language model; leave --model {model} out.")
    return replace(
        setup,
        model=setup.model and reference_here(setup.model),
        embedder=setup.embedder and reference_here(setup.embedder),
    )


def setup_of_run(method: str | None, model: str | None, task: str) -> Setup | None:
    """Return the Setup that a trained run is asked under, for one task.

    Returns:
        None where the model is no run, or a method is named that asks it in another way.

    Raises:
        ModelError: there is no such run, or it does not say how it was trained.
    """
    if model is None or not model.startswith("run:"):
        return None
    from ladder.methods import TRAINED
    from ladder.models.runs import trained_setup

    if method is not None and method not in TRAINED:
        return None

    return replace(trained_setup(model), task=task)
