from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from advisor.answers import Answers
from advisor.flowchart import QUESTIONS, walk
from advisor.mermaid import escaped, flowchart, in_words


def test_the_way_taken_is_a_class_and_marked_in_words() -> None:
    steps = walk(Answers(missing=("facts",)))
    text = flowchart(steps)
    assert 'Q2 ==>|"✓ yes"| rag' in text
    assert 'Q2 -.->|"no"| Q3' in text
    assert "class rag lit" in text
    assert "class Q3 other" in text
    assert text.startswith("flowchart TD\n")


def test_a_method_reached_by_two_ways_is_drawn_once_and_lit() -> None:
    steps = walk(Answers(labelled=500, gpus="8xA100-80"))
    text = flowchart(steps)
    assert [step.question.id for step in steps] == ["Q1", "Q2", "Q3", "Q4", "Q5"]
    assert len(re.findall(r'^    peft\["✓', text, re.MULTILINE)) == 1
    assert "class peft lit" in text


def test_the_question_asked_now_is_marked() -> None:
    steps = walk(Answers(labelled=500))[:1]
    text = flowchart(steps, QUESTIONS["Q2"])
    assert "class Q2 now" in text
    assert '"? Q2.' in text
    assert in_words(steps, QUESTIONS["Q2"]).endswith("Asked now.")


def test_the_drawing_grows_while_questions_are_asked_and_is_whole_at_the_end() -> None:
    assert re.findall(r"class (\w+) (\w+)", flowchart((), QUESTIONS["Q1"])) == [("Q1", "now")]
    asked = flowchart(walk(Answers(labelled=500))[:1], QUESTIONS["Q2"])
    assert "class Q1 lit" in asked
    assert "Q3" not in asked
    whole = flowchart(walk(Answers(missing=("facts",))))
    for id in QUESTIONS:
        assert f"class {id} {'lit' if id in ('Q1', 'Q2') else 'other'}" in whole


def test_a_rule_that_leads_on_is_drawn() -> None:
    steps = walk(Answers(missing=("facts",), knowledge_tokens=1000))
    text = flowchart(steps, recommended="docs-in-prompt")
    assert 'rag ==>|"✓ rather"| docs_in_prompt' in text
    assert "Rather: Documents in the prompt" in in_words(steps, recommended="docs-in-prompt")


def test_the_same_way_is_told_in_words() -> None:
    words = in_words(walk(Answers(missing=("facts",))))
    assert words.splitlines()[1].startswith("2. ")
    assert "Answer: yes. Then: Retrieval (RAG)." in words


@given(st.text())
def test_no_label_can_break_the_drawing(text: str) -> None:
    label = escaped(text)
    assert not set(label) & set('"[]{}<>|`%#;&\n')
    assert escaped('a "b" [c]') == "a 'b' (c)"
