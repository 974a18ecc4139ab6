"""What this machine computes with: number format and threads, each with its reason."""

from __future__ import annotations

import functools
import os
import time

from ladder.errors import LadderError, ModelError

__all__ = ["choose_dtype", "choose_threads", "threads", "threads_alone"]

_LOOK_EVERY = 5.0
"""Seconds for which a look at the queue holds."""


def choose_dtype(wanted: str = "auto") -> tuple[str, str]:
    """Return the number format for a local model, "bfloat16" or "float32", and why.

    "auto" takes bfloat16 on a GPU that computes in it and on processors with AMX or
    AVX512-BF16, where it is 3 to 4 times as fast as float32; elsewhere it is slower.

    Raises:
        ModelError: `wanted` is none of "auto", "float32", "bfloat16".
    """
    if wanted in ("float32", "bfloat16"):
        return wanted, f"{wanted}: set by hand"
    if wanted != "auto":
        raise ModelError(f'The dtype is "{wanted}"; choose auto, float32 or bfloat16.')
    import torch

    if torch.cuda.is_available():
        if torch.cuda.is_bf16_supported():
            return "bfloat16", "bfloat16: this GPU computes in it"
        return "float32", "float32: this GPU does not compute in bfloat16"
    found = torch.cpu.get_capabilities()
    for flag, name in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX512-BF16")):
        if found.get(flag):
            return "bfloat16", f"bfloat16: this processor has {name} (3 to 4 times float32)"
    return "float32", "float32: this processor has neither AMX nor AVX512-BF16"


def choose_threads(cores: int, running_jobs: int) -> int:
    """Return how many threads one model computes with: the cores less the jobs, at least 1."""
    return max(1, cores - running_jobs)


def threads() -> int:
    """Return how many threads a model computes with here; `LADDER_THREADS` overrides.

    Jobs running in other processes have their cores: two that share one are slower than one
    after the other.
    """
    from ladder.jobs import devices

    return _named_threads() or choose_threads(devices.cores(), _jobs_elsewhere())


def threads_alone() -> int:
    """Return how many threads a model computes with here while no other job runs."""
    from ladder.jobs import devices

    return _named_threads() or choose_threads(devices.cores(), 0)


def _named_threads() -> int:
    """Return the number in `LADDER_THREADS`; 0 where it says none."""
    named = os.environ.get("LADDER_THREADS", "")
    return int(named) if named.isdigit() else 0


def _jobs_elsewhere() -> int:
    """Return how many jobs run in processes other than this one, as of some seconds ago."""
    return _count_jobs(int(time.monotonic() // _LOOK_EVERY))


@functools.lru_cache(maxsize=1)
def _count_jobs(moment: int) -> int:
    """Look at the queue once per `moment`; one that cannot be read counts as empty."""
    from ladder.jobs import active_jobs

    own = os.getpid()
    try:
        return sum(1 for job in active_jobs() if job.state == "running" and job.pid != own)
    except LadderError:  # only a guess at speed rests on it
        return 0
