"""A recipe as YAML on the Train page: what the form says, to keep; and one to fill the form by."""

from __future__ import annotations

import streamlit as st

from ladder.errors import InputError
from training import train_view
from training.recipe import Recipe, recipe_from

__all__ = ["as_yaml", "parsed"]

LARGEST = 100_000
"""Letters of a recipe that is pasted, at most."""


def parsed(text: str) -> Recipe:
    """Return the recipe that YAML text describes; what it leaves out is as its method has it.

    Raises:
        InputError: it is no YAML, no mapping, or no recipe.
    """
    import yaml

    if len(text) > LARGEST:
        raise InputError(f"The recipe has {len(text):,} letters; a recipe has some hundreds.")
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise InputError(
            f"This is no YAML: it cannot be read{where}; write one `name: value` a line."
        ) from error
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise InputError("A recipe is a list of `name: value` lines, such as `method: lora`.")
    return recipe_from(None, "good", data)


def as_yaml(recipe: Recipe, why: dict[str, str]) -> None:
    """Show the recipe of the form as YAML, and let another be pasted in its place."""
    with st.expander("As YAML", key="as_yaml"):
        text = recipe.to_yaml(why)
        st.code(text, language="yaml", height=280)
        st.download_button(
            "Download recipe.yaml", text, "recipe.yaml", "application/yaml", on_click="ignore"
        )
        st.write("The command `ladder train --recipe recipe.yaml` trains the same.")
        pasted = st.text_area(
            "Fill the form from another recipe",
            key="recipe_pasted",
            placeholder="method: lora\nrank: 8",
        )
        if st.button("Fill the form", key="recipe_fill", disabled=not pasted.strip()):
            try:
                given = parsed(pasted)
            except InputError as error:
                st.error(str(error), icon=":material/error:")
                return
            method, (preset, _) = train_view.method_in_form(given), train_view.preset_of(given)
            own = given.to_dict()
            settings = {
                field.name: train_view.in_form(field, own[field.name])
                for field in train_view.form_fields(method)
            }
            st.session_state["train_with"] = {
                "method": method, "preset": preset, "settings": settings,
            }  # fmt: skip
            st.rerun()
