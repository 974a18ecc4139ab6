"""A search on the Train page: what to vary and for how long, and what it found."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.project import TaskFolder
from training import search_view as view
from training.core import Recipe
from training.search.asked import USUAL_MINUTES, asked_for
from training.search.forecast import Expected, expected
from training.search.records import settings_tried

__all__ = ["ask", "found", "so_far"]


def ask(folder: TaskFolder, recipe: Recipe, resolved: Recipe) -> Expected | None:
    """Draw what a search would vary; return what it would take, or None where none is wanted.

    Args:
        folder: the task.
        recipe: as the form has it.
        resolved: the same with every choice made.

    Raises:
        InputError: a field or value cannot be searched, or the budget is too small.
    """
    with st.expander("Search settings", key="search"):
        st.write(
            "Trains several settings instead of one, compares them on the same validation "
            "examples, and keeps the best. Worth it when a first run went well enough to want more."
        )
        if not st.toggle("Search for better settings", key="search_on"):
            return None
        able = view.searchable(resolved)
        key = f"search_{resolved.method}"
        chosen = st.multiselect(
            "Fields to vary",
            able,
            default=view.usual_fields(resolved),
            format_func=view.label,
            key=f"{key}_fields",
            help="Each combination of their values is a setting.",
        )
        values = {
            name: st.text_input(
                f"{view.label(name)}: values to try",
                value=view.values_text(resolved, name),
                key=f"{key}_{name}",
                help="With commas between them.",
            )
            for name in chosen
        }
        left, right = st.columns(2)
        minutes = left.number_input(
            "Budget in minutes",
            min_value=1.0,
            value=USUAL_MINUTES,
            step=5.0,
            format="%.0f",
            key="search_minutes",
            help="No setting is begun that might pass it.",
        )
        points = right.number_input(
            "Settings at most",
            min_value=2,
            value=None,
            step=1,
            key="search_points",
            placeholder="as many as fit",
        )
        if not chosen:
            st.write("Choose a field to vary, or switch the search off.")
            return None
        asked = asked_for(recipe, view.text_of(values), float(minutes), None, points)
        plan = expected(folder, recipe, asked)
        st.write(plan.words)
        for warning in plan.warnings:
            st.warning(warning, icon=":material/warning:")
        return plan


def so_far(run_folder: Any) -> None:
    """Draw the settings of a search that are through while it goes on."""
    trials = [each.to_json() for each in settings_tried(run_folder)]
    if trials:
        st.dataframe(
            view.rows_of(trials, trials[0]["key"]),
            hide_index=True,
            alt="Settings tried so far, the best first",
        )


def found(result: dict[str, Any]) -> None:
    """Draw what a search found; nothing where the run was none."""
    told = result.get("search")
    if not told:
        return
    st.markdown(f"**Settings searched.** {told['effort']}".replace("$", "\\$"))
    st.info(told["sentence"], icon=":material/balance:")
    st.dataframe(
        view.rows_of(told["trials"], told["best"]["key"]),
        hide_index=True,
        alt="Settings tried, the best first, with score, interval, steps and minutes",
    )
    st.caption(told["warning"])
    with st.expander("What mattered", key="search_mattered"):
        st.write(told["importance"]["words"])
        if told["importance"]["shares"]:
            st.altair_chart(
                view.importance_chart(told), width="stretch", alt=view.importance_words(told)
            )
        for name in told["fields"]:
            if len({str(each["settings"][name]) for each in told["trials"]}) > 1:
                words = view.field_words(told, name)
                st.altair_chart(view.field_chart(told, name), width="stretch", alt=words)
        st.caption(
            f"Dots: the score of a setting on the same {told['items']} validation examples; lines: "
            "its 95 % interval; the diamond is the best. Settings are compared in pairs, which "
            "tells more than whether their lines overlap."
        )
