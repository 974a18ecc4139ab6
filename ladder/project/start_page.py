"""Start: what do we have? Files in, what was understood out; then labels, one row at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from ladder.errors import LadderError
from ladder.frame import Current, frame, go, primary_bar, say_errors
from ladder.project import (
    Project,
    RowProblem,
    TaskFolder,
    create_project,
    import_into,
    what_n_can_show,
    what_validation_means,
)
from ladder.project import start_view as view
from ladder.project.example_door import example_door
from ladder.project.import_card import Understood, histogram, problem_table, understand
from ladder.project.label_card import label_table, leaked
from ladder.project.task import Task
from ladder.project.task_card import task_card

SAMPLES = Path(__file__).parent / "samples"
Note = tuple[str, list[RowProblem]]
"""What an import did, and what it remarked about rows."""


def doors() -> None:
    """Offer the two ways in: the example project, or a project of one's own."""
    left, right = st.columns(2, gap="large")
    with left.container(border=True, height="stretch"):
        st.subheader("Look around", anchor=False)
        example_door()
    with right.container(border=True, height="stretch"):
        st.subheader("Start with your own data", anchor=False)
        name = project_name()
        st.write("A project is a folder on this machine; nothing leaves it.")
    with primary_bar():
        if st.button("Make the project", type="primary", key="make"):
            make(name)


def project_name() -> str:
    """Ask for the name of a new project."""
    return st.text_input(
        "Name of the project",
        key="project_name",
        placeholder="bike-rental",
        help='Lower-case letters, digits, "-" and "_". It becomes a folder of this machine.',
    ).strip()


def make(name: str) -> NoReturn:
    """Make a project and open it here."""
    create_project(name)
    go("start", name)


def uploads() -> list[Any]:
    """Draw the place to drop files, and return what lies there."""
    generation = st.session_state.setdefault("upload_generation", 0)
    files: list[Any] = st.file_uploader(
        "Drop tickets or documents here",
        type=[*view.TABLE_TYPES, *view.DOCUMENT_TYPES],
        accept_multiple_files=True,
        key=f"files_{generation}",
        help="Tables: CSV, JSONL, JSON (chat messages, Alpaca, ShareGPT, SQuAD). "
        "Documents: Markdown, text, HTML, PDF, DOCX, PPTX, e-mail. At most 100 MB each.",
    )
    return files


def samples() -> None:
    """Offer three small files to download and drop back in."""
    st.write("Nothing at hand? Take a sample and drop it back in:")
    for path, meaning in (
        (SAMPLES / "tickets.csv", "52 tickets, 40 of them labelled"),
        (SAMPLES / "questions.jsonl", "8 questions with short answers"),
        (SAMPLES / "handbook.md", "a handbook of one page"),
    ):
        st.download_button(
            f"{path.name}: {meaning}",
            path.read_bytes(),
            path.name,
            key=f"sample_{path.stem}",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
        )


def pending(project: Project, files: list[Any]) -> list[Understood]:
    """Show what was understood of the dropped files; nothing is written yet."""
    tables = []
    for file in files:
        if view.is_document(file.name):
            st.write(f":material/description: {file.name}, {file.size / 1024:,.0f} KB")
            continue
        with say_errors():
            tables.append(understand(project, file))
    return tables


def bring_in(project: Project, files: list[Any], tables: list[Understood]) -> None:
    """Draw the primary button that writes what was understood into the project."""
    documents = [file for file in files if view.is_document(file.name)]
    ready = bool(files) and len(documents) + len(tables) == len(files)
    if st.button("Looks right, continue", type="primary", key="import", disabled=not ready):
        write(project, documents, [file for file in files if file not in documents], tables)
    if not files:
        st.write("Drop a file first.")
    elif ready:
        st.write("Nothing is written before this button.")
    else:
        st.write("A file cannot be used as it is: change its columns, or take it off the list.")


