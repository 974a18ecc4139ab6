"""After a run, on the Train page: what it forgot, the test split once, and the export."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder import jobs as service
from ladder.frame import go
from ladder.printing import duration
from ladder.project import TaskFolder
from training import after_view
from training.after import read_after
from training.forgetting import SAMPLE, expected_seconds
from training.runs import Run, training_runs

__all__ = ["after_card"]

INK = "#171717"


def after_card(folder: TaskFolder, run: Run) -> None:
    """Show what is known after a run, and offer to measure what is not."""
    found = read_after(run.job.folder)
    if run.job.result.get("head") != "classify":
        st.subheader("What it forgot", anchor=False)
        if forgetting := found.get("forgetting"):
            _forgotten(folder, forgetting)
        _measure(folder, run, again=forgetting)
    _test(folder, run, found.get("test"))
    _export(folder, run)


def _forgotten(folder: TaskFolder, forgetting: dict[str, Any]) -> None:
    for sentence in forgetting["words"]:
        st.write(sentence)
    if rows := after_view.kinds_table(forgetting):
        with st.expander("By kind of small task", key="forgot_kinds"):
            st.table(rows)
    runs = training_runs(folder.project, folder.task.name)
    points = after_view.learned_and_forgot(runs)
    if points:
        metric = folder.task.metric
        words = [after_view.point_words(point, metric) for point in points]
        st.markdown(
            "**Learning against forgetting**: right is learned; up, a higher perplexity on prose, "
            "is forgotten."
        )
        st.altair_chart(_chart(points, metric), alt="; ".join(words))
        st.caption(" · ".join(words))


def _chart(points: list[dict[str, Any]], metric: str) -> Any:
    """Return a point a run: what it gained on the task against what its prose lost."""
    import altair as alt

    words: dict[str, Any] = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13}
    base = alt.Chart(alt.InlineData(values=points)).encode(
        x=alt.X(
            "Learned:Q", title=f"{metric}, gained over its base",
            axis=alt.Axis(format="+.2f", **words), scale=alt.Scale(padding=24),
        ),
        y=alt.Y(
            "Forgot:Q", title="perplexity",
            axis=alt.Axis(format="+.0%", **words), scale=alt.Scale(padding=24),
        ),
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=90, color="#0f5c73")
    names = base.mark_text(dy=-12, color=INK, fontSize=13).encode(text="Method:N")
    return (dots + names).properties(height=260)


def _measure(folder: TaskFolder, run: Run, again: dict[str, Any] | None) -> None:
    """Offer to measure what a run forgot: a sample, or all of it."""
    if again is None:
        st.write(
            "Not measured yet: training on one task can cost the model what else it could do. "
            "It reads prose and does 200 small tasks, before and after."
        )
    elif again["windows"] >= again["of_windows"]:
        return
    whole = st.toggle(
        "The whole text",
        key="forgot_whole",
        value=again is not None,
        help=f"All 50 thousand tokens of prose; without it a sample, the first {SAMPLE} windows of "
        "512. What was read before is not read again.",
    )
    limit = None if whole else SAMPLE
    took = duration(expected_seconds(limit, models=2))
    what = "Measure what it forgot" if again is None else "Measure the rest of it"
    if st.button(f"{what}, about {took}", key="forgot"):
        _submit(folder, run, windows=limit)


def _test(folder: TaskFolder, run: Run, found: dict[str, Any] | None) -> None:
    """Offer the test split once; show what it said."""
    if found is not None:
        score = found["score"]
        st.markdown(
            f"On the test split, looked at once: **{score['metric']} {score['value']:.2f}** "
            f"({score['low']:.2f} to {score['high']:.2f}, n = {score['n']})"
        )
        for sentence in found["words"]:
            st.write(sentence)
        return
    if not folder.split().test:
        return
    if st.button(
        "Confirm on the test split, once",
        key="confirm_run",
        help="Scores this run, its base and the best so far on examples that chose nothing. Each "
        "look is counted on the scoreboard: do it when you have chosen.",
    ):
        _submit(folder, run, split="test", windows=0)


def _export(folder: TaskFolder, run: Run) -> None:
    """Offer to take the model along; show what was exported."""
    st.subheader("Take it along", anchor=False)
    for format, made in after_view.exports_of(run).items():
        st.markdown(f"{after_view.FORMAT_NAMES[format]}: `{made['folder']}`. {made['words']}")
    possible, why = after_view.possible_formats(run)
    if not possible:
        st.write(why)
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    format = left.selectbox(
        "Format",
        possible,
        key="export_format",
        format_func=after_view.FORMAT_NAMES.__getitem__,
        help="Every export is asked 50 validation examples, and kept only if it answers at least "
        "49 of them as the run does.",
    )
    if right.button("Export and check", key="export", width="stretch"):
        spec = {"task": folder.task.name, "run": run.job.id, "format": format}
        service.submit(folder.project, "export", spec)
        go("jobs")
    if why:
        st.caption(why)


def _submit(folder: TaskFolder, run: Run, **more: Any) -> None:
    spec = {"task": folder.task.name, "run": run.job.id} | more
    service.submit(folder.project, "after", spec)
    go("jobs")
