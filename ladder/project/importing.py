"""Preview an import, then carry it out whole or not at all."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from ladder.errors import InputError, StorageError
from ladder.files import locked
from ladder.project.documents import storing
from ladder.project.mapping import Mapping, guess_kind, guess_mapping, guessed_words
from ladder.project.rows import (
    NumberedExample,
    asked,
    conflicts,
    content_id,
    label_twins,
    read_examples_of,
    without_twice,
)
from ladder.project.split import PARTS, Part, Split, bring, read_split, write_split
from ladder.project.table import RowProblem, Table
from ladder.project.task import Example, Kind, Task
from ladder.project.task_folder import TaskFolder
from ladder.project.workspace import Project

__all__ = ["ImportPreview", "ImportReport", "import_into", "preview"]


@dataclass(frozen=True)
class ImportPreview:
    """What an import would add; nothing is written yet."""

    examples: list[Example]
    documents: dict[str, str]
    kind: Kind
    labels: Counter[str]
    """How many examples have each output (classification)."""
    problems: list[RowProblem]
    mapping: Mapping
    rows: dict[str, int]
    """The row that each example came from, by its id."""
    instruction: str = ""
    from_content: frozenset[str] = frozenset()
    """The ids that the file did not give."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    task: str
    added: int
    labelled: int
    """How many examples that were there without a label got theirs."""
    already_there: int
    documents: int
    problems: list[RowProblem]


def preview(
    table: Table, mapping: Mapping | None = None, kind: Kind | None = None
) -> ImportPreview:
    """Return what would be imported, with every row that is left out or doubtful.

    Args:
        table: what the file holds.
        mapping: the columns; guessed if not given.
        kind: the kind of task; guessed by the outputs if not given.

    Raises:
        InputError: a column is not there, or none is the input.
    """
    given, mapping = mapping, mapping or guess_mapping(table)
    _check(mapping, table)
    problems = list(table.problems)
    if given is None and (words := guessed_words(table, mapping)):
        problems.append(RowProblem(0, "", words))
    found = read_examples_of(table, mapping, problems)
    unnamed = {one.row for one in found if not one.example.id}
    problems += _nothing_to_learn(found, mapping)
    found = without_twice(found, problems)
    problems += conflicts(found)
    examples = [one.example for one in found]
    kind = kind or guess_kind(examples)
    if kind == "classification":
        problems += label_twins(found)
    outputs = (row.output for row in examples if row.output and kind == "classification")
    return ImportPreview(
        examples=examples,
        documents=table.documents,
        kind=kind,
        labels=Counter(outputs),
        problems=sorted(problems, key=lambda problem: problem.row),
        mapping=mapping,
        rows={one.example.id: one.row for one in found},
        instruction=table.instruction,
        from_content=frozenset(one.example.id for one in found if one.row in unnamed),
    )


def import_into(
    project: Project, task_name: str | None, preview: ImportPreview, split: str = "auto"
) -> ImportReport:
    """Add what was previewed to a task, which is made if it is not there; all or nothing.

    Args:
        project: where to.
        task_name: which task; None takes the only one, or makes one named after the kind.
        preview: what to add.
        split: "auto" splits by the rule; "train", "validation" or "test" keeps these rows there.

    Raises:
        InputError: the split or the task's name cannot be used.
        ProjectError: no task was named and there are several.
        StorageError: the project cannot be written; nothing was changed.
    """
    part = next((part for part in PARTS if part == split), None)
    if part is None and split != "auto":
        raise InputError(f'The split is "{split}"; choose auto, {", ".join(reversed(PARTS))}.')
    with ExitStack() as held, ExitStack() as undo:  # what is taken back is taken back while held
        folder = _task(project, task_name, preview, undo)
        names = _stored(project, preview.documents, held, undo)
        with folder.editing() as rows:
            old = read_split(folder.split_file)
            merge = _Merge(rows, old, part)
            for example in preview.examples:
                row = preview.rows[example.id]
                given = example.id not in preview.from_content
                merge.take(row, _renamed(example, names), given)
            clashes = conflicts(merge.added, list(rows))
            if folder.task.kind == "classification":
                clashes += label_twins(merge.added, list(rows))
            if part:
                new = bring(old, merge.ids, part)
                undo.callback(_restore, folder, old, new)
                write_split(folder.split_file, new)
            rows[:] = merge.rows.values()
        undo.pop_all()
    problems = {*preview.problems, *merge.problems, *clashes}
    return ImportReport(
        task=folder.task.name,
        added=len(merge.added),
        labelled=merge.labelled,
        already_there=merge.already_there,
        documents=len(names),
        problems=sorted(problems, key=lambda problem: (problem.row, problem.message)),
    )


