"""What this machine was measured to do: `LADDER_HOME/machine.json`, read without torch.

`ladder calibrate` writes it. Where the machine or the model libraries are others by now, its
numbers hold no longer: it is not used then, and a sentence says why.
"""

from __future__ import annotations

import math
import platform
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ladder.costs.basis import Band
from ladder.files import read_json, storage_errors, write_json
from ladder.jobs.devices import cores, gpu_names, slots
from ladder.models.hardware import threads_alone
from ladder.project.workspace import home, machine_place

__all__ = [
    "RATES",
    "MachineRates",
    "Measured",
    "device_kind",
    "device_name",
    "machine_file",
    "machine_rates",
    "read_machine",
    "save_machine",
    "start_calibration",
    "versions",
]

RATES = {
    "matrix_float32": "matrix products in float32",
    "matrix_bfloat16": "matrix products in bfloat16",
    "read": "reading a prompt",
    "write": "writing an answer",
    "embed_texts": "embedding short texts",
    "embed_tokens": "embedding passages",
    "train_generate": "training a LoRA",
    "train_classify": "training a classifier",
    "start_answers": "starting to answer",
    "start_training": "starting to train",
}
"""What is measured, in words."""
_PACKAGES = ("torch", "transformers", "peft", "sentence-transformers")
_AGAIN = "measure again with: ladder calibrate"


@dataclass(frozen=True)
class Measured:
    """One rate, over some repeats."""

    p10: float
    p50: float
    """The median."""
    p90: float
    repeats: int
    unit: str
    what: str
    """What was done, in words."""
    model: str = ""
    parameters: float = 0.0
    """Of the model, those that every token passes."""

    @property
    def band(self) -> Band:
        """Return the rate as a band."""
        return Band(self.p10, self.p50, self.p90)

    def __post_init__(self) -> None:
        numbers = (self.p10, self.p50, self.p90, self.parameters)
        right = all(isinstance(n, int | float) and math.isfinite(n) for n in numbers)
        if not right or not 0 < self.p10 <= self.p50 <= self.p90 or self.repeats < 1:
            raise ValueError(f"{self.p10}, {self.p50}, {self.p90} are no rate")


@dataclass(frozen=True)
class MachineRates:
    """What `ladder calibrate` found, on which machine and with which libraries."""

    measured: str
    """When, in UTC."""
    seconds: float
    """How long measuring took."""
    cores: int
    threads: int
    slot: str
    """What jobs run on: "cpu" or "gpu"."""
    device: str
    """The processor's or the GPU's name."""
    dtype: str
    dtype_reason: str
    versions: dict[str, str]
    other_jobs: int
    """Jobs of this workspace that ran beside."""
    busy: float
    """Share of the processor that other programs took just before, from 0 to 1."""
    rates: dict[str, Measured]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> MachineRates:
        """Return it from plain data.

        Raises:
            KeyError, TypeError, ValueError: something is missing, or is no rate.
        """
        values = {field.name: data[field.name] for field in fields(cls)}
        values["rates"] = {name: Measured(**data["rates"][name]) for name in RATES}
        found = cls(**values)
        if not isinstance(found.measured, str) or not isinstance(found.versions, dict):
            raise TypeError("it does not say when, or with which versions")
        return found

    @property
    def date(self) -> str:
        """Return the day of the measurement."""
        return self.measured[:10]


def machine_rates() -> MachineRates | None:
    """Return what was measured on this machine, if that still holds."""
    return read_machine()[0]


def read_machine() -> tuple[MachineRates | None, str]:
    """Return what was measured, and if there is none that holds, why, in a sentence."""
    try:
        found = MachineRates.from_json(read_json(machine_file()))
    except FileNotFoundError:
        return None, "This machine is not measured yet; measure it with: ladder calibrate"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        return None, f"{machine_file()} cannot be read ({reason}), so it is not used; {_AGAIN}"
    changed = _changed(found)
    if changed:
        return None, f"What was measured on {found.date} is not used: {changed}; {_AGAIN}"
    return found, ""


def save_machine(rates: MachineRates) -> None:
    """Keep what was measured, in place of what was measured before.

    Raises:
        StorageError: the workspace cannot be written.
    """
    write_json(machine_file(), rates.to_json())


def machine_file() -> Path:
    """Return where it is kept."""
    return home() / "machine.json"


def start_calibration() -> str:
    """Queue the job that measures this machine and return its id; it belongs to no project.

    Raises:
        JobError: the job cannot be queued.
        StorageError: the workspace cannot be written.
    """
    from ladder.jobs import submit

    place = machine_place()
    with storage_errors(place.path):
        place.path.mkdir(parents=True, exist_ok=True)
    return submit(place, "calibrate", {})


def device_kind() -> str:
    """Return what jobs run on here: "cpu" or "gpu"."""
    return slots()[0].partition(":")[0]


@cache
def device_name() -> str:
    """Return the name of the GPU or the model of the processor that jobs run on, without torch."""
    if device_kind() == "gpu":
        return gpu_names()[0]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


@cache
def versions() -> dict[str, str]:
    """Return the versions on which the speed depends, without importing anything."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def _changed(found: MachineRates) -> str:
    """Return what is another since it was measured; empty if nothing is."""
    pairs = [("cores", found.cores, cores()), ("jobs run on", found.slot, device_kind())]
    if found.slot == device_kind():
        pairs.append(("device", found.device, device_name()))
    if found.slot == "cpu":
        pairs.append(("threads", found.threads, threads_alone()))
    pairs += [(name, found.versions.get(name, "none"), now) for name, now in versions().items()]
    return ", ".join(f"{name} {then} then, {now} now" for name, then, now in pairs if then != now)
