"""The files of an export, in each format, and what cannot be taken along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ladder.answering import ASKS_MODEL, Setup
from ladder.errors import InputError

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["FORMATS", "Format", "exported", "setup_in_use"]

Format = Literal["openai", "langchain", "python"]
FORMATS: tuple[Format, ...] = ("openai", "langchain", "python")


def exported(
    folder: TaskFolder, setup: Setup, format: Format, input: str | Sequence[str] | None = None
) -> dict[str, bytes]:
    """Return the files of an export, by their names.

    No file holds an example of the test split, a path of this machine or a key.

    Args:
        folder: the task.
        setup: what asks a model, with examples or without.
        format: "openai" is the body of a request to a chat API, "langchain" a prompt object of
            that library, "python" a program.
        input: what is asked, or several texts; only "openai" needs it, and only where the
            examples are chosen by the text.

    Raises:
        InputError: the Setup asks no model or shows passages, or a text is needed.
        ProjectError: it shows examples, and there are none.
        ModelError: the embedder cannot be had.
    """
    _check(setup)
    if format not in FORMATS:
        raise InputError(f'The format is "{format}"; choose one of {", ".join(FORMATS)}.')
    if input is not None and format != "openai":
        raise InputError(
            f"The format {format} takes texts when it runs, so it needs none now; leave them out."
        )
    if format == "openai":
        from rag.few_shot.export.openai_format import openai_files

        return openai_files(folder, setup, input)
    from rag.few_shot.export.code_formats import langchain_files, python_files

    return (python_files if format == "python" else langchain_files)(folder, setup)


def setup_in_use(folder: TaskFolder) -> Setup:
    """Return what is exported where nothing else is named: the task's Setup, or few-shot."""
    from ladder.methods import preset

    return folder.setup() or preset("few-shot", folder.task)


def _check(setup: Setup) -> None:
    """Check that a Setup has a prompt that can be taken along.

    Raises:
        InputError: it has none, or one with passages of documents.
    """
    if setup.answerer not in ASKS_MODEL:
        raise InputError(
            f'This Setup answers by "{setup.answerer}" and has no prompt to export; choose a '
            "few-shot setting on the page Few-shot, or name a Setup with --setup FILE."
        )
    if setup.retrieval.source != "none":
        raise InputError(
            f"This Setup shows passages of documents (retrieval.source is "
            f'"{setup.retrieval.source}"), which an exported prompt does not carry; name one '
            "without them with --setup FILE."
        )
