"""Take the prompt away, on the Few-shot page: files that work without this project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ladder.answering import Setup
from ladder.errors import LadderError
from ladder.project import TaskFolder

if TYPE_CHECKING:
    from rag.few_shot.export import Format

__all__ = ["FORMATS", "export", "needs_text", "packed"]

FORMATS: dict[Format, tuple[str, str]] = {
    "openai": (
        "OpenAI messages",
        "The request for one text, as any OpenAI-compatible server takes it.",
    ),
    "langchain": (
        "LangChain prompt",
        "A prompt object with its example selector, to be imported.",
    ),
    "python": ("Plain Python", "A program that answers texts, its examples, and how to run it."),
}
"""What can be taken along: what it is called, and what it is."""


def export(folder: TaskFolder, setup: Setup) -> None:
    """Draw a row for each format; files are made on a click, and kept until the Setup changes."""
    st.write(
        "The prompt of the settings on this page, with its examples: the same text that is shown "
        "and measured here, in files that work without this project. The test split is never "
        "among the examples."
    )
    text = str(st.session_state["shots_input"]).strip()
    for format, (title, meaning) in FORMATS.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title}**. {meaning}")
            if format == "openai" and not text and needs_text(setup):
                st.write("Type a text on “Try a prompt” first: the examples are chosen for it.")
                continue
            _files(folder, setup, format, title, text if format == "openai" else "")


def needs_text(setup: Setup) -> bool:
    """Return whether the examples are chosen by the text, so that without one there are none."""
    return setup.examples.count > 0 and setup.examples.selection != "random"


def _files(folder: TaskFolder, setup: Setup, format: Format, title: str, text: str) -> None:
    """Offer to make the files of a format, then to save them."""
    of = f"{folder.path} {setup.hash} {text}"
    made: dict[Format, tuple[str, dict[str, bytes]]] = st.session_state.setdefault(
        "shots_files", {}
    )
    if format not in made or made[format][0] != of:
        if not st.button(f"Make {title}", key=f"shots_make_{format}"):
            return
        try:
            with st.spinner("Choosing the examples and writing the files"):
                from rag.few_shot.export import exported

                made[format] = of, exported(folder, setup, format, text or None)
        except LadderError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()
    name, content = packed(f"{folder.task.name}-{format}", made[format][1])
    st.download_button(
        f"Save {name}", content, name, key=f"shots_save_{format}", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def packed(name: str, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Return one file to save: the only one there is, else a ZIP archive of a folder of them.

    Args:
        name: of the archive and of the folder in it, without an ending.
        files: their contents, by their names.
    """
    if len(files) == 1:
        return next(iter(files.items()))
    from io import BytesIO
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as zip:
        for file, content in sorted(files.items()):
            zip.writestr(ZipInfo(f"{name}/{file}"), content, ZIP_DEFLATED)
    return f"{name}.zip", archive.getvalue()
