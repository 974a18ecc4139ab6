"""What a search leaves behind, in the run's folder: `trials.jsonl`, and `trials/KEY/` of each.

The folder of a setting is that of a run: `recipe.yaml`, `metrics.jsonl`, `measurements.jsonl` and,
once it is through, `result.json`; one that could not be trained has `failed.json`. Weights are kept
of the best one alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ladder.evaluation.space import named
from ladder.files import read_json, read_json_lines, storage_errors, write_bytes, write_json_lines
from training import best
from training.checkpoints import METRICS
from training.keep import kept_folder

__all__ = [
    "FAILED",
    "FOLDER",
    "RESULT",
    "TRIALS",
    "Setting",
    "best_so_far",
    "drop_other_weights",
    "folder_of",
    "now_training",
    "promote",
    "settings_tried",
    "spent_in",
    "take_over_search",
]

TRIALS, FOLDER = "trials.jsonl", "trials"
RESULT, FAILED = "result.json", "failed.json"
_OWN = (
    "recipe.yaml",
    "setup.yaml",
    "trained_on.json",
    METRICS,
    "measurements.jsonl",
    "card.md",
)
"""What of the best setting becomes the run's own, besides the weights."""


@dataclass(frozen=True)
class Setting:
    """One setting of a search, as it is shown."""

    key: str
    """Names its folder."""
    number: int
    """In the order in which they were begun."""
    settings: dict[str, Any]
    base: bool
    """Whether it is the recipe as it was asked for."""
    metric: str = ""
    value: float | None = None
    """Score at its best step, on the same validation examples as the others; None if it failed."""
    low: float | None = None
    high: float | None = None
    """95 % interval."""
    n: int = 0
    mean: float = 0.0
    """Mean of the examples' scores, by which settings are compared: macro-F1 is no mean."""
    steps: int = 0
    steps_planned: int = 0
    kept_step: int = 0
    ended: str = ""
    """As a run ends: "finished", "early" or "diverged"."""
    seconds: float = 0.0
    money: float = 0.0
    error: str = ""

    @property
    def name(self) -> str:
        """Return the settings in words: "learning rate 0.001, rank 8"."""
        return named(self.settings)

    @property
    def rank(self) -> tuple[bool, float, bool, str]:
        """Return what orders settings: the best first, and among equals the recipe as it was."""
        return self.value is None, -self.mean, not self.base, self.key

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"name": self.name, "minutes": round(self.seconds / 60, 2)}


def folder_of(run: Path, key: str) -> Path:
    """Return the folder of a setting."""
    return run / FOLDER / key


def settings_tried(run: Path) -> list[Setting]:
    """Return the settings of a search that are through, the best first, then those that failed."""
    found = []
    for folder in sorted((run / FOLDER).glob("*")):
        for name in (RESULT, FAILED):
            data = _read(folder / name)
            if data.get("setting"):
                found.append(_setting(data))
                break
    return sorted(found, key=lambda each: each.rank)


def best_so_far(run: Path) -> Setting | None:
    """Return the best setting that is through."""
    first = next(iter(settings_tried(run)), None)
    return first if first is not None and first.value is not None else None


def now_training(run: Path) -> Path | None:
    """Return the folder of the setting that is in training; None where no search goes on."""
    going = [
        folder
        for folder in (run / FOLDER).glob("*")
        if not (folder / RESULT).exists() and not (folder / FAILED).exists()
    ]
    return max(going, key=lambda folder: folder.stat().st_mtime, default=None)


def spent_in(folder: Path) -> float:
    """Return the seconds that a setting was trained and measured before this process."""
    lines = read_json_lines(folder / METRICS)
    measured = read_json_lines(folder / "measurements.jsonl")
    trained = float(lines[-1].get("trained_seconds") or 0.0) if lines else 0.0
    return trained + sum(float(each.get("seconds") or 0.0) for each in measured)


def drop_other_weights(run: Path) -> None:
    """Drop the weights of all settings that are through, except the best one's."""
    top = best_so_far(run)
    for each in settings_tried(run):
        if top is not None and each.key != top.key:
            _drop_weights(folder_of(run, each.key))


def promote(run: Path, key: str, *, keep: bool) -> None:
    """Make what a setting left the run's own, its weights last; a kill leaves either all or none.

    Args:
        run: the run's folder.
        key: the setting.
        keep: whether the setting keeps its weights, too: a search that was stopped may go on.
    """
    folder = folder_of(run, key)
    for name in _OWN:
        if (folder / name).is_file():
            write_bytes(run / name, (folder / name).read_bytes())
    weights = kept_folder(folder)
    if weights is not None:
        scratch, kept = run / f".{weights.name}", run / weights.name
        shutil.rmtree(scratch, ignore_errors=True)
        with storage_errors(kept):
            shutil.copytree(weights, scratch)
        shutil.rmtree(kept, ignore_errors=True)
        scratch.rename(kept)
    if not keep:
        _drop_weights(folder)


def take_over_search(old: Path, run: Path) -> bool:
    """Copy what an older search of the same kind has; return whether there was anything.

    If the best setting's weights are gone, it is trained again.
    """
    if not (old / FOLDER).is_dir() or (run / FOLDER).exists():
        return False
    scratch = run / f".{FOLDER}"
    shutil.rmtree(scratch, ignore_errors=True)
    with storage_errors(run / FOLDER):
        shutil.copytree(old / FOLDER, scratch)
    lines = read_json_lines(old / TRIALS)
    scratch.rename(run / FOLDER)
    top = best_so_far(run)
    if top is not None and kept_folder(folder_of(run, top.key)) is None:
        shutil.rmtree(folder_of(run, top.key))
        lines = [each for each in lines if each.get("settings") != top.settings]
    write_json_lines(run / TRIALS, lines)
    return True


def _drop_weights(folder: Path) -> None:
    while (weights := kept_folder(folder)) is not None:
        shutil.rmtree(weights)
    for name in ("checkpoints", best.BEST):
        shutil.rmtree(folder / name, ignore_errors=True)


def _setting(data: Mapping[str, Any]) -> Setting:
    own = data["setting"]
    top = (data.get("validation") or {}).get("best") or {}
    return Setting(
        key=own["key"],
        number=own["number"],
        settings=own["settings"],
        base=own["base"],
        metric=top.get("metric", ""),
        value=top.get("value"),
        low=top.get("low"),
        high=top.get("high"),
        n=top.get("n", 0),
        mean=own.get("mean", 0.0),
        steps=data.get("steps", 0),
        steps_planned=data.get("steps_planned", 0),
        kept_step=data.get("kept_step", 0),
        ended=data.get("ended", ""),
        seconds=own.get("seconds", 0.0),
        money=own.get("money", 0.0),
        error=data.get("error", ""),
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        data = read_json(file)
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
