"""Which conversation the Chat page shows: a new one, an earlier one, one as a file to keep."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ladder.project import TaskFolder
from rag import chat_view as view
from rag.chat_export import as_json, as_markdown
from rag.chat_log import (
    forget,
    is_conversation,
    kept_conversations,
    kept_turns,
    new_conversation,
)
from rag.turn import Turn

__all__ = ["conversation_bar", "conversation_here", "turns_of"]


def conversation_here() -> str:
    """Return the name of this visit's conversation: of the address, else a new one."""
    asked = st.query_params.get("chat", "")
    if not is_conversation(asked):
        asked = str(st.session_state.setdefault("chat", new_conversation()))
    st.session_state["chat"] = asked
    st.query_params["chat"] = asked
    return asked


def turns_of(folder: TaskFolder, conversation: str) -> list[Turn]:
    """Return the turns of a conversation, kept for this visit."""
    chats: dict[str, list[Turn]] = st.session_state["chats"]
    key = f"{folder.path} {conversation}"
    if key not in chats:
        chats[key] = kept_turns(folder, conversation)
    return chats[key]


def conversation_bar(
    folder: TaskFolder, conversation: str, turns: list[Turn], thumbs: dict[str, bool]
) -> None:
    """Draw the ways to another conversation, and to keep this one as a file."""
    if turns:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button("New conversation", key="new", icon=":material/restart_alt:"):
                open_conversation(new_conversation())
            with st.popover("Download or delete", icon=":material/download:"):
                export(folder, conversation, turns, thumbs)
    earlier = [kept for kept in kept_conversations(folder) if kept.id != conversation]
    if earlier:
        st.write("Earlier ones, of everybody who asks in this project:")
    for kept in earlier:
        words = f"{kept.turns} question{'' if kept.turns == 1 else 's'}"
        label = f"{view.label(kept.title, 60)} ({words})"
        if st.button(label, key=f"open_{kept.id}", type="tertiary", icon=":material/history:"):
            open_conversation(kept.id)


def export(
    folder: TaskFolder, conversation: str, turns: list[Turn], thumbs: dict[str, bool]
) -> None:
    """Offer a conversation as a file, and to delete it once that is confirmed."""
    name = f"{folder.project.name}-{folder.task.name}-{conversation}"
    for words, ending, kind, made in (
        ("Markdown, to read", "md", "text/markdown", as_markdown),
        ("JSON, to work with", "json", "application/json", as_json),
    ):
        st.download_button(
            words,
            partial(made, list(turns), folder, thumbs),
            file_name=f"{name}.{ending}",
            mime=kind,
            key=f"export_{ending}",
            icon=":material/download:",
            on_click="ignore",
        )
    sure = st.checkbox(
        f"Delete it for good, {len(turns)} question{'' if len(turns) == 1 else 's'}",
        key=f"forget_sure_{conversation}",
        help="It is gone for everybody, thumbs stay.",
    )
    if st.button(
        "Delete this conversation", key="forget", icon=":material/delete:", disabled=not sure
    ):
        forget(folder, conversation)
        turns.clear()
        open_conversation(new_conversation())


def open_conversation(conversation: str) -> None:
    """Show another conversation."""
    st.session_state["chat"] = conversation
    st.query_params["chat"] = conversation
    st.session_state.pop("chat_shown", None)
    st.session_state.pop("chat_unkept", None)
    st.rerun()
