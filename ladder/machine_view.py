"""What a person reads of a measured machine, as plain words."""

from __future__ import annotations

from ladder.machine import RATES, MachineRates, Measured

__all__ = ["machine_words", "rate_rows", "rates_list"]


def rate_rows(found: MachineRates) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each rate: what, median, P10 to P90, how it was done, and the model."""
    return [
        (words[0].upper() + words[1:], _median(rate), _range(rate), rate.what, rate.model)
        for name, words in RATES.items()
        if (rate := found.rates[name])
    ]


def rates_list(found: MachineRates) -> str:
    """Return the rates as a list in Markdown, which also fits a narrow screen."""
    lines = []
    for words, median, spread, how, model in rate_rows(found):
        lines.append(f"- {words}: **{median}** ({spread}), {how}" + (f", {model}" if model else ""))
    return "\n".join(lines)


def machine_words(found: MachineRates) -> str:
    """Return when it was measured, on what, and what else ran."""
    threads = f"{found.threads} thread{'' if found.threads == 1 else 's'}"
    cores = f"{found.cores} core{'' if found.cores == 1 else 's'}"
    others = f"{found.other_jobs} other job{'' if found.other_jobs == 1 else 's'}"
    return (
        f"Measured on {found.measured[:16].replace('T', ' at ')} UTC with {threads} on {cores} "
        f"({found.device}), {found.dtype}; {others} ran beside it, and other programs took "
        f"{found.busy:.0%} of the processor just before."
    )


def _median(rate: Measured) -> str:
    return f"{_number(rate.p50)} {rate.unit}"


def _range(rate: Measured) -> str:
    if rate.repeats == 1:
        return "once"
    return f"{_number(rate.p10)} to {_number(rate.p90)}, n = {rate.repeats}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"
