"""How much memory this process has now, and had at most."""

from __future__ import annotations

import sys

__all__ = ["memory_now", "peak_memory"]


def memory_now() -> float | None:
    """Return the gigabytes held now: the GPU's where one trains, else this process's."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return round(float(torch.cuda.memory_allocated()) / 1e9, 3)
    import psutil

    return round(psutil.Process().memory_info().rss / 1e9, 3)


def peak_memory() -> float | None:
    """Return the most memory this process had, in GB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e9, 2)
