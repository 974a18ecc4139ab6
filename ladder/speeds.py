"""How fast the bundled models answer and embed here: as measured, else as we assume."""

from __future__ import annotations

from dataclasses import dataclass

from ladder.machine import read_machine

__all__ = ["ASSUMED", "Speeds", "speeds"]


@dataclass(frozen=True)
class Speeds:
    """Seconds that answering and embedding take."""

    starting: float
    """To start the worker and load both models."""
    prompt_token: float
    """To read a token of a prompt."""
    answer_token: float
    """To write a token of an answer."""
    text: float
    """To embed a text of a few sentences."""
    passage_token: float
    """To embed a token of a passage."""
    factor: float
    """How many times longer or shorter it may take than reckoned from these (our assumption)."""
    source: str
    """Where the numbers come from, in a sentence."""


ASSUMED = Speeds(
    starting=15.0,
    prompt_token=0.0012,
    answer_token=0.015,
    text=0.02,
    passage_token=1 / 700,
    factor=3.0,
    source="our assumptions on a two-core machine: 15 s to start, 1.2 ms to read a token of a "
    "prompt, 15 ms to write one, 700 tokens embedded a second",
)
"""What holds until `ladder calibrate` was run."""


def speeds() -> Speeds:
    """Return the speeds of this machine as they were measured, else the assumed ones."""
    found, why_not = read_machine()
    if found is None:
        return Speeds(**vars(ASSUMED) | {"source": f"{ASSUMED.source}. {why_not}"})
    read, write = found.rates["read"].p50, found.rates["write"].p50
    texts, tokens = found.rates["embed_texts"].p50, found.rates["embed_tokens"].p50
    start = found.rates["start_answers"].p50
    return Speeds(
        starting=start,
        prompt_token=1 / read,
        answer_token=1 / write,
        text=1 / texts,
        passage_token=1 / tokens,
        factor=2.0,
        source=f"measured on this machine on {found.date}: {start:.0f} s to start, {read:,.0f} "
        f"tokens of a prompt read a second, {write:,.0f} written, {tokens:,.0f} embedded",
    )
