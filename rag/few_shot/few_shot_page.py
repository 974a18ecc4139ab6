"""Few-shot: which examples make the best prompt? See it, measure it, take it away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ladder.answering import Setup
from ladder.evaluation.runner import method_of
from ladder.frame import Current, asked_plan, frame, go, primary_bar, say_errors
from ladder.jobs import submit
from ladder.project import TaskFolder
from rag.few_shot.board import Board, kept_board, out_of_date, state_of
from rag.few_shot.board_card import (
    KIND,
    failed,
    how_much,
    leaderboard,
    limits,
    no_board,
    progress,
    running,
    verdict,
)
from rag.few_shot.candidates import asked_as, base_setup
from rag.few_shot.examples_card import examples
from rag.few_shot.export_card import export
from rag.few_shot.instruction_card import instruction
from rag.few_shot.instructions import instruction_of, keep_instruction
from rag.few_shot.next_step import (
    Here,
    aside,
    best_name,
    find_spec,
    find_words,
    how_long,
    next_step,
)
from rag.few_shot.prompt_card import preview
from rag.few_shot.prompt_view import starting_setup
from rag.few_shot.settings_card import begin, fill, held

ENOUGH = 20
"""Labelled examples that the page asks for: 8 are shown, the others tell whether it works."""
SECTIONS = {
    "prompt": "Try a prompt",
    "board": "Leaderboard",
    "examples": "Examples",
    "instruction": "Instruction",
    "export": "Export",
}
MAKING = ("prompt", "instruction")
"""The parts in which a setting is made."""


def empty(folder: TaskFolder | None) -> None:
    """Ask for labelled examples, with the ways to get them."""
    st.write(
        "A few-shot prompt shows the model labelled examples that are most like the question. "
        f"Begin with {ENOUGH} labelled examples: 8 are shown, and the others tell whether it works."
    )
    waiting = [each for each in folder.examples() if not each.labelled] if folder else []
    if waiting:
        st.markdown(
            f"**{len(waiting):,} examples wait for their answer.** On Start, click the first empty "
            "cell under “output”, type the right answer, press Enter, and go on with the next."
        )
    else:
        st.markdown(
            "- **A file with answers**: drop a CSV or JSONL on Start; one column is the text, one "
            "the right answer.\n- **A file without**: drop it all the same, then type the answers "
            "into the table on Start, one Enter a row."
        )
    with primary_bar():
        label = f"Label {ENOUGH} examples" if waiting else "Add examples"
        if st.button(label, type="primary", key="to_start"):
            go("start")


def use(folder: TaskFolder, setup: Setup) -> None:
    """Make a Setup what answers for the task, and keep the wording of its instruction."""
    with say_errors():
        if wording := instruction_of(setup, folder):
            keep_instruction(folder, wording)
        folder.save_setup(setup)


def act(here: Here) -> None:
    """Draw the one primary button, and what else can be done in this part of the page."""
    step = next_step(here)
    with primary_bar():
        if step == "wait":
            if st.button("See the running job", type="primary", key="to_jobs"):
                go("jobs")
            st.markdown(aside(here, step))
            return
        if step == "use-best" and here.board is not None and here.best is not None:
            label = f"Use {best_name(here.board)}"
            taken = (here.folder, here.best)
            st.button(label, type="primary", key="use_best", on_click=take_over, args=taken)
        if step == "compare" and st.button("See the scoreboard", type="primary", key="to_board"):
            go("scoreboard")
        if step == "find":
            find(here, "primary")
        if here.making or here.own == step:
            own(here, "primary" if here.own == step else "secondary")
        if here.findable and step != "find":
            find(here, "secondary")
        st.markdown(aside(here, step))


def take_over(folder: TaskFolder, best: Setup) -> None:
    """Use what the leaderboard says, and show it in the widgets if it is a prompt."""
    use(folder, best)
    if best.model:
        fill(folder, best)


def own(here: Here, kind: Any) -> None:
    """Offer to use the setting on the page, or to measure it once it is in use."""
    if here.own == "use":
        if st.button("Use this setting", type=kind, key="use"):
            use(here.folder, here.setup)
            st.rerun()
    elif st.button("Measure this setting", type=kind, key="measure", help=how_long(here)):
        spec: dict[str, Any] = {"task": here.folder.task.name, "method": method_of(here.setup)}
        spec |= {"setup": here.setup.to_dict(), "split": "validation"}
        if here.plan is not None and here.plan.is_of(here.setup):
            spec = here.plan.spec("evaluate")
        submit(here.folder.project, "evaluate", spec)
        go("jobs")


def find(here: Here, kind: Any) -> None:
    """Offer to make the leaderboard."""
    label, source = find_label(here)
    if st.button(label, type=kind, key="find", help=source):
        submit(here.folder.project, KIND, find_spec(here))
        st.session_state["shots_goto"] = "board"
        st.rerun()
    how_much()


def find_label(here: Here) -> tuple[str, str]:
    """Return what stands on that button; reckoned once for each state of the task."""
    ways = asked_as(base_setup(here.folder, setup=here.setup)), here.limit, here.minutes
    of = state_of(here.folder), ways, here.board is None, here.in_use
    kept = st.session_state.get("shots_price")
    if kept is None or kept[0] != of:
        kept = st.session_state["shots_price"] = of, find_words(here)
    return kept[1]


def sections(board: Board | None) -> str:
    """Draw the parts of the page to choose from, and return the one chosen."""
    goto = st.session_state.pop("shots_goto", None)
    if goto or "shots_section" not in st.session_state:
        st.session_state["shots_section"] = goto or ("board" if board else "prompt")
    st.session_state["shots_section"] = st.session_state["shots_section"]  # kept across pages
    chosen = st.segmented_control(
        "Part of the page", list(SECTIONS), format_func=SECTIONS.__getitem__, required=True,
        key="shots_section", label_visibility="collapsed",
    )  # fmt: skip
    return str(chosen)


def say_first(here: Here, labelled: int) -> None:
    """Say what the visitor has to know before anything else."""
    if note := st.session_state.pop("shots_note", None):
        st.error(note, icon=":material/error:")
    if (plan := here.plan) is not None:
        st.markdown(f":material/assignment: Filled in by the plan **{plan.id}**: {plan.title}.")
    if labelled < ENOUGH:
        st.info(
            f"{labelled} labelled example{'s' if labelled > 1 else ''}; with {ENOUGH} it can be "
            "told whether few-shot works. Label more on Start: type the answer, press Enter."
        )
    if here.board is not None:
        verdict(here.board, here.stale, here.otherwise)
    elif not here.busy and here.findable:
        st.write("Not measured yet. Pick a text to see its prompt, and let the best one be found.")
    if here.busy:
        st.fragment(progress, run_every="1s")(here.folder)
    elif why := failed(here.folder):
        st.error(why, icon=":material/error:")


def main(current: Current) -> None:
    """Lay the page out by what is there."""
    folder = current.folder
    labelled = sum(each.labelled for each in folder.examples()) if folder else 0
    if folder is None or not labelled:
        empty(folder)
        return
    plan = asked_plan(current)
    base = Setup.from_dict(plan.setup) if plan and plan.setup else starting_setup(folder)
    begin(folder, base, f"{folder.path} {plan.id if plan else ''}")
    setup, board = held(folder, base), kept_board(folder)
    limit, minutes = limits()
    first = st.container()
    section = sections(board)
    here = Here(
        folder, base, setup, folder.setup(), plan, board,
        stale=board is not None and out_of_date(board, folder),
        findable=labelled >= ENOUGH,
        busy=running(folder) is not None,
        making=section in MAKING,
        limit=limit,
        minutes=minutes,
    )  # fmt: skip
    with first:
        say_first(here, labelled)
    body = st.container()
    act(here)
    with body, say_errors():
        if section == "prompt":
            preview(folder, base, setup)
        elif section == "board" and board is not None:
            leaderboard(folder, board)
        elif section == "board":
            no_board(labelled, ENOUGH, here.busy)
        elif section == "examples":
            examples(folder, setup)
        elif section == "instruction":
            instruction(folder, setup)
        else:
            export(folder, setup)


with say_errors():
    main(frame("Which examples make the best prompt?"))
