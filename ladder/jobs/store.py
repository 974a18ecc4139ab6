"""The index of all jobs of the workspace."""

from __future__ import annotations

__all__ = ["rebuild_index"]


def rebuild_index() -> int:
    """Make `jobs.sqlite` again from the run folders; return how many jobs were found."""
    raise NotImplementedError
