"""How many parameters a model has, told without loading or downloading it."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

from ladder.errors import InputError, LadderError
from ladder.models import stand_ins
from ladder.models.references import BUNDLED_GENERATOR, Reference, parse_reference

__all__ = ["SMALL", "is_capable", "is_small", "parameters"]

SMALL = 1e9
"""Below so many parameters a model is taken to be too small to answer from passages."""
_BUNDLED = 135e6
_IN_NAME = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z])", re.IGNORECASE)
"""Such as "0.6B" or "135M" in a model's name."""


def is_small(reference: str) -> bool:
    """Return whether a model is known to have less than a billion parameters."""
    size = parameters(reference)
    return size is not None and size < SMALL


def is_capable(reference: str) -> bool:
    """Return whether a model is large enough to be asked for more than an answer.

    It is known to have a billion parameters, or stands on a server that does not tell.
    """
    size = parameters(reference)
    if size is not None:
        return size >= SMALL
    with suppress(LadderError):
        return stand_ins.generator(reference) is None and (
            parse_reference(reference).kind == "server"
        )
    return False


def parameters(reference: str) -> float | None:
    """Return about how many parameters a model has; None where nothing at hand tells.

    Of a local model its config tells, of a GGUF file and of a server the name.
    """
    if (stand_in := stand_ins.generator(reference)) is not None:
        size = getattr(stand_in, "parameters", None)
        return float(size) if size else None
    try:
        parsed = parse_reference(reference)
    except LadderError:
        return None
    if parsed.kind == "bundled":
        return _BUNDLED if parsed.name == BUNDLED_GENERATOR else None
    if parsed.kind in ("path", "run", "hf") and (size := _by_config(parsed)):
        return size
    named = _IN_NAME.search(parsed.name.rstrip("/").rsplit("/", 1)[-1])
    if named is None:
        return None
    return float(named[1]) * (1e9 if named[2].casefold() == "b" else 1e6)


def _by_config(parsed: Reference) -> float | None:
    """Return the parameters that a local model's config describes."""
    from ladder.costs.hub_shape import shape_of_config

    try:
        folder = _folder(parsed)
        if folder is None:
            return None
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return shape_of_config(config).params if isinstance(config, dict) else None
    except (OSError, ValueError, InputError):
        return None


def _folder(parsed: Reference) -> Path | None:
    """Return the folder of a local model; None where it is not here."""
    from ladder.models.places import locate

    if parsed.kind == "hf":
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(parsed.name, "config.json")
        return Path(found).parent if isinstance(found, str) else None
    try:
        return locate(parsed).folder
    except LadderError:
        return None
