"""What every rung stands on: projects, prompts, models, evaluation, costs and jobs.

This package imports neither `advisor`, `rag` nor `training`; only `ladder.cli` and
`ladder.jobs.worker` join them, inside the call. Importing it loads nothing heavy.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
