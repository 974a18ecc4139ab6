from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.jobs import active_jobs
from ladder.models import ModelCard, ModelTest
from ladder.models.servers import servers

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

OpenPage = Callable[..., "AppTest"]
CARDS = [
    ModelCard("smollm2-135m-instruct", "rehearsal model, 135M", "generator", "bundled", 8192),
    ModelCard("hf:org/embedder", "embedder", "embedder", "downloaded", None),
]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ladder.models.available", lambda: CARDS)


@pytest.mark.usefixtures("known")
def test_a_test_shows_its_sentence_and_the_speed(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {
        "smollm2-135m-instruct": ModelTest(True, "It answered.", 1.5, 30.0),
        "hf:org/embedder": ModelTest(False, "The folder is gone; download it again.", 0.1, None),
    }
    monkeypatch.setattr("ladder.models.test_model", found.__getitem__)
    app = open_page("models")
    app.button(key="test_smollm2-135m-instruct").click().run()
    assert not app.exception
    assert app.success[0].value == "It answered. 1.5 s. 30 tokens a second."
    app.button(key="test_all").click().run()
    assert not app.exception
    assert app.error[0].value.startswith("The folder is gone")


def add(app: AppTest, url: str, model: str, variable: str) -> AppTest:
    for field, value in zip(app.text_input, (url, model, variable), strict=True):
        field.set_value(value)
    app.button(key="add_server").click().run()
    assert not app.exception
    return app


@pytest.mark.usefixtures("known")
def test_a_server_is_added_with_the_name_of_its_key_variable(open_page: OpenPage) -> None:
    add(open_page("models"), "http://127.0.0.1:9/v1", "qwen3", "TEAM_KEY")
    assert [(s.model, s.url, s.key_variable) for s in servers()] == [
        ("qwen3", "http://127.0.0.1:9/v1", "TEAM_KEY")
    ]


@pytest.mark.usefixtures("known")
def test_a_key_itself_is_refused_and_not_repeated(home: Path, open_page: OpenPage) -> None:
    key = "sk-not-a-variable-0123456789"
    app = add(open_page("models"), "http://127.0.0.1:9/v1", "qwen3", key)
    assert servers() == []
    assert "never the key itself" in app.error[0].value
    assert key not in app.error[0].value


@pytest.mark.usefixtures("known")
def test_an_address_that_is_none_is_refused(open_page: OpenPage) -> None:
    app = add(open_page("models"), "file:///etc/passwd", "qwen3", "")
    assert "is no server address" in app.error[0].value
    assert servers() == []


@pytest.mark.usefixtures("known")
def test_a_machine_that_was_never_measured_is_offered_to_be(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.jobs.launch._spawn", lambda item: None)
    app = open_page("models")
    assert any("is not measured yet" in m.value for m in app.markdown)
    button = app.button(key="calibrate")
    assert button.label == "Measure this machine, about 1 minute"
    button.click().run()
    assert not app.exception
    assert [(job.kind, job.state) for job in active_jobs()] == [("calibrate", "starting")]
    assert any("being measured now" in m.value for m in app.markdown)
    assert not [b for b in app.button if b.key == "calibrate"], "once is enough"


@pytest.mark.usefixtures("known", "measured_machine")
def test_measured_rates_are_shown_with_their_spread(open_page: OpenPage) -> None:
    app = open_page("models")
    text = "\n".join(m.value for m in app.markdown)
    assert "Measured on 2026-11-22 at 04:48 UTC" in text
    assert "- Reading a prompt: **800 tokens/s** (700 to 900, n = 5), a prompt, smollm2" in text
    assert "- Starting to answer: **9.0 s** (once), both models loaded\n" in text
    assert app.button(key="calibrate").label == "Measure it again, about 1 minute"


@pytest.mark.usefixtures("known")
def test_a_damaged_measurement_is_a_sentence_on_the_page(home: Path, open_page: OpenPage) -> None:
    (home / "machine.json").write_text("{", encoding="utf-8")
    app = open_page("models")
    assert any("machine.json cannot be read" in m.value for m in app.markdown)
    assert app.button(key="calibrate").label == "Measure this machine, about 1 minute"


def badges(app: AppTest) -> str:
    return " ".join(m.value for m in app.markdown if "-badge[" in m.value)


def test_a_server_is_not_tested_until_it_is_and_can_be_removed(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ladder.models import add_server, available, check

    server = add_server("qwen3", "http://127.0.0.1:9/v1")
    monkeypatch.setattr(
        "ladder.models.available",
        lambda: [card for card in available() if card.reference.startswith("server:")],
    )
    app = open_page("models")
    assert "not tested" in badges(app)
    assert "answers" not in badges(app)
    app.button(key=f"test_{server.reference}").click().run()  # nothing listens there
    assert not app.exception
    assert "did not answer" in badges(app)
    good = ModelTest(True, "It answers: June.", 0.1, 10.0)
    monkeypatch.setitem(check._TESTS, "generator", lambda reference: good)
    app.button(key=f"test_{server.reference}").click().run()
    assert servers()[0].answered is True
    assert "not" not in badges(app)
    app.button(key=f"remove_{server.reference}").click().run()
    assert not app.exception
    assert servers() == []
    assert not [button for button in app.button if (button.key or "").startswith("remove_")]


def test_a_run_that_names_labels_is_a_card_of_its_own(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = ModelCard("run:r1", "run r1", "classifier", "run of shop", None, "adapter")
    monkeypatch.setattr("ladder.models.available", lambda: [*CARDS, card])
    assert "names labels" in badges(open_page("models"))
