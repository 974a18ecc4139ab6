from __future__ import annotations

from dataclasses import replace

import pytest

from ladder.answering import AbstentionRule, Query
from ladder.errors import InputError
from ladder.methods import preset
from ladder.models.fakes import ScriptedGenerator, use_fakes
from ladder.project import Project, TaskFolder, document_text
from rag.answerers import GenerateAnswerer, build_answerer
from rag.conversation import answerer_of, ask, chat_setup, reply
from rag.default_answer import default_method, who_words
from rag.extract import ExtractAnswerer, quotes
from rag.retrieval import Passage
from rag.turn import Turn

EMBEDDER = "all-minilm-l6-v2"
TABLE = """| Destination | Standard | Express | Standard fee |
|---|---|---|---|
| Mainland | 2 to 3 days | 1 day | 4.90 euros |
| Islands | 5 to 7 days | 3 days | 9.80 euros |
"""


def best(question: str, *texts: str) -> str:
    passages = [
        Passage(f"{number}.md", 0, len(text), text, similarity=0.5)
        for number, text in enumerate(texts)
    ]
    with use_fakes():
        return quotes(question, passages, EMBEDDER)[0].text


def test_the_sentence_with_the_questions_rare_words_is_quoted() -> None:
    text = "We ship daily. Standard delivery takes 5 to 7 days. Express delivery takes 2 days."
    assert best("How long is express delivery?", text) == "Express delivery takes 2 days."


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("How many seats has the hall?", "The hall has 64 seats."),
        ("Who built the hall?", "The hall was built by Ada Brandt."),
        ("When was the hall opened?", "The hall was opened in May 1932."),
    ],
)
def test_what_is_asked_for_has_to_be_in_the_sentence(question: str, right: str) -> None:
    text = (
        "The hall has seats. The hall was built and opened by the town. The hall has 64 seats. "
        "The hall was built by Ada Brandt. The hall was opened in May 1932."
    )
    assert best(question, text) == right


def test_a_row_is_told_with_the_column_that_was_asked_for() -> None:
    asked = "How long does standard delivery to the islands take?"
    assert best(asked, TABLE) == "Islands: Standard 5 to 7 days"
    assert "Express 3 days" in best("What about the islands?", TABLE)


def test_a_row_keeps_the_cells_that_hold_what_is_asked_for() -> None:
    rows = "| Plant | Sow from | Depth in cm |\n|---|---|---|\n| Leek | March | 1 |\n"
    assert best("When do I sow leeks?", rows) == "Leek: Sow from March"
    assert "Depth in cm 1" in best("How deep do I sow leeks?", rows)


def test_a_row_is_told_with_every_column_that_was_asked_for() -> None:
    rows = "| Plant | Sow from | Days to harvest |\n|---|---|---|\n| Leek | March | 150 |\n"
    told = best("How many days until I harvest leeks sown, and when do I sow them?", rows)
    assert told == "Leek: Sow from March, Days to harvest 150"


def worth(question: str, text: str, heading: str = "") -> float:
    passage = Passage("a.md", 0, len(text), text, similarity=0.5, heading=heading)
    with use_fakes():
        return quotes(question, [passage], EMBEDDER)[0].value


def test_what_is_said_about_something_needs_its_words_alone() -> None:
    text = "Each plot measures 250 square metres. The rent is due on 1 April."
    question = "What do the documents say about plots?"
    assert best(question, text) == "Each plot measures 250 square metres."
    assert worth(question, text) == pytest.approx(worth("plots", text))
    assert worth(question, text) > 0.55


def test_what_is_said_about_a_heading_stands_first_under_it() -> None:
    text = "Tell the secretary four weeks before. The key is given back."
    question, heading = "What do the documents say about leaving early?", "Rules > Leaving early"
    assert worth(question, text, heading) > worth(question, text) + 0.4
    assert worth("Leaving early?", text, heading) == worth("Leaving early?", text)


def test_without_a_sentence_there_is_no_quote() -> None:
    with use_fakes():
        assert quotes("q", [], EMBEDDER) == []
        assert quotes("q", [Passage("a", 0, 3, "...")], EMBEDDER) == []


