from __future__ import annotations

from pathlib import Path

import pytest

from ladder.errors import ModelError
from ladder.models import load_embedder, load_generator
from ladder.models.fakes import HashEmbedder, ScriptedChatModel, ScriptedGenerator, use_fakes

ASKED = [{"role": "user", "content": "hello"}]


def test_fakes_stand_in_only_inside_their_block(home: Path) -> None:
    with use_fakes("yes") as generator:
        assert load_generator("hf:any/thing") is generator
        with use_fakes("no", embedders={"other": HashEmbedder(8)}):
            assert load_generator("x").complete(ASKED, max_new_tokens=9).text == "no"
            assert len(load_embedder("other").embed_query("a")) == 8
        assert load_generator("x").complete(ASKED, max_new_tokens=9).text == "yes"
    for reference in ("scripted", "fake:hash", "*"):
        with pytest.raises(ModelError):
            load_generator(reference)


def test_a_scripted_generator_says_what_it_is_told_and_remembers_what_it_was_asked() -> None:
    turns = ScriptedGenerator(["one\ntwo", "!The server is down; start it."])
    done = turns.complete(ASKED, max_new_tokens=9, stop=["\n"])
    assert (done.text, done.completion_tokens, done.prompt_tokens) == ("one", 3, 5)
    with pytest.raises(ModelError, match="The server is down"):
        turns.complete(ASKED, max_new_tokens=9)
    echo = ScriptedGenerator(lambda messages: messages[-1]["content"].upper())
    assert "".join(echo.stream(ASKED, max_new_tokens=4)) == "HELL"
    assert turns.asked == [ASKED, ASKED]


def test_a_scripted_chat_model_is_a_langchain_chat_model() -> None:
    model = ScriptedChatModel(replies=["first reply", "second"])
    assert model.invoke("a").text == "first reply"
    assert "".join(str(chunk.text) for chunk in model.stream("b")).strip() == "second"
    assert len(model.asked) == 2
