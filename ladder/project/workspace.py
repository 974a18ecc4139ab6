"""The workspace holds projects; a project holds tasks, documents and runs.

LADDER_HOME/PROJECT/documents/          what the answers may rest on
LADDER_HOME/PROJECT/tasks/NAME/         task.yaml, examples.jsonl, split.json, scores.jsonl
LADDER_HOME/PROJECT/runs/ID/            what was carried out
LADDER_HOME/machine/runs/ID/            what was carried out for no project, such as calibrating
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import ProjectError
from ladder.files import locked, storage_errors
from ladder.project.documents import read_collections, store_document, write_collections
from ladder.project.task import Task, check_name
from ladder.project.task_folder import TaskFolder, write_task

__all__ = [
    "Project",
    "create_example",
    "create_project",
    "home",
    "machine_place",
    "open_project",
    "projects",
]

_RESERVED = ("models", "cache")
_MACHINE = "machine"
_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Project:
    """One project's folder."""

    path: Path

    @property
    def name(self) -> str:
        """Return the project's name: that of its folder."""
        return self.path.name

    @property
    def runs_folder(self) -> Path:
        """Return the folder in which every run has one of its own."""
        return self.path / "runs"

    def tasks(self) -> list[str]:
        """Return the names of the tasks, sorted."""
        return sorted(path.parent.name for path in self.path.glob("tasks/*/task.yaml"))

    def task(self, name: str | None = None) -> TaskFolder:
        """Return one task; without a name, the only one.

        Raises:
            ProjectError: there is no such task, none at all, or several and no name was given.
        """
        known = self.tasks()
        if not known:
            raise ProjectError(
                f'The project "{self.name}" has no task yet; '
                "import a file of examples, and a task is made from it."
            )
        if name is None and len(known) > 1:
            raise ProjectError(
                f'The project "{self.name}" has several tasks; choose one of {", ".join(known)}.'
            )
        if name is not None and name not in known:
            raise ProjectError(
                f'The project "{self.name}" has no task "{name}"; it has {", ".join(known)}.'
            )
        return TaskFolder.open(self, name or known[0])

    def add_task(self, task: Task) -> TaskFolder:
        """Make a task's folder.

        Raises:
            ProjectError: a task of that name is there already.
        """
        folder = self.path / "tasks" / task.name
        with locked(self.path):
            if task.name in self.tasks():
                raise ProjectError(
                    f'The project "{self.name}" already has a task "{task.name}"; '
                    "choose another name, or import into that one."
                )
            made = not folder.exists()
            try:
                write_task(folder, task)
            except BaseException:
                if made:
                    shutil.rmtree(folder, ignore_errors=True)
                raise
        return TaskFolder(folder, task, self)

    def documents(self) -> list[Path]:
        """Return the documents' files, sorted by name."""
        folder = self.path / "documents"
        if not folder.is_dir():
            return []
        files = (path for path in folder.iterdir() if path.is_file())
        return sorted(path for path in files if not path.name.startswith("."))

    def add_document(self, name: str, data: bytes, *, replacing: bool = False) -> Path:
        """Store a document under its own name where that is safe; the same content is kept once.

        With `replacing` it takes the place of one of that name, instead of standing beside it.

        Raises:
            InputError: the file is empty, too large, or of a kind that cannot be read.
        """
        return store_document(self.path / "documents", name, data, replacing=replacing)

    def remove_document(self, name: str) -> None:
        """Take a document out of the project; examples that name it as evidence stay.

        Raises:
            ProjectError: there is none of that name.
            StorageError: the folder cannot be written.
        """
        path = next((path for path in self.documents() if path.name == name), None)
        if path is None:
            raise ProjectError(f'The project "{self.name}" has no document "{name}".')
        with storage_errors(path):
            path.unlink(missing_ok=True)

    def collections(self) -> dict[str, str]:
        """Return the collection of each document that is in one, by the document's name."""
        return read_collections(self.path / "documents")

    def set_collection(self, name: str, collection: str) -> None:
        """Put a document into a collection; an empty name of one takes it out of its own.

        Raises:
            ProjectError: there is no such document.
            InputError: the collection's name is too long, or cannot be shown.
            StorageError: the folder cannot be written.
        """
        if name not in {path.name for path in self.documents()}:
            raise ProjectError(f'The project "{self.name}" has no document "{name}".')
        write_collections(self.path / "documents", {name: collection})


def home() -> Path:
    """Return the workspace directory: `LADDER_HOME`, or `~/.adaptation-ladder`."""
    return Path(os.environ.get("LADDER_HOME") or Path.home() / ".adaptation-ladder")


def machine_place() -> Project:
    """Return where jobs run that belong to no project: a folder of runs, without any task."""
    return Project(home().resolve() / _MACHINE)


def projects() -> list[str]:
    """Return the names of the projects in the workspace, sorted."""
    return sorted(path.parent.name for path in home().glob("*/tasks") if _is_project(path.parent))


def create_project(name: str) -> Project:
    """Make an empty project in the workspace.

    Raises:
        ProjectError: it exists, or the name is kept for the workspace's own folders.
        InputError: the name cannot name a folder.
        StorageError: the workspace cannot be written.
    """
    path = _free_path(name)
    with storage_errors(path):
        (path / "tasks").mkdir(parents=True)
    return Project(path)


def create_example(name: str, example: str = "helpdesk") -> Project:
    """Make a project in the workspace as a copy of one that comes with the product.

    Raises:
        ProjectError: there is no such example, or the name is taken.
    """
    known = sorted(path.parent.name for path in _EXAMPLES.glob("*/tasks"))
    if example not in known:
        raise ProjectError(
            f'There is no example project "{example}"; there is {", ".join(known) or "none"}.'
        )
    path = _free_path(name)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{name}.") as scratch:
            copy = shutil.copytree(_EXAMPLES / example, Path(scratch) / name)
            copy.rename(path)
    return Project(path)


def open_project(name_or_path: str | Path) -> Project:
    """Open a project by its name in the workspace, or by the path of its folder.

    Raises:
        ProjectError: there is none; the message lists those that exist.
    """
    text = str(name_or_path)
    for path in (home() / text, Path(text).expanduser()):
        if text and _is_project(path):
            return Project(path.resolve())
    known = projects()
    remedy = f"there is {', '.join(known)}" if known else "there is none yet"
    raise ProjectError(
        f'There is no project "{text}" in {home()}; {remedy}. Make one with: ladder init NAME'
    )


def _is_project(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.resolve() == home().resolve()
    return not hidden and path.name not in _RESERVED and (path / "tasks").is_dir()


def _free_path(name: str) -> Path:
    check_name(name, "project")
    if name in (*_RESERVED, _MACHINE):
        raise ProjectError(f'"{name}" is kept for the workspace itself; choose another name.')
    path = home() / name
    if path.exists():
        raise ProjectError(f'There is already a project "{name}"; open it or choose another name.')
    return path
