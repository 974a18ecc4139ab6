"""Train: what will this run do, and is it going well?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.errors import InputError
from ladder.frame import asked_plan, frame, go, model_title, primary_bar, say_errors
from ladder.jobs import job_view
from ladder.plan import Plan
from ladder.project import TaskFolder
from training import (
    microscope_card,
    microscope_view,
    recipe_card,
    runs_card,
    search_card,
    train_view,
)
from training.checks import check
from training.estimate import Estimate, estimate_roughly
from training.jobs import start
from training.recipe import PRESETS, Recipe, changed, recipe_for
from training.run_card import bar, ended, running
from training.runs import Run, training_runs

METHODS = {
    "lora": "LoRA: writes the answer",
    "qlora": "QLoRA: LoRA on a model in 4 bits",
    "ia3": "IA3: one factor a unit",
    "prefix-tuning": "Prefix tuning: keys and values before the prompt",
    "prompt-tuning": "Prompt tuning: virtual words before the prompt",
    "adapter": "Adapters: small matrices in every layer",
    "last-k": "Last layers of the model",
    "full": "All weights of the model",
    "classifier": "Classifier: names a label",
}
SIZES = {"quick": "Quick check, at most 15,000 tokens", "good": "Good, meant to be measured"}


def ask(method: str, preset: str) -> Recipe:
    """Draw the form, made from the recipe's fields, and return what it says."""
    usual = recipe_for(method, preset)
    settings = []
    with st.expander("All settings", key="settings"):
        columns = st.columns(3)
        for number, field in enumerate(train_view.form_fields(method)):
            place = columns[number % 3]
            key, value = f"{method}_{preset}_{field.name}", getattr(usual, field.name)
            st.session_state.setdefault(key, train_view.in_form(field, value))
            said: Any
            if field.kind == "choice":
                said = place.selectbox(field.label, field.choices, key=key, help=field.help)
            elif field.kind == "switch":
                said = place.toggle(field.label, key=key, help=field.help)
            elif field.kind == "whole":
                said = place.number_input(field.label, step=1, key=key, help=field.help)
            elif field.kind == "number":
                said = place.number_input(
                    field.label, step=0.01, format="%.3f", key=key, help=field.help
                )
            else:
                said = place.text_input(
                    field.label, key=key, help=field.help, placeholder="chosen for you"
                )
                said = said.strip() or ("auto" if field.kind == "open" else value)
            settings.append(f"{field.name}={said}")
    return changed(usual, settings)


def say_estimate(estimate: Estimate, recipe: Recipe, why: dict[str, str]) -> None:
    """Show what the run would take, a plain warning, and why the open settings are as they are."""
    for place, (title, value, words) in zip(
        st.columns(4), train_view.estimate_tiles(estimate), strict=True
    ):
        place.metric(title, value, help=words)
    if estimate.money is None:
        st.markdown(f"Money: {estimate.money_words}.".replace("$", "\\$"))
    for warning in estimate.warnings:
        st.warning(warning, icon=":material/warning:")
    chosen = [f"- **{name}** {getattr(recipe, name)}: {reason}" for name, reason in why.items()]
    if chosen:
        with st.expander("Chosen for you, and why", key="reasons"):
            st.markdown("\n".join(chosen))


def fill(plan: Plan | None) -> None:
    """Fill the form by a plan, or what another page left in `train_with`."""
    asked = st.session_state.pop("train_with", None)
    drawn = "train_method" in st.session_state  # what another page shows is not kept
    same = drawn and plan is not None and st.session_state.get("train_plan") == plan.id
    if plan is not None and plan.recipe and not same:
        st.session_state["train_plan"] = plan.id
        preset, settings = train_view.preset_of(Recipe.from_dict(plan.recipe))
        method = train_view.method_in_form(Recipe.from_dict(plan.recipe))
        asked = {"method": method, "preset": preset, "settings": settings}
    if asked:
        method, preset = asked.get("method", "lora"), asked.get("preset", "quick")
        st.session_state["train_method"], st.session_state["train_preset"] = method, preset
        for name, value in asked.get("settings", {}).items():
            st.session_state[f"{method}_{preset}_{name}"] = value


