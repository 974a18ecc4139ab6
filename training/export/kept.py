"""What a run left, as it is: the adapter, the tensors that it changed, or its model."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from ladder.files import read_json, write_json
from ladder.models.places import TITLES, Place
from ladder.models.references import BUNDLED_GENERATOR

__all__ = ["base_name", "copy_kept", "kept_place", "stored_parameters"]

_BUNDLED_FROM = "HuggingFaceTB/SmolLM2-135M-Instruct"
_PATHS = ("base_model_name_or_path", "tokenizer_name_or_path")


def base_name(place: Place) -> str:
    """Return what the base is called elsewhere: on the Hugging Face hub, or by its folder."""
    parts = place.folder.parts
    for part in parts:  # the hub's cache: models--ORG--NAME
        if part.startswith("models--"):
            return part.removeprefix("models--").replace("--", "/", 1)
    if place.folder.name == BUNDLED_GENERATOR or place.title.endswith(TITLES[BUNDLED_GENERATOR]):
        return _BUNDLED_FROM
    return place.folder.name


def copy_kept(place: Place, folder: Path) -> None:
    """Copy what a run left into a folder; no path of this machine goes along."""
    left = place.adapter or place.changed or place.folder
    for file in sorted(left.iterdir()):
        if file.is_file():
            shutil.copyfile(file, folder / file.name)
    config = folder / "adapter_config.json"
    if config.is_file():
        data: dict[str, Any] = read_json(config)
        write_json(config, data | {n: base_name(place) for n in _PATHS if data.get(n)})


def kept_place(place: Place, folder: Path) -> Place:
    """Return where the copy of what a run left lies, on the same base."""
    if place.adapter is not None:
        return replace(place, adapter=folder)
    if place.changed is not None:
        return replace(place, changed=folder)
    return replace(place, folder=folder)


def stored_parameters(folder: Path) -> int:
    """Return how many numbers the weights in a model's folder have, read from their headers."""
    count = 0
    for file in folder.glob("*.safetensors"):
        with file.open("rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(size))
        count += sum(math.prod(v["shape"]) for k, v in header.items() if k != "__metadata__")
    return count
