"""Servers, against a real one on the loopback that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelError
from ladder.models import add_server, load_generator, servers
from ladder.models import test_model as try_model

KEY = "sk-very-secret-123"
PLAIN = [{"role": "plain", "content": "Text: a\nIntent:"}]


class Handler(BaseHTTPRequestHandler):
    """Answers as the server's `mode` says and keeps what it was asked."""

    server: Any

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(
            (self.path, {k.lower(): v for k, v in self.headers.items()}, asked)
        )
        mode = self.server.mode
        if mode == "ok" and asked.get("stream"):
            self._stream()
        elif mode == "ok":
            choice = {"index": 0, "finish_reason": "length"}
            choice["message"] = {"role": "assistant", "content": " refund\nText: b"}
            self._send(200, {"id": "1", "object": "chat.completion", "created": 1,
                             "model": "m", "choices": [choice], "usage": USAGE})  # fmt: skip
        elif mode == "html":
            self._send(200, "<html>hello</html>")
        elif mode == "malformed":
            self._send(200, {"hello": "world"})
        elif mode == "slow":
            self.server.woken.wait(10)
        else:
            message = f"said the server about {self.headers.get('Authorization')}"
            self._send(mode, {"error": {"message": message}})

    def _send(self, status: int, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        kind = "text/html" if isinstance(body, str) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        base = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        for text in ("re", "fund", "\nText", ": b"):
            choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
            self._event(base | {"choices": [choice]})
        self._event(base | {"choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: Any) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        pass


USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 4,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 8},
}


@pytest.fixture
def server(home: Path) -> Iterator[Any]:
    """Run the server in a thread; `mode` says how it answers."""
    running: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    running.mode, running.asked, running.woken = "ok", [], threading.Event()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    running.url = f"http://127.0.0.1:{running.server_address[1]}/v1"
    yield running
    running.woken.set()
    running.shutdown()
    thread.join()
    running.server_close()


def test_a_server_answers_a_plain_prompt_sent_as_a_user_message(server: Any) -> None:
    generator = load_generator(f"server:m:1b@{server.url}")
    done = generator.complete(PLAIN, max_new_tokens=7, stop=["\n"])
    assert (done.text, done.finish) == (" refund", "length")
    assert (done.prompt_tokens, done.cached_tokens, done.completion_tokens) == (11, 8, 4)
    path, _, asked = server.asked[0]
    assert path == "/v1/chat/completions"
    assert asked["model"] == "m:1b"
    assert asked["messages"] == [{"role": "user", "content": "Text: a\nIntent:"}]
    assert (asked["temperature"], asked["max_tokens"], asked["stop"]) == (0, 7, ["\n"])


STRICT = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("schema", [STRICT, STRICT | {"required": []}])
def test_a_schema_is_sent_in_openais_form(server: Any, schema: dict[str, Any]) -> None:
    generator = load_generator(f"server:m@{server.url}")
    done = generator.complete(PLAIN, max_new_tokens=7, schema=schema)
    assert (done.text, done.finish) == (" refund\nText: b", "length")  # it does not heed it
    "".join(generator.stream(PLAIN, max_new_tokens=7, schema=schema))
    form = {"name": "answer", "schema": schema, "strict": schema is STRICT}
    for _, _, asked in server.asked:
        assert asked["response_format"] == {"type": "json_schema", "json_schema": form}
        assert asked["max_tokens"] == 7
    generator.complete(PLAIN, max_new_tokens=7)
    assert "response_format" not in server.asked[-1][2]


def test_a_server_that_refuses_a_schema_is_told_from_one_that_refuses_the_rest(
    server: Any,
) -> None:
    server.mode = 400
    generator = load_generator(f"server:m@{server.url}")
    with pytest.raises(ModelError, match=r"JSON schema \(400\).*said.*json_schema to false"):
        generator.complete(PLAIN, max_new_tokens=7, schema=STRICT)
    with pytest.raises(ModelError) as raised:
        generator.complete(PLAIN, max_new_tokens=7)
    assert "schema" not in str(raised.value)


def test_the_system_message_is_sent_even_if_it_is_empty(server: Any) -> None:
    messages = [{"role": "system", "content": ""}, {"role": "user", "content": "hi"}]
    load_generator(f"server:m@{server.url}").complete(messages, max_new_tokens=7)
    assert server.asked[0][2]["messages"] == messages


def test_a_server_streams_and_stop_texts_are_kept_to(server: Any) -> None:
    generator = load_generator(f"server:m@{server.url}")
    assert list(generator.stream(PLAIN, max_new_tokens=7)) == ["re", "fund", "\nText", ": b"]
    shown = generator.stream(PLAIN, max_new_tokens=7, stop=["\n"])
    assert "".join(shown) == "refund"
    assert server.asked[0][2]["stream"] is True


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (401, r"asks for a key \(401\)"),
        (403, r"does not let this key use \"m\" \(403\)"),
        (404, r"has no model \"m\" \(404\)"),
        (429, r"asked too often"),
        (400, r"refused the request \(400\).*said the server"),
        (500, r"failed by itself \(500\)"),
        ("html", r"not in the format of OpenAI's chat completions"),
        ("malformed", r"not in the format of OpenAI's chat completions"),
    ],
)
def test_each_refusal_of_a_server_is_its_own_sentence(
    server: Any, mode: Any, sentence: str
) -> None:
    server.mode = mode
    generator = load_generator(f"server:m@{server.url}")
    with pytest.raises(ModelError, match=sentence):
        generator.complete(PLAIN, max_new_tokens=7)
    with pytest.raises(ModelError):
        list(generator.stream(PLAIN, max_new_tokens=7))