def extracting(folder: TaskFolder, threshold: float = 0.3) -> ExtractAnswerer:
    setup = preset("extract", folder.task)
    settings = replace(setup.retrieval, threshold=threshold)
    answerer = build_answerer(replace(setup, retrieval=settings), folder, [])
    assert isinstance(answerer, ExtractAnswerer)
    return answerer


def test_an_answer_is_a_quote_at_its_exact_place(answer: TaskFolder) -> None:
    with use_fakes() as model:
        answerer = extracting(answer)
        query = Query.of("q", "How long does standard delivery take?")
        (given,) = answerer.answer([query])
        assert "".join(answerer.stream(query)) == given.text
    (cited,) = given.citations
    text = document_text(answer.project.path / "documents" / cited.doc)
    assert text[cited.start : cited.end] == cited.quote == given.text
    assert given.text == "Standard delivery takes 5 to 7 days."
    assert (given.abstained, given.error, model.asked) == (False, None, [])


def test_a_quote_that_does_not_answer_well_is_not_given(answer: TaskFolder) -> None:
    with use_fakes():
        answerer = extracting(answer, threshold=0.99)
        query = Query.of("q", "Who is the king of France?")
        (given,) = answerer.answer([query])
        assert list(answerer.stream(query)) == []
        turn = Turn(query.text)
        list(reply(answerer, turn, []))
    assert (given.text, given.abstained, given.citations) == ("", True, ())
    assert turn.abstained
    assert turn.passages
    assert "No sentence of the documents answers" in turn.why


def test_a_turn_holds_the_quote_and_how_sure_it_is(answer: TaskFolder) -> None:
    turn = Turn("How long does standard delivery take?")
    with use_fakes():
        list(reply(extracting(answer), turn, []))
    (support,) = turn.supports
    assert support.citation is not None
    assert turn.text == support.citation.quote
    assert turn.state == "done"
    assert turn.confidence is not None
    assert "from 0.30 on" in turn.sure
    assert turn.why == ""


def test_a_setup_without_passages_or_embedder_cannot_quote(answer: TaskFolder) -> None:
    setup = preset("extract", answer.task)
    for broken in (
        replace(setup, retrieval=replace(setup.retrieval, source="none")),
        replace(setup, embedder=None, retrieval=replace(setup.retrieval, source="all-documents")),
    ):
        with use_fakes(), pytest.raises(InputError, match="name an embedder"):
            build_answerer(broken, answer, [])


def test_a_small_model_that_nobody_chose_leaves_the_answer_to_the_documents(
    answer: TaskFolder, shop: Project
) -> None:
    assert default_method(answer.task) == "extract"
    assert default_method(answer.task, "server:qwen3@http://127.0.0.1:9/v1") == "rag"
    setup = chat_setup(answer)
    assert setup.answerer == "extract"
    assert "quotes the documents, because the model here is small" in who_words(setup, answer)
    small = ScriptedGenerator("no")
    small.parameters = 135e6
    with use_fakes(generators={"smollm2-135m-instruct": small}):
        given = ask(shop, "How long does standard delivery take?", setup=extracting(answer).setup)
        assert given["answer"] == "Standard delivery takes 5 to 7 days."
        assert given["note"] == "quotes the documents, because the model here is small"
    answer.save_setup(setup)
    assert who_words(setup, answer).startswith("The app quotes the documents without a language")
    answer.save_setup(preset("rag", answer.task))
    assert chat_setup(answer).answerer == "generate"


def test_a_fitted_rule_decides_for_a_model_too(answer: TaskFolder) -> None:
    setup = preset("rag", answer.task)
    never = AbstentionRule(intercept=-50.0, fitted=True)
    settings = replace(setup.retrieval, abstention=never, threshold=0.5)
    with use_fakes("It takes 5 to 7 days.") as model:
        answerer = answerer_of(answer, replace(setup, retrieval=settings))
        assert isinstance(answerer, GenerateAnswerer)
        turn = Turn("How long does standard delivery take?")
        list(reply(answerer, turn, []))
    assert model.asked == []
    assert "chance that they do is 0%" in turn.why
    assert len(turn.passages) <= settings.k
