"""Which models can be had here, without loading or downloading any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from ladder.errors import ModelError
from ladder.models import bundled
from ladder.models.places import CHANGED, TITLES, run_folder, runs_with_models
from ladder.models.references import BUNDLED_EMBEDDER, BUNDLED_GENERATOR, ModelCard
from ladder.models.runs import is_classifier
from ladder.models.servers import servers

__all__ = ["available", "can_be_had"]

Kind = Literal["generator", "embedder", "classifier"]


def available() -> list[ModelCard]:
    """Return the models at hand: bundled, made by runs, downloaded, and known servers."""
    return [*_bundled(), *_runs(), *_downloaded(), *_servers()]


def can_be_had(kind: Literal["generator", "embedder"] = "generator") -> str:
    """Return the end of a sentence that lists the references of a kind at hand."""
    names = [card.reference for card in available() if card.kind == kind]
    forms = "path:FOLDER" if kind == "embedder" else "path:FOLDER, gguf:FILE, server:MODEL@URL"
    if not names:
        return f"none is installed here; write {forms}."
    return f"these can be had here: {', '.join(names)}; or write {forms}."


def _bundled() -> list[ModelCard]:
    """Return the bundled models whose packages are installed."""
    cards = []
    try:
        file = bundled.gguf_file()
        title = TITLES[BUNDLED_GENERATOR]
        note = "for trying things out; too small to judge your task by"
        cards += [
            ModelCard(BUNDLED_GENERATOR, title, "generator", "bundled", 8192, note),
            ModelCard(f"gguf:{file}", f"{title}, 4 bit", "generator", "bundled", 8192, "llama.cpp"),
        ]
    except ModelError:
        pass
    try:
        bundled.embedder_folder()
        title = TITLES[BUNDLED_EMBEDDER]
        cards.append(ModelCard(BUNDLED_EMBEDDER, title, "embedder", "bundled", 256))
    except ModelError:
        pass
    return cards


def _runs() -> list[ModelCard]:
    """Return the runs of the workspace that left an adapter or a model."""
    cards = []
    for run, project in runs_with_models().items():
        folder = run_folder(run)
        parts = {"adapter": "adapter", CHANGED: "last layers", "model": "model"}
        left = next((name for name in parts if (folder / name).is_dir()), "model")
        what = parts[left]
        kind: Kind = "classifier" if is_classifier(folder / left) else "generator"
        where = f"run of {project}"
        cards.append(ModelCard(f"run:{run}", f"run {run}", kind, where, None, what))
    return cards


def _downloaded() -> list[ModelCard]:
    """Return the complete models of the Hugging Face cache."""
    from huggingface_hub.constants import HF_HUB_CACHE  # and no more of it: pages list models

    cards = []
    for folder in sorted(Path(HF_HUB_CACHE).glob("models--*")):
        name = folder.name.removeprefix("models--").replace("--", "/")
        for snapshot in sorted(folder.glob("snapshots/*"))[:1]:
            if not (snapshot / "config.json").is_file() or not any(snapshot.glob("*.safetensors")):
                continue
            config = _config(snapshot / "config.json")
            if config is None:
                continue
            embeds = (snapshot / "modules.json").is_file()
            cards.append(
                ModelCard(
                    f"hf:{name}",
                    name.split("/")[-1],
                    "embedder" if embeds else "generator",
                    "downloaded",
                    config.get("max_position_embeddings"),
                )
            )
    return cards


def _config(path: Path) -> dict[str, Any] | None:
    """Return a model's configuration; None where the download left something else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _servers() -> list[ModelCard]:
    """Return the servers that were added."""
    return [
        ModelCard(
            server.reference,
            server.model,
            "generator",
            server.url,
            None,
            f"key from {server.key_variable}" if server.key_variable else "no key",
            server.answered,
        )
        for server in servers()
    ]
