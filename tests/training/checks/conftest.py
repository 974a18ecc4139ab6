"""A task of given examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ladder.project import Example, Task, TaskFolder, create_project


@pytest.fixture
def task_of(home: Any) -> Callable[..., TaskFolder]:
    """Return a function that makes a task of examples."""

    def make(examples: Sequence[Example], kind: Any = "classification") -> TaskFolder:
        folder = create_project("odd").add_task(Task("task", kind, "Answer."))
        folder.add_examples(examples)
        return folder

    return make
