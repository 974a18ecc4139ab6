from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ladder.jobs.job import Job, Progress
from ladder.models.fakes import use_fakes
from ladder.project import Example, Project, Task, TaskFolder, create_project
from rag.indexing import index_documents

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]
SAID = "Takes 5 to 7 days. It is free."


@pytest.fixture(autouse=True)
def _fakes() -> Iterator[None]:
    import streamlit as st

    with use_fakes(SAID):
        yield
    st.cache_resource.clear()


@pytest.fixture
def ready(answer: TaskFolder) -> TaskFolder:
    """Return the task with its documents indexed."""
    index_documents(answer.project)
    return answer


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """Return the jobs that the page asks for; none is started."""
    asked: list[tuple[str, str, Any]] = []
    monkeypatch.setattr(
        "ladder.jobs.submit", lambda project, kind, spec: asked.append((project.name, kind, spec))
    )
    return asked


def said(app: AppTest) -> str:
    return "\n".join(str(e.proto.body) for e in app.get("html")) + "\n".join(
        [m.value for m in app.markdown] + [bare(c.value) for c in app.caption]
    )


def bare(text: str) -> str:
    """Return Markdown as it is seen: what is escaped stands for itself."""
    return text.replace("\\", "")


def primary(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.proto.type == "primary"]


def test_without_a_project_the_page_leads_to_the_start(open_page: OpenPage) -> None:
    app = open_page("chat")
    assert primary(app) == ["Start with your data"]
    assert "1. Drop a handbook" in said(app)
    assert app.button(key="example").label == "Look around with the helpdesk example"


def test_without_documents_the_page_says_what_to_drop(home: object, open_page: OpenPage) -> None:
    create_project("bare")
    app = open_page("chat")
    assert "Drop a handbook" in app.info[0].value
    assert len(app.get("file_uploader")) == 1
    assert not [b for b in app.button if b.key == "index"]
    assert app.button(key="example")
    assert not app.chat_input


def test_documents_that_are_not_indexed_have_one_button_with_the_time(
    shop: Project, open_page: OpenPage, submitted: list[Any]
) -> None:
    app = open_page("chat")
    (label,) = primary(app)
    assert label.startswith("Index the documents, about ")
    app.button(key="index").click().run()
    assert not app.exception
    assert submitted == [("shop", "index", {"embedder": "all-minilm-l6-v2", "chunk_tokens": 128})]


def test_a_dropped_document_is_kept_and_indexed_and_a_bad_one_refused_with_its_reason(
    shop: Project, open_page: OpenPage, submitted: list[Any]
) -> None:
    app = open_page("chat")
    app.file_uploader[0].upload("terms.md", b"# Terms\n\nSome.").upload("x.pdf", b"MZ\x90").run()
    assert not app.exception
    assert [path.name for path in shop.documents()] == ["delivery.md", "returns.md", "terms.md"]
    assert [kind for _, kind, _ in submitted] == ["index"]
    assert any("named .pdf but is none" in bare(error.value) for error in app.error)


