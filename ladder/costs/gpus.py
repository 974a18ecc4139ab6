"""A dated table of GPUs: memory, speed and what an hour costs; data, not a price feed.

The cells lie in `gpus.csv`, each with its source and, for prices, the day it was seen. Nothing is
fetched: a price of your own goes on top wherever an hour is priced.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ladder.costs.basis import Band
from ladder.errors import InputError

__all__ = ["GPUS", "OLD_DAYS", "Gpu", "Machine", "days_since", "find_gpu", "old_mark", "parse_gpus"]

OLD_DAYS = 180
"""A price seen longer ago is marked as old."""
_FILE = Path(__file__).with_name("gpus.csv")
_PATTERN = re.compile(r"(?:([1-9][0-9]{0,5}) ?[x\u00d7] ?)?([a-z0-9][a-z0-9 _-]{0,30})")
_ALIASES = {"a100": "a100-80", "h100-80": "h100", "h100-sxm": "h100"}


@dataclass(frozen=True)
class Gpu:
    """One kind of GPU."""

    id: str
    """Lower-case id, such as `a100-80`."""
    name: str
    memory_gb: float
    """GB of memory as sold; the driver shows about as many GiB."""
    bandwidth_gb_s: float
    """GB a second from its memory."""
    tflops: float
    """Dense 16-bit tensor TFLOP/s that sum in 32 bits."""
    tflops_fp8: float
    """Dense FP8 TFLOP/s; 0 where the GPU has no FP8."""
    link_gb_s: float
    """GB a second to the other GPUs of the machine, both directions together."""
    bf16: bool
    """False: it computes 16-bit only as float16."""
    hourly: Band
    """$ per hour: lowest and highest price seen, their geometric mean between (derived by us)."""
    source: str
    """Where and when the prices were seen."""
    seen: str
    """Day, month or year of the older of the two prices (ISO); empty where unknown."""
    sources: tuple[tuple[str, str], ...] = ()
    """Cell of the table -> where its value comes from."""
    attainable: float = 0.0
    """Share of the peak that the best matrix product reaches; 0 where nobody says."""

    def old(self, today: date | None = None) -> bool:
        """Return whether a price was seen more than 180 days ago, or on an unknown day."""
        return bool(old_mark(self.seen, today))

    def price_age(self, today: date | None = None) -> dict[str, Any]:
        """Return when the price was seen, how many days ago, and whether that is too long ago."""
        return {
            "seen": self.seen, "days": days_since(self.seen, today), "old": self.old(today),
        }  # fmt: skip

    def price_words(self, today: date | None = None) -> str:
        """Return the source of the price, marked when it is old."""
        return f"price of the {self.name}: {self.source}{old_mark(self.seen, today)}"


def days_since(seen: str, today: date | None = None) -> int | None:
    """Return the days since an ISO day, or since the first day of a month or year; None for ""."""
    if not seen:
        return None
    day = date.fromisoformat(seen + "-01-01"[len(seen) - 4 :])
    return ((today or date.today()) - day).days


def old_mark(seen: str, today: date | None = None) -> str:
    """Return the words that mark a price seen too long ago, or on an unknown day; else ""."""
    days = days_since(seen, today)
    return f", older than {OLD_DAYS} days: check it" if days is None or days > OLD_DAYS else ""


def _table() -> dict[str, Gpu]:
    cells: dict[str, dict[str, dict[str, str]]] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cells.setdefault(row["gpu"], {})[row["cell"]] = row
    return {id: _gpu(id, own) for id, own in cells.items()}


def _gpu(id: str, cells: Mapping[str, Mapping[str, str]]) -> Gpu:
    low, high = cells["hourly_low"], cells["hourly_high"]
    prices = float(low["value"]), float(high["value"])
    days = low["seen"], high["seen"]
    return Gpu(
        id=id,
        name=cells["name"]["value"],
        **{
            cell: float(cells[cell]["value"])
            for cell in ("memory_gb", "bandwidth_gb_s", "tflops", "tflops_fp8", "link_gb_s")
        },
        bf16=cells["bf16"]["value"] == "yes",
        hourly=Band(prices[0], math.sqrt(prices[0] * prices[1]), prices[1]),
        source=_price_source(low, high),
        seen=min(days) if all(days) else "",
        sources=tuple((cell, own["source"]) for cell, own in cells.items() if own["source"]),
        attainable=float(cells["attainable"]["value"]) if "attainable" in cells else 0.0,
    )


def _price_source(low: Mapping[str, str], high: Mapping[str, str]) -> str:
    if low["source"] == high["source"]:
        days = " to ".join(dict.fromkeys((low["seen"], high["seen"])))
        return f"{low['source']} ({days})"
    return "; ".join(f"{cell['source']} ({cell['seen'] or 'day unknown'})" for cell in (low, high))


GPUS: dict[str, Gpu] = _table()
"""GPUs by their id, smallest memory first."""


def find_gpu(text: str) -> Gpu:
    """Return the GPU that a name means: `a100-80`, `A100`, `4090`, `RTX4090`, any case.

    Raises:
        InputError: the GPU is not in the table.
    """
    gpu = GPUS.get(_id(text))
    if gpu is None:
        raise InputError(f'No GPU "{text}" is in the table; known names: {", ".join(GPUS)}.')
    return gpu


def _id(text: str) -> str:
    """Return the id that a spelling means, or the spelling itself."""
    word = re.sub(r"[ _]+", "-", text.strip().lower())
    word = re.sub(r"^(nvidia|amd)-|(?<=\d)gb$", "", word)
    word = re.sub(r"^(?:rtx-?)?([345]090)$", r"rtx-\1", word)
    word = re.sub(r"^rtx-?(a[0-9]+)$", r"\1", word)
    return _ALIASES.get(word, word)


@dataclass(frozen=True)
class Machine:
    """Some GPUs of one kind."""

    count: int
    gpu: Gpu

    @property
    def memory_gb(self) -> float:
        """Return the GB of all of them together."""
        return self.count * self.gpu.memory_gb


def parse_gpus(text: str) -> Machine | None:
    """Return the GPUs that `none`, `a100`, `1xT4` or `8xA100-80` names; None for none.

    Raises:
        InputError: it is written otherwise, or the GPU is not in the table.
    """
    word = text.strip().lower()
    if word == "none":
        return None
    match = _PATTERN.fullmatch(word)
    gpu = GPUS.get(_id(match[2])) if match else None
    if match is None or gpu is None:
        raise InputError(
            f'GPUs are "{text}"; write none, or a number and a name such as 1xT4 or 8xA100-80. '
            f"Known names: {', '.join(GPUS)}."
        )
    return Machine(int(match[1] or 1), gpu)
