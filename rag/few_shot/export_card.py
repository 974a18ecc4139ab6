"""Take the prompt away, on the Few-shot page: files that work without this project."""

from __future__ import annotations

import streamlit as st

from ladder.answering import Setup
from ladder.errors import LadderError
from ladder.project import TaskFolder

__all__ = ["FORMATS", "export"]

FORMATS: dict[str, tuple[str, str]] = {
    "openai": ("OpenAI messages", "JSON that any OpenAI-compatible server takes."),
    "langchain": ("LangChain object", "A few-shot prompt template with its example selector."),
    "python": ("Plain Python", "One program and its examples; it needs nothing of this project."),
}
"""What can be taken away: what it is called, and what it is."""


def export(folder: TaskFolder, setup: Setup) -> None:
    """Draw a row for each format; files are made on a click, and kept until the Setup changes."""
    st.write(
        "The prompt of the settings on this page, with its examples: the same text that is shown "
        "here and was measured. The test split is never among the examples."
    )
    for format, (title, meaning) in FORMATS.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{title}**. {meaning}")
            _files(folder, setup, format, title)


def _files(folder: TaskFolder, setup: Setup, format: str, title: str) -> None:
    """Offer to make the files of a format, then to save each."""
    of = f"{folder.path} {setup.hash}"
    held: tuple[str, dict[str, dict[str, bytes]]] = st.session_state.get("shots_files", ("", {}))
    made = held[1] if held[0] == of else {}
    if format not in made:
        if not st.button(f"Make {title}", key=f"shots_make_{format}"):
            return
        try:
            with st.spinner("Writing the files"):
                from rag.few_shot.export import exported

                made = made | {format: exported(folder, setup, format)}
        except LadderError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state["shots_files"] = of, made
    for name, content in made[format].items():
        st.download_button(
            f"Save {name}",
            content,
            file_name=name.rpartition("/")[2],
            key=f"shots_save_{format}_{name}",
            on_click="ignore",
            icon=":material/download:",
        )
