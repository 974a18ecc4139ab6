"""Draw the flowchart as Mermaid text, and say the same in words.

The way taken is a class of its own and is marked in words too; colour never speaks alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.flowchart import QUESTIONS, Question, Step
from advisor.methods import MEASURE_FIRST, METHODS

__all__ = ["escaped", "flowchart", "in_words"]

_HARMLESS = str.maketrans({'"': "'", "[": "(", "]": ")", "{": "(", "}": ")"})
_STYLES = (
    "classDef lit fill:#d7ecf2,stroke:#0f5c73,stroke-width:3px,color:#171717",
    "classDef now fill:#fff3c4,stroke:#8a6100,stroke-width:3px,color:#171717",
    "classDef other fill:#ffffff,stroke:#a1a1aa,stroke-width:1px,color:#71717a",
)


def flowchart(
    steps: Sequence[Step], asking: Question | None = None, recommended: str | None = None
) -> str:
    """Return the Mermaid text of the flowchart, with the way so far lit.

    While questions are asked it grows with each answer, in letters that can be read; at the end
    all seven questions stand there, so that one sees what was not taken.

    Args:
        steps: the questions already answered, in order.
        asking: the question that is being asked now; None once the outcome is reached.
        recommended: the method in the end, where a rule leads on from the chart's outcome.
    """
    kinds: dict[str, str] = {}
    links: list[str] = []
    walked = {step.question.id: step for step in steps}
    for question in QUESTIONS.values():
        step = walked.get(question.id)
        if asking is not None and step is None:
            continue
        kinds[question.id] = "lit" if step else kinds.get(question.id, "other")
        for answer, then in _exits(question, step):
            taken = step is not None and answer == step.answer
            kinds[then] = "lit" if taken else kinds.get(then, "other")
            arrow, mark = ("==>", "✓ ") if taken else ("-.->", "")
            here, there = _name(question.id), _name(then)
            links.append(f'    {here} {arrow}|"{mark}{answer}"| {there}')
    if asking is not None:
        kinds[asking.id] = "now"
    elif recommended is not None and steps and steps[-1].branch.then != recommended:
        outcome = steps[-1].branch.then
        kinds[outcome], kinds[recommended] = "other", "lit"
        links.append(f'    {_name(outcome)} ==>|"✓ rather"| {_name(recommended)}')
    nodes = [f"    {_name(id)}{_shape(id, kind)}" for id, kind in kinds.items()]
    marks = [f"    class {_name(id)} {kind}" for id, kind in kinds.items()]
    return "\n".join(["flowchart TD", *nodes, *links, *marks, *(f"    {s}" for s in _STYLES)])


def in_words(
    steps: Sequence[Step], asking: Question | None = None, recommended: str | None = None
) -> str:
    """Return the same way as numbered sentences, for who cannot see the drawing."""
    lines = [
        f"{number}. {step.question.text} Answer: {step.answer}. Then: {_title(step.branch.then)}."
        for number, step in enumerate(steps, 1)
    ]
    if asking is not None:
        lines.append(f"{len(lines) + 1}. {asking.text} Asked now.")
    elif recommended is not None and steps and steps[-1].branch.then != recommended:
        lines.append(f"{len(lines) + 1}. Rather: {_title(recommended)}.")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Return a label, to stand in quotes, in which no character has a meaning to Mermaid.

    Streamlit draws labels as plain text, where Mermaid's entity codes would be seen as they are
    written; so quotes and brackets become their harmless relatives, and the rest a space.
    """
    plain = text.translate(_HARMLESS)
    safe = "".join(c if c.isalnum() or c in " ,.?:'/+()-✓" else " " for c in plain)
    return " ".join(safe.split())


def _exits(question: Question, step: Step | None) -> list[tuple[str, str]]:
    """Return the ways out of a question, answer and where it leads, as it was answered."""
    exits = {"yes": question.yes.then, "no": question.no.then}
    return list((exits | ({step.answer: step.branch.then} if step else {})).items())


def _shape(id: str, kind: str) -> str:
    if id in QUESTIONS:
        words = escaped(QUESTIONS[id].short)
        mark = {"lit": "✓ ", "now": "? "}.get(kind, "")
        return f'{{{{"{mark}{id}. {words}"}}}}'
    words = escaped(_title(id))
    return f'["✓ {words}"]' if kind == "lit" else f'["{words}"]'


def _title(id: str) -> str:
    if id in QUESTIONS:
        return f"question {id[1:]}"
    return "Measure first" if id == MEASURE_FIRST else METHODS[id].title


def _name(id: str) -> str:
    return id.replace("-", "_").replace("+", "_and_")
