"""The sources of an answer on the Chat page: quotes in their passages, and why these passages."""

from __future__ import annotations

import streamlit as st

from ladder.project import Project
from rag import chat_view as view
from rag.retrieval import Passage
from rag.source_view import (
    Source,
    marked_html,
    opened,
    quote_html,
    sources,
    under,
    why_rows,
    why_words,
)
from rag.turn import Turn

__all__ = ["panel"]

_LONGEST = 1500
"""Characters shown of a passage that is not cited."""


def panel(turn: Turn, project: Project) -> None:
    """Draw the sources of an answer: the quotes in their passages, then why these passages."""
    cited = sources(turn)
    if cited:
        st.write(view.NOT_AN_ANSWER)
    for source in cited:
        with st.container(border=True, gap="xsmall"):
            headed = f"[{source.number}] {under(source.passage, source.citation.doc)}"
            st.html(view.plain_html(headed))
            flagged(source.passage)
            st.html(quote_html(source.passage, source.citation))
            if st.button(
                "Open the source",
                key=f"open_{turn.id}_{source.number}",
                icon=":material/open_in_full:",
                type="tertiary",
            ):
                show(project, source)
    if not cited:
        nearest(turn)
    with st.expander("Why these passages"):
        st.write(why_words(turn))
        if turn.sure:
            st.write(turn.sure)
        st.dataframe(
            why_rows(turn.passages),
            hide_index=True,
            alt="The passages that were found, with their scores by each way of searching",
        )


def nearest(turn: Turn) -> None:
    """Draw the passages that came nearest, where none is cited."""
    if turn.abstained:
        st.write("The passages nearest to the question:")
    else:
        st.write("Nothing in the passages supports the answer enough to be quoted.")
    for passage in turn.passages[:3]:
        with st.container(border=True, gap="xsmall"):
            st.html(view.plain_html(under(passage, passage.doc)))
            flagged(passage)
            st.html(view.plain_html(passage.text[:_LONGEST]))


def flagged(passage: Passage | None) -> None:
    """Draw a badge on a passage that is suspicious, and what is."""
    if words := view.flag_words(passage):
        st.badge("Suspicious text", icon=":material/warning:", color="orange")
        st.html(view.plain_html(words))


@st.dialog("The source", width="large")
def show(project: Project, source: Source) -> None:
    """Open a document at a quote: the whole section around it, the quote marked."""
    place = opened(project, source.passage, source.citation)
    st.html(view.plain_html(under(source.passage, source.citation.doc)))
    if place.note:
        st.warning(view.escaped(place.note), icon=":material/history:")
    flagged(source.passage)
    where = f"Characters {source.citation.start:,} to {source.citation.end:,} of the document."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(where, width="content")
        if place.path is not None:
            st.download_button(
                "Download the document",
                place.path.read_bytes,
                file_name=place.path.name,
                key="download_source",
                icon=":material/download:",
                on_click="ignore",
            )
    if place.above:
        with st.expander(f"What stands above, {len(place.above):,} characters"):
            st.html(view.plain_html(place.above))
    with st.container(border=True):
        st.html(marked_html(place.near, place.start, place.end))
