"""One task's folder: its settings, its examples, its split, and where its scores go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ladder.answering import Setup
from ladder.costs.basis import PriceBasis
from ladder.errors import InputError, ProjectError
from ladder.files import locked, write_json_lines, write_text
from ladder.project.examples_file import read_examples
from ladder.project.split import Split, extend_split, read_split, write_split
from ladder.project.task import Example, Task

if TYPE_CHECKING:
    from ladder.project.workspace import Project

__all__ = ["TaskFolder", "write_task"]


@dataclass(frozen=True)
class TaskFolder:
    """One task of a project and the files that belong to it."""

    path: Path
    task: Task
    project: Project

    @classmethod
    def open(cls, project: Project, name: str) -> TaskFolder:
        """Read the task's settings; use `Project.task`, which checks the name."""
        path = project.path / "tasks" / name
        return cls(path, _read_task(path / "task.yaml"), project)

    @property
    def examples_file(self) -> Path:
        """Return the file of examples, one a line."""
        return self.path / "examples.jsonl"

    @property
    def split_file(self) -> Path:
        """Return the file in which the split is frozen."""
        return self.path / "split.json"

    @property
    def scores_file(self) -> Path:
        """Return the file of scores, one a line."""
        return self.path / "scores.jsonl"

    @property
    def looks_file(self) -> Path:
        """Return the log of looks at the test split."""
        return self.path / "looks.jsonl"

    @property
    def answers_folder(self) -> Path:
        """Return the folder of per-item rows."""
        return self.path / "answers"

    def examples(self) -> list[Example]:
        """Return all examples in the order in which they were added.

        Raises:
            ProjectError: a line of the file is broken; the message names the file and the line.
        """
        return read_examples(self.examples_file)

    def save_examples(self, examples: Sequence[Example]) -> None:
        """Replace all examples, whole or not at all.

        Raises:
            InputError: two examples have the same id.
        """
        with self.editing() as rows:
            rows[:] = examples

    def add_examples(self, examples: Sequence[Example]) -> None:
        """Add examples after those that are there.

        Raises:
            InputError: an id is there already; nothing is added then.
        """
        with self.editing() as rows:
            rows.extend(examples)

    def set_output(self, id: str, output: str | None, *, answerable: bool = True) -> Example:
        """Label or correct one example; None takes its label away.

        Args:
            id: which example.
            output: the right answer; one of blanks only counts as not labelled.
            answerable: False says that the documents do not hold the answer (`output` is empty).

        Returns:
            The example as it stands now.

        Raises:
            ProjectError: there is no such example.
        """
        text = (output or "").strip()
        if not answerable and text:
            raise InputError(f'An unanswerable example has no output; got "{text}". Leave it out.')
        with self.editing() as rows:
            places = [i for i, row in enumerate(rows) if row.id == id]
            if not places:
                raise ProjectError(f'The task "{self.task.name}" has no example "{id}".')
            known = text or not answerable
            changed = replace(
                rows[places[0]], output=text if known else None, answerable=answerable
            )
            rows[places[0]] = changed
        return changed

    @contextmanager
    def editing(self) -> Iterator[list[Example]]:
        """Hold the folder's lock and give the examples to change; save them on leaving.

        Nothing is written if the block raises. Do not call another writing method inside.

        Raises:
            ProjectError: the task is not there any more.
        """
        with locked(self.path):
            if not (self.path / "task.yaml").exists():  # taken back while we waited for the lock
                raise ProjectError(
                    f'The task "{self.task.name}" was taken back by the import that had made it, '
                    "because that failed; do this again."
                )
            before = self.examples()
            rows = list(before)
            yield rows
            twice = [id for id, count in Counter(row.id for row in rows).items() if count > 1]
            if twice:
                raise InputError(f'Two examples have the id "{twice[0]}"; ids must differ.')
            if rows != before:
                write_json_lines(self.examples_file, (row.to_dict() for row in rows))

    def labels(self) -> list[str]:
        """Return the different outputs of the labelled examples, sorted (classification)."""
        if self.task.kind != "classification":
            return []
        return sorted({row.output for row in self.examples() if row.output is not None})

    def split(self) -> Split:
        """Return the split, extended to examples labelled since; what is frozen stays.

        Raises:
            StorageError: it changed and the folder cannot be written.
        """
        stratify = self.task.kind == "classification"
        old, rows = read_split(self.split_file), self.examples()
        new = extend_split(old, rows, stratify=stratify)
        if new == old or not new.frozen:
            return new
        with locked(self.path):
            then = (read_split(self.split_file), self.examples())
            if then != (old, rows):  # another command was faster
                new = extend_split(*then, stratify=stratify)
            write_split(self.split_file, new)
        return new

    def save_task(self, task: Task) -> TaskFolder:
        """Replace the task's settings and return the folder with them.

        Raises:
            InputError: the name differs; a task keeps its name.
        """
        if task.name != self.task.name:
            raise InputError(f'The task "{self.task.name}" keeps its name; got "{task.name}".')
        write_task(self.path, task)
        return replace(self, task=task)

    def setup(self) -> Setup | None:
        """Return the task's current Setup, or None if none was chosen.

        Raises:
            ProjectError: `setup.yaml` is broken.
        """
        path = self.path / "setup.yaml"
        if not path.exists():
            return None
        try:
            return Setup.from_dict(_read_yaml(path))
        except InputError as error:
            raise ProjectError(f"{path} cannot be used: {error}") from error

    def save_setup(self, setup: Setup) -> None:
        """Make `setup` the task's current one."""
        write_text(self.path / "setup.yaml", _yaml(setup.to_dict()))


def write_task(folder: Path, task: Task) -> None:
    """Write a task's settings into its folder."""
    write_text(folder / "task.yaml", _yaml(asdict(task)))


def _read_task(path: Path) -> Task:
    data = _read_yaml(path)
    try:
        price = PriceBasis(**(data.pop("price", None) or {}))
        task = Task(**{"name": path.parent.name, **data, "price": price})
    except (TypeError, InputError) as error:
        raise ProjectError(f"{path} cannot be used: {error}") from error
    if task.name != path.parent.name:
        raise ProjectError(f'{path} names the task "{task.name}"; it must be "{path.parent.name}".')
    return task


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise ProjectError(f"{path} holds {data!r}; give a mapping of settings.")
    return data


def _yaml(data: dict[str, Any]) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