@dataclass
class _Merge:
    """The examples of a task while new ones join them."""

    before: Iterable[Example]
    split: Split | None
    part: Part | None
    rows: dict[str, Example] = field(default_factory=dict)
    added: list[NumberedExample] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    labelled: int = 0
    already_there: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = {row.id: row for row in self.before}
        self._asked: dict[str, list[str]] = {}
        for row in self.rows.values():
            self._asked.setdefault(asked(row), []).append(row.id)
        split = self.split or Split()
        self._parts = {**split.waiting, **split.part_of()}

    def take(self, number: int, example: Example, id_given: bool) -> None:
        """Add one example, label the one it is, or say that it is there."""
        twins = [self.rows[id] for id in self._asked.get(asked(example), ()) if self._joins(id)]
        for twin in twins:
            if example.output is None or twin.output == example.output:
                self.already_there += 1
                self.ids.append(twin.id)
                return
            if twin.output is None:
                self.rows[twin.id] = replace(example, id=twin.id)
                self.labelled += 1
                self.ids.append(twin.id)
                return
        id = example.id if id_given else content_id(example, self.rows)
        if id in self.rows:
            self.problems.append(RowProblem(number, "id", _taken(self.rows[id], example)))
            return
        self.rows[id] = replace(example, id=id)
        self._parts |= {id: self.part} if self.part else {}
        self.added.append(NumberedExample(number, self.rows[id]))
        self.ids.append(id)

    def _joins(self, id: str) -> bool:
        """Return whether an example there counts as the same: not if it is in another part.

        What the user brings for a part is kept whole, also where another part holds it too.
        """
        return self.part is None or self._parts.get(id, self.part) == self.part


def _taken(known: Example, example: Example) -> str:
    """Say why an example whose id is taken was left out, and what to do about it."""
    if asked(known) != asked(example):
        return f'The id "{known.id}" is in the project already, for another text. Left out.'
    there, here = ((row.output or "no answer")[:60] for row in (known, example))
    return (
        f'"{known.id}" has the answer "{there}" in the project and "{here}" here. '
        "The one in the project is kept; correct it on the page Start."
    )


def _nothing_to_learn(found: list[NumberedExample], mapping: Mapping) -> list[RowProblem]:
    """Return what makes the file as a whole useless for learning."""
    problems = []
    if mapping.output is not None and found and not any(one.example.labelled for one in found):
        message = (
            f'The output "{mapping.output}" is empty in all {len(found):,} rows. They are kept as '
            "not labelled; label them on the page Start, or choose another column."
        )
        problems.append(RowProblem(0, "", message))
    if len(found) > 1 and len({one.exact for one in found}) == 1:
        message = (
            f"All {len(found):,} rows are the same, so one example is left. Check how the file was "
            "made, and which column is the input."
        )
        problems.append(RowProblem(0, "", message))
    return problems


def _check(mapping: Mapping, table: Table) -> None:
    columns = table.columns
    shown = ", ".join(columns[:20])
    if mapping.input is None:
        raise InputError(f"No column is the input; choose one of: {shown}.")
    for name in (mapping.input, mapping.output, mapping.context, mapping.id):
        if name is not None and name not in columns:
            raise InputError(f'There is no column "{name}"; the file has: {shown}.')


def _task(
    project: Project, name: str | None, preview: ImportPreview, undo: ExitStack
) -> TaskFolder:
    """Return the task to add to; make it if it is not there."""
    known = project.tasks()
    if (name is None and known) or name in known:
        return project.task(name)
    task = Task(name or preview.kind, preview.kind, instruction=preview.instruction)
    folder = project.add_task(task)
    undo.callback(_take_back, folder)
    return folder


def _take_back(folder: TaskFolder) -> None:
    """Remove the task that this import made, unless another command has put examples there."""
    with suppress(StorageError), locked(folder.path):
        if not folder.examples_file.exists():
            shutil.rmtree(folder.path, ignore_errors=True)


def _stored(
    project: Project, documents: dict[str, str], held: ExitStack, undo: ExitStack
) -> dict[str, str]:
    """Store the documents that came with the examples, and return the names they got.

    The folder of documents stays held until the import has ended: a document that this import
    wrote and then takes back cannot have become another command's meanwhile.
    """
    names: dict[str, str] = {}
    if documents:
        store = held.enter_context(storing(project.path / "documents"))
        for name, text in documents.items():
            path, written = store(name, text.encode("utf-8"), False)
            if written:
                undo.callback(path.unlink, missing_ok=True)
            names[name] = path.name
    return names


def _restore(folder: TaskFolder, old: Split | None, new: Split) -> None:
    """Put the split back as it was, unless another command has changed it since."""
    with locked(folder.path):
        if read_split(folder.split_file) != new:
            return
        if old is None:
            folder.split_file.unlink(missing_ok=True)
        else:
            write_split(folder.split_file, old)


def _renamed(example: Example, names: dict[str, str]) -> Example:
    """Return the example with its evidence under the names that the documents got."""
    evidence = tuple(replace(e, doc=names.get(e.doc, e.doc)) for e in example.evidence)
    return replace(example, evidence=evidence)
