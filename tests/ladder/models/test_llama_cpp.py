"""GGUF files in process; the ones that load the bundled file are marked real."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelError
from ladder.models import load_generator
from ladder.models.bundled import gguf_file
from ladder.models.json_schema import schema_of
from ladder.prompt import encode

PROMPT = [{"role": "plain", "content": "The capital of France is Paris. The capital of Italy is"}]


def test_what_is_no_gguf_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        load_generator(f"gguf:{tmp_path / 'missing.gguf'}")
    (tmp_path / "text.gguf").write_text("hello" * 100)
    with pytest.raises(ModelError, match="not a GGUF language model"):
        load_generator(f"gguf:{tmp_path / 'text.gguf'}")


@pytest.fixture(scope="module")
def generator() -> Any:
    """Return the bundled GGUF file in llama.cpp."""
    return load_generator(f"gguf:{gguf_file()}")


@pytest.mark.real
def test_a_gguf_file_answers_in_process(generator: Any) -> None:
    done = generator.complete(PROMPT, max_new_tokens=8, stop=["."])
    assert done.text.strip() == "Rome"
    assert done.prompt_tokens == len(generator.encode(PROMPT))
    assert (done.finish, done.cached_tokens) == ("stop", 0)
    assert 0 < done.completion_tokens < 8
    assert generator.context == 8192
    long = generator.complete(PROMPT, max_new_tokens=5)
    assert (long.finish, long.completion_tokens) == ("length", 5)


@pytest.mark.real
def test_a_gguf_file_is_prompted_as_the_rehearsal_model_is(
    generator: Any, bundled_models: Path
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bundled_models)
    chat = [{"role": "system", "content": ""}, {"role": "user", "content": "Hi é 中"}]
    for messages in (PROMPT, chat):
        assert generator.encode(messages) == encode(messages, tokenizer)


@pytest.mark.real
def test_a_gguf_file_streams_and_leaving_it_cancels(generator: Any) -> None:
    whole = generator.complete(PROMPT, max_new_tokens=12).text
    assert "".join(generator.stream(PROMPT, max_new_tokens=12)) == whole
    pieces = generator.stream(PROMPT, max_new_tokens=2000)
    assert whole.startswith(next(pieces))
    pieces.close()
    stopped = generator.complete(PROMPT, max_new_tokens=2000, cancelled=lambda: True)
    assert stopped.finish == "cancelled"
    assert stopped.completion_tokens < 10


@pytest.mark.real
def test_a_gguf_prompt_too_long_is_a_sentence(generator: Any) -> None:
    long = [{"role": "plain", "content": "word " * 9000}]
    with pytest.raises(ModelError, match=r"context window has 8,192"):
        generator.complete(long, max_new_tokens=5)
    with pytest.raises(ModelError, match=r"context window has 8,192"):
        list(generator.stream(long, max_new_tokens=5))
    assert generator.complete(PROMPT, max_new_tokens=1).completion_tokens == 1


@pytest.mark.real
def test_a_gguf_file_holds_its_answer_to_a_schema(generator: Any) -> None:
    schema = schema_of(['{"land": "France", "big": true}', '{"land": null, "big": true}'])
    for role, starts in (("plain", ("{", " {")), ("user", ("{",))):
        asked = [{"role": role, "content": PROMPT[0]["content"]}]
        done = generator.complete(asked, max_new_tokens=60, schema=schema)
        assert done.finish == "stop"
        assert done.text.startswith(starts)
        assert list(json.loads(done.text)) == ["land", "big"]
        assert "".join(generator.stream(asked, max_new_tokens=60, schema=schema)) == done.text
    assert "{" not in generator.complete(PROMPT, max_new_tokens=20).text


@pytest.mark.real
def test_the_loopback_port_of_llama_cpp_is_closed_to_others(generator: Any) -> None:
    request = urllib.request.Request(
        f"{generator._server.listening_address}/v1/completions",
        data=b'{"prompt": "x", "max_tokens": 1}',
        headers={"Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request)
    assert raised.value.code == 401
    raised.value.close()