def form(folder: TaskFolder, plan: Plan | None, primary: bool) -> None:
    """Ask for the recipe, show the estimate, and offer to start."""
    fill(plan)
    if plan is not None:
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
    left, right = st.columns(2)
    able = train_view.offered(folder.task.kind)
    method = left.selectbox("Method", able, key="train_method", format_func=METHODS.__getitem__)
    preset = right.selectbox(
        "Size", list(PRESETS), key="train_preset", format_func=SIZES.__getitem__
    )
    kind: Any = "primary" if primary else "secondary"
    try:
        recipe = ask(method, preset)
    except InputError as error:
        cannot(error, primary, kind)
        return
    checked = check(folder, recipe)
    try:
        resolved, estimate, why = estimate_roughly(folder, recipe)
    except InputError as error:
        if checked.errors:
            microscope_card.findings(checked)
        else:
            st.error(str(error), icon=":material/error:")
        refused(microscope_view.refusal(checked), primary, kind)
        return
    st.write(
        f"Trains on {estimate.rows:,} examples of the train part, from {model_title(recipe.model)}."
    )
    say_estimate(estimate, resolved, why)
    recipe_card.as_yaml(resolved, why)
    try:
        searched = search_card.ask(folder, recipe, resolved)
    except InputError as error:
        cannot(error, primary, kind)
        return
    checked = microscope_card.panel(folder, recipe, checked, estimate.rows)
    if checked.errors:
        refused(microscope_view.refusal(checked), primary, kind)
        return
    with bar(primary):
        words = f"Start, {estimate.words}" if searched is None else f"Search, {searched.at_most}"
        if st.button(words, type=kind, key="start"):
            more: dict[str, Any] = {} if plan is None else {"plan": plan}
            if searched is not None:
                more["search"] = searched.asked
            try:
                with st.spinner("Checking every row as the model will read it"):
                    start(folder, recipe, **more)
            except InputError as error:
                microscope_card.say_refusal(str(error))
                return
            if plan is not None and plan.recipe != recipe.to_dict():
                st.query_params.pop("plan", None)  # what runs now is no longer the plan's
            st.rerun()


def cannot(error: InputError, primary: bool, kind: Any) -> None:
    """Say what of the form cannot be."""
    st.error(str(error), icon=":material/error:")
    with bar(primary):
        st.button("Start", disabled=True, key="start", type=kind)


def refused(words: str, primary: bool, kind: Any) -> None:
    """Say why nothing can start, and offer the way to mend it."""
    if words:
        microscope_card.say_refusal(words)
    with bar(primary):
        if st.button("Label some examples", type=kind, key="to_start"):
            go("start")
        st.button("Start", disabled=True, key="start", help=None if words else "See above.")


def page(folder: TaskFolder) -> None:
    """Lay the page out."""
    if refusal := st.session_state.pop("train_error", None):
        st.error(refusal)
    runs = training_runs(folder.project, folder.task.name)
    plan = asked_plan(current)
    waits = plan is not None and not_started(plan, runs)
    busy = next((run for run in reversed(runs) if not run.job.over), None)
    if busy is not None:
        words = f"The plan **{plan.id}**: {plan.title} waits" if plan is not None and waits else ""
        running(busy, words and f"{words}; it can be started here when this run has ended.")
        runs_card.queue([run for run in runs if run.job.id != busy.job.id])
        with st.expander("Queue another run", key="queue_another"):
            st.write("It starts by itself when the runs before it have ended.")
            form(folder, None, primary=False)
        runs_card.all_runs(folder, runs)
        return
    if not any(example.labelled for example in folder.examples()):
        st.write("Nothing to learn from yet: no example has an output.")
        st.write(train_view.what_labels_would_allow())
        with primary_bar():
            if st.button("Label some examples", type="primary", key="to_start"):
                go("start")
        return
    if waits:
        form(folder, plan, primary=True)
        if runs:
            word = job_view.STATES[runs[0].job.state][0].lower()
            title = f"The run before: {train_view.ran_words(runs[0])}, {word}"
            with st.expander(title, key="earlier"):
                ended(folder, runs[0], primary=False)
        return
    taken = bool(runs) and ended(folder, runs[0])
    runs_card.all_runs(folder, runs)
    st.subheader("Train another" if runs else "A new run", anchor=False)
    form(folder, plan, primary=not taken)


def not_started(plan: Plan, runs: list[Run]) -> bool:
    """Return whether a plan is to train and no run has carried it out yet."""
    return plan.recipe is not None and all(run.job.spec.get("plan") != plan.id for run in runs)


current = frame("What will this run do, and is it going well?")
with say_errors():
    if current.folder is None:
        st.write("Nothing to learn from yet: there is no task with examples.")
        st.write(train_view.what_labels_would_allow())
        with primary_bar():
            if st.button("Start with your data", type="primary", key="to_start"):
                go("start")
    else:
        page(current.folder)
