from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ladder.answering import Citation
from ladder.project import TaskFolder
from ladder.project.task import Evidence
from rag.citations import Support
from rag.feedback import FEEDBACK, give_feedback, kept_feedback
from rag.turn import Turn

CITED = Citation("delivery.md", 60, 97, "Standard delivery takes 5 to 7 days.")


def turn(question: str = "And standard?", *, cited: bool = True) -> Turn:
    supports = [Support(0, 11, CITED if cited else None, 0.9), Support(12, 20, None, 0.1)]
    return Turn(
        question, "5 to 7 days. Or so.", supports=supports, state="done",
        searched=f"How long does delivery take? {question}",
    )  # fmt: skip


def test_a_thumb_up_on_a_cited_answer_is_a_question_with_its_evidence(answer: TaskFolder) -> None:
    liked = turn()
    give_feedback(answer, liked, up=True)
    (kept,) = kept_feedback(answer)
    assert kept.id == liked.id
    assert kept.question == "How long does delivery take? And standard?"
    assert kept.answer == "5 to 7 days. Or so."
    assert kept.passages == (Evidence("delivery.md", 60, 97),)
    assert kept.is_question_with_evidence


def test_a_thumb_down_or_without_a_citation_is_no_evidence(answer: TaskFolder) -> None:
    give_feedback(answer, turn(), up=False)
    give_feedback(answer, turn(cited=False), up=True)
    assert [each.is_question_with_evidence for each in kept_feedback(answer)] == [False, False]


def test_a_thumb_can_be_turned_and_taken_back(answer: TaskFolder) -> None:
    mine, other = turn(), turn("And express?")
    give_feedback(answer, mine, up=True)
    give_feedback(answer, other, up=True)
    give_feedback(answer, mine, up=False)
    assert {each.id: each.up for each in kept_feedback(answer)} == {mine.id: False, other.id: True}
    give_feedback(answer, mine, up=None)
    assert [each.id for each in kept_feedback(answer)] == [other.id]


@pytest.mark.parametrize(
    "line",
    [
        "null", "[]", "{", '{"id": "1"}', '"x"',
        '{"id": "1", "question": "q", "answer": "a", "up": "no", "passages": [], "created": ""}',
        '{"id": "1", "question": "q", "answer": "a", "up": true, "passages": [3], "created": ""}',
        '{"id": 1, "question": "q", "answer": "a", "up": true, "passages": [], "created": ""}',
    ],
)  # fmt: skip
def test_a_damaged_line_is_passed_over(answer: TaskFolder, line: str) -> None:
    (answer.path / FEEDBACK).write_text(f"{line}\n")
    assert kept_feedback(answer) == []
    give_feedback(answer, turn(), up=True)
    assert len(kept_feedback(answer)) == 1


def test_thumbs_of_several_people_at_once_are_all_kept(answer: TaskFolder) -> None:
    turns = [turn(f"Number {number}?") for number in range(30)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: give_feedback(answer, each, up=True), turns))
    assert {each.id for each in kept_feedback(answer)} == {each.id for each in turns}


def test_a_task_that_is_not_stored_does_not_become_one_by_a_thumb(answer: TaskFolder) -> None:
    from rag.conversation import chat_task

    project = answer.project
    for path in (answer.path / "task.yaml", answer.path / "examples.jsonl"):
        path.unlink()
    folder = chat_task(project)
    give_feedback(folder, turn(), up=True)
    assert len(kept_feedback(folder)) == 1
    assert project.tasks() == []
