"""Find the folder of a local model: bundled, downloaded, named by path, or made by a run."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.models import bundled
from ladder.models.references import (
    BUNDLED_EMBEDDER,
    BUNDLED_GENERATOR,
    Reference,
    parse_reference,
)

__all__ = [
    "CHANGED",
    "MODEL_FILES",
    "TITLES",
    "Place",
    "base_of",
    "can_answer",
    "locate",
    "run_folder",
    "runs_with_models",
]

TITLES = {
    BUNDLED_GENERATOR: "rehearsal model, 135M",
    BUNDLED_EMBEDDER: "all-MiniLM-L6-v2, 22M",
}

MODEL_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
"""The files of a model's folder that decide what it answers."""
CHANGED = "changed"
"""The folder of the tensors that a run changed, where it left the rest to its base."""
_BASES = ("bundled", "hf", "path", "run")
_UNREACHABLE = "is not downloaded, and the Hugging Face hub cannot be reached"


@dataclass(frozen=True)
class Place:
    """Where a local model lies."""

    folder: Path
    """The model's folder; for a run with an adapter, that of its base."""
    title: str
    adapter: Path | None = None
    """The folder of the run's PEFT adapter."""
    changed: Path | None = None
    """The folder of tensors that are laid over those of `folder`: a run's last layers."""


def locate(reference: Reference) -> Place:
    """Return where the model of a bundled, hf, path or run reference lies.

    Raises:
        ModelError: it cannot be had here; the message says what can.
    """
    if reference.kind == "bundled":
        generates = reference.name == BUNDLED_GENERATOR
        folder = bundled.generator_folder() if generates else bundled.embedder_folder()
        return Place(folder, TITLES[reference.name])
    if reference.kind == "path":
        folder = Path(reference.name).expanduser().resolve()
        if not (folder / "config.json").is_file():
            from ladder.models.catalogue import can_be_had

            raise ModelError(
                f"{reference} has no config.json; give the folder of a transformers model, or "
                f"take another: {can_be_had()}"
            )
        return Place(folder, folder.name)
    if reference.kind == "hf":
        return Place(_downloaded(reference), reference.name.split("/")[-1])
    if reference.kind == "run":
        return _of_run(reference)
    raise ModelError(f"{reference} is not a local model; it answers by itself.")


def run_folder(run_id: str) -> Path:
    """Return the folder of a run, in whichever project of the workspace it lies.

    Raises:
        ModelError: no project has that run; the message lists runs whose models can answer.
    """
    from ladder.project import open_project, projects

    for name in projects():
        folder = open_project(name).runs_folder / run_id
        if folder.is_dir():
            return folder
    known = ", ".join(f"run:{run}" for run in runs_with_models())
    raise ModelError(
        f"There is no run {run_id} in the workspace; "
        + (f"runs that can answer: {known}." if known else "no run has a model yet.")
    )


def runs_with_models() -> dict[str, str]:
    """Return the runs that have an adapter or a model, and the project of each."""
    from ladder.project import open_project, projects

    found = {}
    for name in projects():
        for folder in sorted(open_project(name).runs_folder.glob("*")):
            if can_answer(folder):
                found[folder.name] = name
    return found


def can_answer(folder: Path) -> bool:
    """Return whether a run's folder holds what it trained."""
    return _has_adapter(folder) or _has_model(folder) or _has_changed(folder)


def _of_run(reference: Reference) -> Place:
    """Return where a run's model lies: all its own, or an adapter or tensors on a base."""
    folder, title = run_folder(reference.name), f"run {reference.name}"
    if _has_model(folder):
        return Place(folder / "model", title)
    if not can_answer(folder):
        raise ModelError(
            f"{reference} has neither adapter/ nor model/; it has not finished, or trained nothing."
        )
    base = base_of(folder)
    try:
        below = locate(base) if base.kind in _BASES and base != reference else None
    except ModelError as error:
        raise ModelError(f"{reference} answers on {base}, which cannot be had: {error}") from error
    if below is None or below.adapter is not None:
        raise ModelError(
            f"{reference} was trained on {base}, which is not a base model; its setup.yaml must "
            "name a bundled, hf: or path: model, or a run with a model of its own."
        )
    title = f"{title} on {below.title}"
    if _has_changed(folder):  # all that differs from the root, also what a run below changed
        return Place(below.folder, title, changed=folder / CHANGED)
    return Place(below.folder, title, folder / "adapter", below.changed)


def base_of(folder: Path) -> Reference:
    """Return the base that a run's adapter belongs to: by its Setup, else by the adapter."""
    import yaml

    named: Any = None
    file = folder / "setup.yaml"
    try:
        if file.is_file():
            setup = yaml.safe_load(file.read_text(encoding="utf-8"))
            named = setup.get("model") if isinstance(setup, dict) else None
        if not named or named == f"run:{folder.name}":
            file = folder / "adapter" / "adapter_config.json"
            config = json.loads(file.read_text(encoding="utf-8"))
            named = config.get("base_model_name_or_path") if isinstance(config, dict) else None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: no JSON, or no UTF-8
        raise ModelError(
            f"run:{folder.name} cannot be loaded: {file.name} is damaged. Put back the file that "
            "the run wrote, or train again."
        ) from error
    try:
        return parse_reference(str(named))
    except ModelError as error:
        raise ModelError(
            f"run:{folder.name} does not say which model its adapter belongs to ({named!r}); "
            "write its reference as `model:` into the run's setup.yaml."
        ) from error


def _has_adapter(folder: Path) -> bool:
    return (folder / "adapter" / "adapter_config.json").is_file()


def _has_changed(folder: Path) -> bool:
    return (folder / CHANGED / "model.safetensors").is_file()


def _has_model(folder: Path) -> bool:
    return (folder / "model" / "config.json").is_file()


def _downloaded(reference: Reference) -> Path:
    """Return the folder of a model in the Hugging Face cache, downloading it if needed."""
    from ladder.models.quiet import quiet

    with quiet():
        import httpx
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            LocalEntryNotFoundError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
        )

        name, files = reference.name, list(MODEL_FILES)
        with suppress(LocalEntryNotFoundError, ValueError):
            return Path(snapshot_download(name, allow_patterns=files, local_files_only=True))
        reasons: dict[type[Exception], str] = {
            GatedRepoError: "asks you to accept its licence on huggingface.co first",
            RepositoryNotFoundError: "is not on the Hugging Face hub, or is private",
            HfHubHTTPError: "was refused by the Hugging Face hub",
            LocalEntryNotFoundError: _UNREACHABLE,
            OfflineModeIsEnabled: _UNREACHABLE,
            httpx.HTTPError: _UNREACHABLE,
            ValueError: "could not be downloaded from the Hugging Face hub",
        }
        try:
            return Path(snapshot_download(name, allow_patterns=files))
        except tuple(reasons) as error:
            reason = next(text for kind, text in reasons.items() if isinstance(error, kind))
            from ladder.models.catalogue import can_be_had

            raise ModelError(f"{reference} {reason}; {can_be_had()}") from error