def test_a_server_that_is_not_there_is_a_sentence(home: Path) -> None:
    with pytest.raises(ModelError, match="cannot be reached; check the address"):
        load_generator("server:m@http://127.0.0.1:9/v1").complete(PLAIN, max_new_tokens=7)


def test_a_server_that_takes_too_long_is_a_sentence(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.mode = "slow"
    monkeypatch.setattr("ladder.models.server._TIMEOUT", 0.2)
    with pytest.raises(ModelError, match="did not answer within"):
        load_generator(f"server:m@{server.url}").complete(PLAIN, max_new_tokens=7)


def test_the_key_comes_from_the_variable_and_is_neither_stored_nor_shown(
    server: Any, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = add_server("m", f"{server.url}/", "TEAM_KEY")
    assert added.url == server.url
    generator = load_generator(added.reference)
    monkeypatch.delenv("TEAM_KEY", raising=False)
    with pytest.raises(ModelError, match="environment variable TEAM_KEY, which is not set"):
        generator.complete(PLAIN, max_new_tokens=7)
    monkeypatch.setenv("TEAM_KEY", KEY)
    generator.complete(PLAIN, max_new_tokens=7)
    assert server.asked[-1][1]["authorization"] == f"Bearer {KEY}"
    for mode in (400, 401, 403, 404, 429, 500):
        server.mode = mode
        with pytest.raises(ModelError) as raised:
            generator.complete(PLAIN, max_new_tokens=7)
        assert KEY not in str(raised.value)
    for file in home.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes()


def test_no_key_is_sent_to_a_server_that_was_added_without_one(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    load_generator(f"server:m@{server.url}").complete(PLAIN, max_new_tokens=7)
    assert KEY not in json.dumps(server.asked[-1][1])


def test_servers_are_added_once(home: Path) -> None:
    add_server("m", "http://localhost:1/v1", "A_KEY")
    add_server("n", "http://localhost:1/v1")
    add_server("m", "http://localhost:1/v1/", "B_KEY")
    assert [(s.model, s.key_variable) for s in servers()] == [("n", ""), ("m", "B_KEY")]


def test_a_key_given_for_its_name_is_refused_and_not_repeated(home: Path) -> None:
    with pytest.raises(ModelError, match="never the key itself") as raised:
        add_server("m", "http://localhost:1/v1", KEY)
    assert KEY not in str(raised.value)
    with pytest.raises(ModelError, match="no server address"):
        add_server("m", "localhost:1/v1")
    assert servers() == []


def test_trying_a_server_says_what_it_answers_or_what_is_wrong(server: Any) -> None:
    reference = f"server:m@{server.url}"
    good = try_model(reference)
    assert good.ok
    assert good.sentence == "It answers: refund Text: b"
    assert good.tokens_per_second is not None
    server.mode = 404
    bad = try_model(reference)
    assert (bad.ok, bad.tokens_per_second) == (False, None)
    assert "has no model" in bad.sentence
