from __future__ import annotations

import json

import pytest

from ladder.errors import ModelError, ProjectError
from ladder.files import append_json
from ladder.models.fakes import use_fakes
from ladder.project import Example, Project, Task, create_project
from ladder.project.task import Evidence
from rag.proof.evaluation_set import make_set, proof_folder, read_set, texts_of


def origins(questions: list) -> set[str]:  # type: ignore[type-arg]
    return {question.origin for question in questions}


def test_a_set_is_made_kept_and_read_again(library: Project) -> None:
    with use_fakes():
        made = make_set(library, most=24)
        assert 16 < len(made) <= 24
        assert read_set(library) == made
        assert make_set(library, most=24) == made, "nothing changed, so no question does"
    texts = texts_of(library)
    for question in made:
        assert texts[question.doc][question.start : question.end] == question.quote
    line = json.loads((proof_folder(library) / "questions.jsonl").read_text().splitlines()[0])
    assert {"id", "question", "doc", "start", "end", "origin"} <= line.keys()


def test_after_a_change_the_other_questions_stay_and_new_ones_come(library: Project) -> None:
    with use_fakes():
        before = make_set(library, most=24)
        path = library.path / "documents" / "kettle.md"
        path.write_text(
            "# Kettle\n\nNow everything about copper vessels is explained by Swedish engineers in "
            "eleven short films online.\n"
        )
        after = make_set(library, most=24)
    kept = [question for question in before if question.doc != "kettle.md"]
    assert [q for q in after if q.doc != "kettle.md"][: len(kept)] == kept
    assert all(q.quote.startswith("Now everything") for q in after if q.doc == "kettle.md")


def test_the_teams_questions_and_thumbs_join_it(library: Project) -> None:
    folder = library.add_task(Task("answer", "qa", "Answer."))
    folder.add_examples(
        [
            Example("1", "Who builds it?", "a family", evidence=(Evidence("kettle.md", 10, 40),)),
            Example("2", "No evidence?", "none"),
            Example("3", "Gone?", "x", evidence=(Evidence("gone.md", 0, 5),)),
            Example("4", "Too far?", "x", evidence=(Evidence("kettle.md", 10, 99_999),)),
        ]
    )
    here = {"doc": "scale.md", "start": 9, "end": 60}
    other = {"doc": "scale.md", "start": 70, "end": 90}
    for line in (
        {
            "id": "a",
            "question": "Where from?",
            "answer": "..",
            "up": True,
            "passages": [here, other],
        },
        {"id": "b", "question": "Bad?", "answer": "..", "up": False, "passages": [here]},
        {"id": "c", "question": "Changed?", "answer": "..", "up": True, "passages": [here]},
        {"id": "c", "question": "Changed?", "answer": "..", "up": False, "passages": [here]},
        {"id": "d", "question": "Uncited?", "answer": "..", "up": True, "passages": []},
        {"broken": 1},
    ):
        append_json(folder.path / "feedback.jsonl", line)
    with use_fakes():
        made = make_set(library, most=10)
    people = {q.question: q for q in made if q.origin in ("team", "thumbs")}
    assert set(people) == {"Who builds it?", "Where from?"}
    assert people["Who builds it?"].id == "answer/1"
    assert people["Where from?"].places == (("scale.md", 9, 60), ("scale.md", 70, 90))
    assert read_set(library) == made


def test_a_capable_model_writes_some_and_copies_are_refused(library: Project) -> None:
    with use_fakes("Sure!\nWhich craftsmen put this device together?"):
        made = make_set(library, model="server:big@http://127.0.0.1:1", most=9)
    assert origins(made) == {"model", "cloze", "keywords"}
    written = [question for question in made if question.origin == "model"]
    assert written[0].question == "Which craftsmen put this device together?"
    assert len(written) == 1, "the same question about another sentence is no second one"
    with use_fakes("I cannot help with that."), pytest.raises(ModelError, match="writes no"):
        make_set(library, model="server:small@http://127.0.0.1:1", most=60)
    assert read_set(library) == made, "what was there stays"


def test_without_documents_or_sentences_it_says_so(home: object) -> None:
    project = create_project("bare")
    with use_fakes():
        with pytest.raises(ProjectError, match="no documents that can be read"):
            make_set(project)
        project.add_document("short.md", b"# Title\n\nTwo words.\n")
        with pytest.raises(ProjectError, match="no sentence that a question"):
            make_set(project)
