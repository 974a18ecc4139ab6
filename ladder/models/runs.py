"""What a run left behind besides weights: the Setup it trained under, and on which examples."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.errors import InputError, ModelError
from ladder.files import content_hash, read_json
from ladder.models.places import run_folder

if TYPE_CHECKING:
    from ladder.project.task import Example
    from ladder.project.task_folder import TaskFolder

__all__ = [
    "TRAINED_ON",
    "Seen",
    "input_hash",
    "is_classifier",
    "method_of_run",
    "not_trained_on",
    "seen_by",
    "trained_setup",
]

TRAINED_ON = "trained_on.json"
"""Which examples a run was trained on: task, ids, and hashes of the inputs."""


@dataclass(frozen=True)
class Seen:
    """The examples of one task that a run was trained on, or a run before it."""

    task: str
    ids: tuple[str, ...]
    inputs: tuple[str, ...]
    """What `input_hash` returns of each."""


def trained_setup(reference: str) -> Setup:
    """Return the Setup that a run was trained under, with the run as its model.

    Raises:
        ModelError: there is no such run, or it has no readable `setup.yaml`.
    """
    import yaml

    folder = run_folder(reference.removeprefix("run:"))
    try:
        text = (folder / "setup.yaml").read_text(encoding="utf-8")
        setup = Setup.from_dict(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, InputError) as error:
        raise ModelError(
            f"{reference} does not say under which Setup it was trained ({error}); name one with "
            "--setup FILE, or a method."
        ) from error
    return replace(setup, model=reference)


def is_classifier(folder: Path) -> bool:
    """Return whether a run has one output a label instead of writing text.

    Args:
        folder: where its weights lie: an adapter, a model, or changed tensors.
    """
    if (folder / "labels.json").is_file():
        return True
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("task_type") == "SEQ_CLS"


def method_of_run(reference: str) -> str:
    """Return the method that a run's recipe names; a run that names none trained a LoRA."""
    import yaml

    try:
        file = run_folder(reference.removeprefix("run:")) / "recipe.yaml"
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ModelError):
        return "lora"
    return str(data.get("method", "lora")) if isinstance(data, dict) else "lora"


def seen_by(run: Path) -> tuple[Seen, ...]:
    """Return the examples that a run was trained on, by task; none where it does not say."""
    path = run / TRAINED_ON
    if not path.is_file():
        return ()
    data: dict[str, Any] = read_json(path)
    return tuple(
        Seen(each["task"], tuple(each["ids"]), tuple(each["inputs"]))
        for each in (data, *data.get("more", ()))
    )


def input_hash(example: Example) -> str:
    """Return what names the text that an example asks about, folded as near-duplicates are."""
    from ladder.project import normalised

    return content_hash([normalised(example.input), normalised(example.context)])


def not_trained_on(
    reference: str | None, folder: TaskFolder, items: Iterable[Example]
) -> list[Example]:
    """Return the items that a model may be judged on: those that its run was not trained on.

    A run of the same task is asked by its examples' ids, any other by their texts. What names
    no run was trained on nothing of ours.
    """
    items = list(items)
    if reference is None or not reference.startswith("run:"):
        return items
    run = run_folder(reference.removeprefix("run:"))
    inside = run.parent.parent == folder.project.path
    ids: set[str] = set()
    texts: set[str] = set()
    for seen in seen_by(run):
        if inside and seen.task == folder.task.name:
            ids.update(seen.ids)
        else:
            texts.update(seen.inputs)
    return [
        item for item in items
        if item.id not in ids and not (texts and input_hash(item) in texts)
    ]  # fmt: skip
