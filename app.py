"""The Streamlit router: the page list, nothing else (`streamlit run app.py`)."""

from __future__ import annotations

import streamlit as st

from ladder.frame import PAGES

st.set_page_config(page_title="Adaptation Ladder", page_icon="🪜", layout="wide")

page = st.navigation(
    [
        st.Page(PAGES["home"], title="Home", icon=":material/home:", default=True),
        st.Page(PAGES["start"], title="Start", icon=":material/upload_file:", url_path="start"),
        st.Page(PAGES["decide"], title="Decide", icon=":material/alt_route:", url_path="decide"),
        st.Page(PAGES["chat"], title="Chat", icon=":material/forum:", url_path="chat"),
        st.Page(
            PAGES["few-shot"],
            title="Few-shot",
            icon=":material/format_list_numbered:",
            url_path="few-shot",
        ),
        st.Page(PAGES["train"], title="Train", icon=":material/model_training:", url_path="train"),
        st.Page(
            PAGES["scoreboard"],
            title="Scoreboard",
            icon=":material/leaderboard:",
            url_path="scoreboard",
        ),
        st.Page(PAGES["jobs"], title="Jobs", icon=":material/schedule:", url_path="jobs"),
        st.Page(PAGES["models"], title="Models", icon=":material/memory:", url_path="models"),
    ],
    position="top",
)
page.run()