def test_while_it_indexes_the_page_says_how_far_it_is(
    shop: Project, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(
        "r1", shop.path.resolve(), "index", shop.path, {}, state="running",
        progress=Progress(3, 12, "embedding delivery.md", 20.0),
    )  # fmt: skip
    monkeypatch.setattr("ladder.jobs.active_jobs", lambda: [job])
    app = open_page("chat")
    assert app.get("progress")[0].proto.text == (
        "Indexing: 3 of 12, embedding delivery.md, about 20 s left"
    )
    assert primary(app) == ["See the running job"]


def test_a_question_is_answered_with_its_source_and_what_has_none_is_marked(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("chat")
    assert primary(app) == []
    app.chat_input[0].set_value("How long does standard delivery take?").run()
    assert not app.exception
    text = said(app)
    assert "5 to 7 days. <strong>[1]</strong> It is free. <strong>(no source found)" in text
    assert "<mark>Standard delivery takes 5 to 7 days.</mark>" in text
    assert re.search(r"\[1\] delivery\.md, lines? .*\nDelivery &gt; Times", text)
    assert "rehearsal model, 135M, rag" in text
    assert "kept in the project, and its address finds it again" in text
    assert "A citation shows where something stands, not that it answers" in text
    assert app.dataframe[0].value["Document"].iloc[0] == "delivery.md"


def test_three_questions_are_offered_and_one_click_asks_one(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    app = open_page("chat")
    chips = [button for button in app.button if (button.key or "").startswith("chip_")]
    assert [chip.label.replace("\\", "") for chip in chips] == [
        "How long does standard delivery take?",
        "What does express delivery cost?",
        "By when may a product be sent back?",
    ]
    chips[1].click().run()
    assert not app.exception
    assert "What does express delivery cost?" in said(app)
    assert not [button for button in app.button if (button.key or "").startswith("chip_")]


def test_a_follow_up_keeps_the_conversation_until_a_new_one_is_begun(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    with use_fakes(SAID) as model:
        app = open_page("chat")
        app.chat_input[0].set_value("How long does standard delivery take?").run()
        app.chat_input[0].set_value("And express?").run()
    assert not app.exception
    assert len(app.chat_message) == 4
    assert "Answer: Takes 5 to 7 days." in model.asked[-1][0]["content"]
    app.button(key="sources_0").click().run()
    assert not app.exception
    app.button(key="new").click().run()
    assert len(app.chat_message) == 0


def test_nothing_close_enough_is_a_plain_sentence_with_the_nearest_passages(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    from dataclasses import replace

    from ladder.methods import preset

    setup = preset("rag", ready.task)
    ready.save_setup(replace(setup, retrieval=replace(setup.retrieval, threshold=0.99)))
    app = open_page("chat")
    app.chat_input[0].set_value("Who won the cup?").run()
    assert not app.exception
    text = said(app)
    assert "The documents say nothing close enough to this question" in text
    assert "an answer needs 0.99" in text
    assert "delivery.md" in text


def test_a_model_that_fails_is_a_sentence_and_the_page_goes_on(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    with use_fakes("!The server does not answer; start it."):
        app = open_page("chat")
        app.chat_input[0].set_value("How long does standard delivery take?").run()
    assert not app.exception
    assert [bare(error.value) for error in app.error] == ["The server does not answer; start it."]
    assert app.chat_input


def test_an_answer_that_was_interrupted_keeps_its_text_and_stops_the_model(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    from rag.turn import Turn

    app = open_page("chat")
    turn = Turn("How long?", text="Standard deli")
    chats = app.session_state["chats"]
    chats[next(iter(chats))] = [turn]
    app.run()
    assert not app.exception
    assert turn.stop.is_set()
    assert "Standard deli" in said(app)
    assert "stopped" in said(app)


def test_nothing_that_a_document_or_the_model_says_comes_to_life(
    answer: TaskFolder, open_page: OpenPage
) -> None:
    evil = (
        "# Parcels <img src=x onerror=alert(1)>\n\nParcels of [club](http://evil.test) members "
        "take ![x](http://evil.test/x.png) 3 days <script>alert(1)</script> at most."
    )
    answer.project.add_document("evil.md", evil.encode())
    index_documents(answer.project)
    words = "Parcels of [club](http://evil.test) members take 3 days ![x](http://evil.test) <b>now"
    with use_fakes(words):
        app = open_page("chat")
        app.chat_input[0].set_value("How long do parcels of club members take?").run()
    assert not app.exception
    shown = [str(element.proto.body) for element in app.get("html")]
    assert any("&lt;script&gt;" in body for body in shown)
    for body in shown:
        assert "<script" not in body
        assert "<img" not in body
        assert "<b>" not in body
        assert "<a" not in body
    assert not any("evil.test" in markdown.value for markdown in app.markdown)


def test_who_answers_can_be_changed_for_the_visit(ready: TaskFolder, open_page: OpenPage) -> None:
    app = open_page("chat")
    app.selectbox(key="way_shop_answer").set_value("few-shot+rag").run()
    assert not app.exception
    assert "**rehearsal model, 135M** answers, by few-shot+rag, under the task answer." in said(app)
    assert ready.setup() is None


def test_the_documents_are_searched_with_another_embedder_once_there_is_one(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    key = "embedder_shop_answer"
    assert key not in [box.key for box in open_page("chat").selectbox]
    index_documents(ready.project, "hf:team/other")
    app = open_page("chat")
    app.selectbox(key=key).set_value("hf:team/other").run()
    assert not app.exception
    (ready.project.path / "documents" / "more.md").write_text("Standard delivery is free.")
    app.run()
    assert "new or changed" in said(app)  # of the other index, which answers
    index_documents(ready.project, "hf:team/other")
    app.run()
    assert "new or changed" not in said(app)


def test_a_document_that_cannot_be_read_is_named(answer: TaskFolder, open_page: OpenPage) -> None:
    (answer.project.path / "documents" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    index_documents(answer.project)
    app = open_page("chat")
    assert "broken.pdf is left out. broken.pdf cannot be read as PDF" in bare(app.warning[0].value)


def test_a_document_is_taken_out_and_the_others_indexed_again(
    ready: TaskFolder, open_page: OpenPage, submitted: list[Any]
) -> None:
    app = open_page("chat")
    assert app.button(key="remove_document").disabled
    app.selectbox(key="take_out").select("returns.md").run()
    app.button(key="remove_document").click().run()
    assert not app.exception
    assert [path.name for path in ready.project.documents()] == ["delivery.md"]
    assert [kind for _, kind, _ in submitted] == ["index"]
    assert primary(app)[0].startswith("Index the documents")


def test_a_document_of_a_name_that_is_taken_stands_beside_and_that_is_said(
    shop: Project, open_page: OpenPage, submitted: list[Any]
) -> None:
    app = open_page("chat")
    app.file_uploader[0].upload("delivery.md", b"# Delivery\n\nTen days now.").run()
    assert not app.exception
    assert "stands beside that one as delivery-2.md" in bare(app.info[0].value)


def test_a_server_that_was_added_can_be_the_one_that_answers(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    from ladder.models import add_server

    server = add_server("qwen3", "http://127.0.0.1:9/v1").reference
    with use_fakes(SAID) as model:
        app = open_page("chat")
        key = next(s.key for s in app.selectbox if (s.key or "").startswith("model_"))
        app.selectbox(key=key).set_value(server).run()
        assert "**qwen3 at 127.0.0.1:9** answers" in said(app)
        app.chat_input[0].set_value("How long does standard delivery take?").run()
    assert not app.exception
    assert model.asked
    assert "qwen3 at 127.0.0.1:9, rag" in said(app)


def test_a_reload_finds_the_conversation_and_another_visit_has_its_own(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    with use_fakes(SAID) as model:
        app = open_page("chat")
        app.chat_input[0].set_value("How long does standard delivery take?").run()
        mine = str(app.query_params["chat"])
        again = open_page("chat", chat=mine)
        assert len(again.chat_message) == 2
        assert "<mark>Standard delivery takes 5 to 7 days.</mark>" in said(again)
        again.chat_input[0].set_value("And express?").run()
        assert "Answer: Takes 5 to 7 days." in model.asked[-1][0]["content"]
        other = open_page("chat")
        assert len(other.chat_message) == 0
        other.chat_input[0].set_value("And express?").run()
        assert "5 to 7 days. It" not in model.asked[-1][0]["content"].partition("Question")[2]
    assert other.query_params["chat"] != mine
    assert len(open_page("chat", chat=mine).chat_message) == 4
    other.button(key=f"open_{mine}").click().run()
    assert not other.exception
    assert len(other.chat_message) == 4
    assert other.button(key="forget").disabled  # until it is said to be meant
    other.checkbox(key=f"forget_sure_{mine}").check().run()
    other.button(key="forget").click().run()
    assert not other.exception
    assert len(open_page("chat", chat=mine).chat_message) == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "0", "ABCDEF012345", "a" * 13])
def test_an_address_that_names_no_conversation_begins_a_new_one(
    ready: TaskFolder, open_page: OpenPage, name: str
) -> None:
    app = open_page("chat", chat=name)
    app.chat_input[0].set_value("How long does standard delivery take?").run()
    assert app.query_params["chat"] != name
    (file,) = (ready.project.path / "chats").rglob("*.jsonl")
    assert file.stem == app.query_params["chat"]


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    ready: TaskFolder, open_page: OpenPage
) -> None:
    (ready.project.path / "chats").write_text("no folder")
    app = open_page("chat")
    app.chat_input[0].set_value("How long does standard delivery take?").run()
    assert not app.exception
    assert "5 to 7 days. <strong>[1]</strong>" in said(app)
    assert "could not be kept" in app.warning[0].value


def test_a_document_that_was_taken_out_can_be_put_back(
    ready: TaskFolder, open_page: OpenPage, submitted: list[Any]
) -> None:
    before = (ready.project.path / "documents" / "returns.md").read_bytes()
    app = open_page("chat")
    assert not [b for b in app.button if b.key == "put_back"]
    app.selectbox(key="take_out").select("returns.md").run()
    app.button(key="remove_document").click().run()
    app.button(key="put_back").click().run()
    assert not app.exception
    assert (ready.project.path / "documents" / "returns.md").read_bytes() == before
    assert not [b for b in app.button if b.key == "put_back"]
    assert [kind for _, kind, _ in submitted] == ["index", "index"]


def test_a_task_that_documents_do_not_answer_can_be_asked_all_the_same(
    ready: TaskFolder, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.answering import Setup

    folder = ready.project.add_task(Task("route", "classification", "Route it."))
    folder.add_examples([Example("1", "My card", "card"), Example("2", "Money", "refund")])
    trained = Setup("generate", "route", model="run:r1")
    monkeypatch.setattr("rag.conversation.trained_setup", lambda reference: trained)
    monkeypatch.setattr("ladder.model_choice.generators", lambda: ["run:r1"])
    with use_fakes("card"):
        app = open_page("chat", project="shop", task="route")
        assert "under the task answer." in said(app)
        under = [g for g in app.get("button_group") if g.proto.label == "Ask under the task"]
        under[0].set_value("route").run()
        assert not app.exception
        assert "under the task route." in said(app)
        app.selectbox(key="model_shop_route").set_value("run:r1").run()
        assert "**run:r1** answers, by lora, under the task route." in said(app)
        app.chat_input[0].set_value("My card is gone").run()
    assert not app.exception
    assert "card" in said(app)
    assert "no source found" not in said(app)
