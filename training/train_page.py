"""Train: what will this run do, and is it going well?"""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.errors import InputError, LadderError
from ladder.evaluation import Score, scoreboard
from ladder.files import read_json_lines
from ladder.frame import asked_plan, frame, go, model_title, primary_bar, say_errors
from ladder.jobs import cancel, job, job_view, retry, submit
from ladder.models.runs import trained_setup
from ladder.plan import Plan
from ladder.plan_outcome import outcome_of, outcome_words
from ladder.project import TaskFolder
from training import train_view
from training.estimate import Estimate, estimate_roughly
from training.jobs import start
from training.recipe import PRESETS, TRAINED, Recipe, changed, recipe_for
from training.runs import Run, score_of, training_runs
from training.watch import METRICS

METHODS = {"lora": "LoRA: writes the answer", "classifier": "Classifier: names a label"}
SIZES = {"quick": "Quick check, at most 15,000 tokens", "good": "Good, meant to be measured"}
INK = "#171717"


def chart(rows: list[dict[str, float]], steps: int) -> Any:
    """Return the loss by step, as far as it is of all `steps`: dots, and their running mean."""
    import altair as alt

    words: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    base = alt.Chart(alt.InlineData(values=rows))
    step = alt.X(
        "Step:Q",
        scale=alt.Scale(domain=[0, steps], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d", **words),
    )
    scale = alt.Scale(zero=False)
    dots = base.mark_point(filled=True, size=14, color="#6b7280").encode(
        x=step, y=alt.Y("Loss:Q", title="loss", scale=scale, axis=alt.Axis(**words))
    )
    line = base.mark_line(color="#0f5c73", strokeWidth=2).encode(x=step, y="Mean:Q")
    return (dots + line).properties(height=240)


def losses(run: Run) -> None:
    """Draw the loss of a run, as far as it is."""
    lines = read_json_lines(run.job.folder / METRICS)
    rows = train_view.chart_rows(lines)
    if not rows:
        st.write("No step is done yet: the examples are read and the model is loaded first.")
        return
    last = rows[-1]
    words = f"Loss on the training examples by step; {last['Mean']:.2f} at step {last['Step']}"
    st.altair_chart(chart(rows, int(lines[-1].get("steps") or last["Step"])), alt=words)


def going(run_id: str) -> None:
    """Show a run that is going on; redraw the whole page when it ends."""
    now = job(run_id)
    if now.over:
        st.rerun()
    st.progress(now.progress.share, text=job_view.progress_words(now))
    losses(Run(now, usable=False))


def stop(run_id: str) -> None:
    """Stop a run; what it learned is kept."""
    try:
        cancel(run_id)
    except LadderError as error:
        st.session_state["train_error"] = str(error)


def running(run: Run) -> None:
    """Lay the page out while a run goes on."""
    st.subheader(job_view.title(run.job), anchor=False)
    st.fragment(going, run_every="1s")(run.job.id)
    st.write("You can close this page: it goes on, and is here when you come back.")
    with primary_bar():
        st.button(
            "Stop and keep what it learned",
            type="primary",
            key="stop",
            on_click=stop,
            args=(run.job.id,),
            disabled=run.job.state == "cancelling",
        )


def ask(method: str, preset: str) -> Recipe:
    """Draw the form, made from the recipe's fields, and return what it says."""
    usual = recipe_for(method, preset)
    settings = []
    with st.expander("All settings", key="settings"):
        columns = st.columns(3)
        for number, field in enumerate(train_view.form_fields()):
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
        asked = {"method": plan.method, "preset": preset, "settings": settings}
    if asked:
        method, preset = asked.get("method", "lora"), asked.get("preset", "quick")
        st.session_state["train_method"], st.session_state["train_preset"] = method, preset
        for name, value in asked.get("settings", {}).items():
            st.session_state[f"{method}_{preset}_{name}"] = value


def form(folder: TaskFolder, primary: bool) -> None:
    """Ask for the recipe, show the estimate, and offer to start."""
    plan = asked_plan(current)
    fill(plan)
    if plan is not None:
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
    left, right = st.columns(2)
    able = [
        name for name in TRAINED if name != "classifier" or folder.task.kind == "classification"
    ]
    method = left.selectbox("Method", able, key="train_method", format_func=METHODS.__getitem__)
    preset = right.selectbox(
        "Size", list(PRESETS), key="train_preset", format_func=SIZES.__getitem__
    )
    try:
        recipe = ask(method, preset)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        with primary_bar() if primary else st.container():
            st.button(
                "Start", disabled=True, key="start", type="primary" if primary else "secondary"
            )
        return
    try:
        resolved, estimate, why = estimate_roughly(folder, recipe)
    except InputError as error:
        st.error(str(error), icon=":material/error:")
        with primary_bar():
            if st.button("Label some examples", type="primary", key="to_start"):
                go("start")
        return
    st.write(
        f"Trains on {estimate.rows:,} examples of the train part, from {model_title(recipe.model)}."
    )
    say_estimate(estimate, resolved, why)
    kind: Any = "primary" if primary else "secondary"
    with primary_bar() if primary else st.container():
        if st.button(f"Start, {estimate.words}", type=kind, key="start"):
            start(folder, recipe, plan) if plan else start(folder, recipe)
            st.rerun()


def ended(folder: TaskFolder, run: Run) -> bool:
    """Show the newest run that ended; return whether its button is the page's primary one."""
    now = run.job
    word, colour = job_view.STATES[now.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, color=colour)  # type: ignore[arg-type]
        st.subheader(train_view.ran_words(run), anchor=False, width="content")
    if now.error:
        st.error(now.error)
    if now.result:
        st.write(train_view.predicted_beside_actual(now.result))
        if outcome := outcome_of(now):
            st.markdown(f":material/assignment: {outcome_words(outcome)}".replace("$", "\\$"))
        losses(run)
    if now.state in ("failed", "lost", "cancelled"):
        label = "Go on from where it stopped" if run.usable else "Try again"
        if st.button(label, key="again"):
            retry(now.id)
            st.rerun()
    if not run.usable:
        return False
    score = score_of(run, scoreboard(folder))
    if score is None:
        st.write("Not measured yet: a falling loss says only that it learned its own examples.")
        with primary_bar():
            if st.button("Measure this model", type="primary", key="measure"):
                spec = {"task": folder.task.name, "method": now.spec["method"]}
                under = trained_setup(run.reference).to_dict()
                spec |= {"setup": under, "model": run.reference}
                if plan := now.spec.get("plan"):
                    spec["plan"] = plan
                submit(folder.project, "evaluate", spec)
                go("jobs")
        return True
    return verdict(folder, run, score)


def verdict(folder: TaskFolder, run: Run, score: Score) -> bool:
    """Say whether a measured run is better than its base and the best; offer to use it."""
    st.markdown(
        f"**{score.metric} {score.value:.2f}** ({score.low:.2f} to {score.high:.2f}, "
        f"n = {score.n}, held-out examples that it never saw)"
    )
    verdicts = train_view.run_verdicts(folder, score, run.job.result.get("model", ""))
    for _, sentence in verdicts:
        st.info(sentence, icon=":material/balance:")
    current = folder.setup()
    if current is not None and current.model == run.reference:
        st.write("The task uses this model.")
        return False
    if not verdicts:
        st.write(
            "Nothing else is measured on these examples, so nothing says whether it is better; "
            "measure the rest on the Scoreboard."
        )
    doubtful = not verdicts or any(wins is False for wins, _ in verdicts)
    with primary_bar():
        if doubtful and st.button("See the scoreboard", type="primary", key="to_scoreboard"):
            go("scoreboard")
        label: Any = (
            ("Use it all the same", "secondary") if doubtful else ("Use this model", "primary")
        )
        if st.button(label[0], type=label[1], key="use"):
            folder.save_setup(trained_setup(run.reference))
            st.rerun()
    return True


def page(folder: TaskFolder) -> None:
    """Lay the page out."""
    if refusal := st.session_state.pop("train_error", None):
        st.error(refusal)
    runs = training_runs(folder.project, folder.task.name)
    busy = next((run for run in runs if not run.job.over), None)
    if busy is not None:
        running(busy)
        return
    if not any(example.labelled for example in folder.examples()):
        st.write("Nothing to learn from yet: no example has an output.")
        st.write(train_view.what_labels_would_allow())
        with primary_bar():
            if st.button("Label some examples", type="primary", key="to_start"):
                go("start")
        return
    taken = bool(runs) and ended(folder, runs[0])
    st.subheader("Train another" if runs else "A new run", anchor=False)
    form(folder, primary=not taken)


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