def write(
    project: Project, documents: list[Any], files: list[Any], tables: list[Understood]
) -> None:
    """Write file by file; one that fails is said and leaves the others written.

    If none could be written, they all stay where they were dropped.
    """
    notes: list[Note] = []
    failed: list[str] = []
    task = st.session_state.get("task")
    for file in documents:
        with noted(file.name, failed):
            notes.append((f"Kept {project.add_document(file.name, file.getvalue()).name}.", []))
    for file, (name, found, split) in zip(files, tables, strict=True):
        with noted(file.name, failed):
            report = import_into(project, name, found, split)
            notes.append((view.report_words(report), report.problems))
            task = name
    if not notes:
        for sentence in failed:
            st.error(sentence, icon=":material/error:")
        return
    st.session_state["start_notes"] = notes
    st.session_state["start_failed"] = [f"{line} Drop that file again." for line in failed]
    st.session_state["upload_generation"] += 1
    go("start", project.name, task)


@contextmanager
def noted(name: str, failed: list[str]) -> Iterator[None]:
    """Note why a file could not be written, and go on."""
    try:
        yield
    except LadderError as error:
        failed.append(f"{name} was not brought in. {error}")


def say_notes() -> None:
    """Say what the last import did, once."""
    for note, problems in st.session_state.pop("start_notes", []):
        st.success(note)
        problem_table(problems)
    for sentence in st.session_state.pop("start_failed", []):
        st.error(sentence, icon=":material/error:")


def settled(folder: TaskFolder) -> None:
    """Show the task as it stands: split, labels, and the table to label or correct in."""
    examples = folder.examples()
    labelled = sum(example.labelled for example in examples)
    split = folder.split()
    # What comes and goes above the table stands in a container, so that the table keeps its
    # place on the page, and with it the cell that somebody types in.
    with st.container():
        say_notes()
    a, b, c, d = st.columns(4)
    a.metric("Labelled", f"{labelled:,} of {len(examples):,}", border=True)
    b.metric("Test", f"{len(split.test):,}", border=True, help="Kept back; scored at the end.")
    c.metric("Validation", f"{len(split.validation):,}", border=True, help="For choosing.")
    d.metric("Train", f"{len(split.train):,}", border=True, help="For fitting and as examples.")
    st.write(what_n_can_show(len(split.test)))
    if labelled:
        st.write(what_validation_means(folder))
    leaked(folder)
    st.subheader("Label or correct", anchor=False)
    labels = folder.labels()
    so_far = f" Labels so far: {', '.join(labels[:20])}." if labels else ""
    st.write(f"Click a cell, type, press Enter; every row is saved at once.{so_far}")
    label_table(folder)
    if labels and (lonely := view.single_labels(folder.examples())):
        st.info(f"On a single row only: {', '.join(lonely[:8])}. New labels, or slips?")
    with st.expander("Labels and documents"):
        histogram(Counter(e.output for e in examples if e.output and labels))
        for path in folder.project.documents():
            st.write(f":material/description: {path.name}")


def save_card(folder: TaskFolder) -> None:
    """Draw the task card; a change is saved as soon as it is made."""
    with st.container(border=True):
        st.subheader(f"Task: {folder.task.name}", anchor=False)
        changed: Task = task_card(folder.task)
        if changed != folder.task:
            folder.save_task(changed)
            st.write("Saved.")


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    if current.project is None:
        doors()
        return
    project, folder = current.project, current.folder
    left, right = st.columns([1, 2], gap="large")
    with left:
        with st.popover("New project", icon=":material/add:"), say_errors():
            name = project_name()
            if st.button("Make the project", key="make"):
                make(name)
        files = uploads()
        if not files and folder is None:
            samples()
        elif not files and folder is not None:
            with say_errors():
                save_card(folder)
    tables: list[Understood] = []
    with right:
        if files:
            tables = pending(project, files)
        elif folder is None:
            say_notes()
            st.info("Nothing is here yet. Drop a file on the left; what was understood shows here.")
        else:
            settled(folder)
    with primary_bar(), say_errors():
        if files or folder is None:
            bring_in(project, files, tables)
        elif st.button("Looks right, continue", type="primary", key="continue"):
            go("decide")


with say_errors():
    main(frame("What do we have?"))
