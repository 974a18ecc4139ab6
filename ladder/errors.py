"""The exceptions a person can meet.

    LadderError
    ├── InputError      what was given cannot be used: a file, a row, a field, an option
    ├── ProjectError    the project or task is missing, empty, or not what it should be
    ├── ModelError      a model reference cannot be had, or its server does not answer
    ├── JobError        a job cannot be started, found or stopped
    └── StorageError    the disk is full, or the folder cannot be written

Every message says what happened, the value seen, and what to do. The pages show the
sentence; the `ladder` command prints it and exits with 2; `--debug` adds the traceback.
"""

from __future__ import annotations

__all__ = ["InputError", "JobError", "LadderError", "ModelError", "ProjectError", "StorageError"]


class LadderError(Exception):
    """Anything the user can mend; catch this to show a sentence instead of a traceback."""


class InputError(LadderError):
    """What was given cannot be used: a file, a row, a field or an option."""


class ProjectError(LadderError):
    """The project or the task is missing, empty, or not what it should be."""


class ModelError(LadderError):
    """A model reference cannot be had, or its server does not answer."""


class JobError(LadderError):
    """A job cannot be started, found or stopped."""


class StorageError(LadderError):
    """The disk is full, or the folder cannot be written."""
