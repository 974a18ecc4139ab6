"""The exported program: what it asks a server, and what it says when something is wrong."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import ExampleSettings, Setup
from ladder.commands_export import write_files
from ladder.errors import InputError
from ladder.models.fakes import HashEmbedder
from ladder.project import TaskFolder
from rag.few_shot.export import exported
from rag.few_shot.export.standalone import answer
from rag.few_shot.export.standalone.few_shot import FewShot, unit

pytestmark = pytest.mark.usefixtures("fake_models")

SETUP = Setup(
    "generate", "route", "server:big@https://x.org/v1", examples=ExampleSettings(2, "random")
)


@pytest.fixture
def program(route: TaskFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what runs the program of a Setup and gives its exit code."""

    def run(setup: Setup, *arguments: str) -> int:
        out = tmp_path / setup.hash
        if not out.exists():
            write_files(out, exported(route, setup, "python"))
        monkeypatch.setattr(answer, "FOLDER", out)
        return answer.main(arguments)

    return run


@pytest.fixture
def server() -> Iterator[Any]:
    """Return a server that keeps what it is asked, and replies what it is told to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            served.asked.append((self.path, self.headers["Authorization"], json.loads(body)))  # type: ignore[attr-defined]
            self.send_response(served.status)  # type: ignore[attr-defined]
            self.end_headers()
            self.wfile.write(served.reply)  # type: ignore[attr-defined]

        def log_message(self, format: str, *args: Any) -> None:
            pass

    served: Any = HTTPServer(("127.0.0.1", 0), Handler)
    served.asked, served.status = [], 200
    served.reply = b'{"choices": [{"message": {"content": " Refund\\nText: more"}}]}'
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    served.url = f"http://127.0.0.1:{served.server_port}/v1"
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def test_a_server_is_asked_what_the_messages_say(
    program: Any, server: Any, route: TaskFolder, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    text = "where is my money"
    assert program(SETUP, text, "--server", server.url, "--key-variable", "MY_KEY", "--json") == 0
    path, key, body = server.asked[0]
    assert (path, key) == ("/v1/chat/completions", "Bearer secret")
    assert body == json.loads(exported(route, SETUP, "openai", text)["request.json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["text"], told["label"], len(told["examples"])) == ("Refund", "refund", 2)


def test_texts_come_one_a_line_or_with_their_context(
    program: Any, server: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("one\n\n two \n"))
    assert program(SETUP, "--server", server.url) == 0
    assert capsys.readouterr().out == "refund\nrefund\n"
    lines = '{"input": "a\\nb", "context": "c"}\n{"input": "d"}\n'
    monkeypatch.setattr("sys.stdin", StringIO(lines))
    assert program(SETUP, "--server", server.url, "--jsonl") == 0
    ends = [body["messages"][-1]["content"][-40:] for _, _, body in server.asked]
    assert ends[1].endswith("\nText: two\nIntent:")
    assert ends[2].endswith("\n\nContext: c\nText: a\nb\nIntent:")
    assert ends[3].endswith("\n\nText: d\nIntent:")
    monkeypatch.setattr("sys.stdin", StringIO("two\n"))
    assert program(SETUP, "--server", server.url, "--jsonl") == 2
    assert "Line 1 is not like" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "reply", "words"),
    [
        (401, b"", r"refused the request for \"big\" \(401\)"),
        (200, b"<html>", "did not answer in JSON"),
        (200, b'{"choices": []}', "not in the format"),
    ],
)
def test_what_a_server_does_wrong_is_a_sentence(
    status: int, reply: bytes, words: str, program: Any, server: Any, capsys: Any
) -> None:
    server.status, server.reply = status, reply
    assert program(SETUP, "text", "--server", server.url) == 2
    assert re.search(words, capsys.readouterr().err)
    assert program(SETUP, "text", "--server", "file:///etc/hostname") == 2
    assert "no address of a server" in capsys.readouterr().err


def test_what_is_missing_is_said(program: Any, capsys: Any) -> None:
    local = replace(SETUP, model="path:somewhere")
    assert program(local, "text") == 2
    assert "--model with its folder" in capsys.readouterr().err
    scored = replace(SETUP, answerer="labels")
    assert program(scored, "text") == 2
    assert "--decoding generate" in capsys.readouterr().err
    near = replace(local, embedder="path:e", examples=ExampleSettings(2))
    assert program(near, "text", "--prompt") == 2
    assert "name the embedder that made" in capsys.readouterr().err


def test_a_blank_text_is_refused(program: Any, capsys: Any) -> None:
    assert program(SETUP, "  ", "--prompt") == 2
    assert "not blank" in capsys.readouterr().err


def test_what_would_be_asked_is_shown_and_nobody_is_asked(program: Any, capsys: Any) -> None:
    assert program(SETUP, "my text", "--prompt") == 0
    assert capsys.readouterr().out.startswith("[plain]\nRoute {the} text.\n\nText: ")


def test_another_embedder_than_made_the_vectors_is_refused(
    route: TaskFolder, tmp_path: Path
) -> None:
    near = replace(SETUP, embedder="hf:a/b", examples=ExampleSettings(2))
    write_files(tmp_path / "out", exported(route, near, "python"))
    right = HashEmbedder()
    shot = FewShot(tmp_path / "out", lambda text: unit(right.embed_query(text)))
    assert len(shot.places("my card")) == 2
    for wrong in (HashEmbedder(8), right):
        with pytest.raises(InputError, match="is not the one that made"):
            FewShot(tmp_path / "out", lambda text, e=wrong: unit(e.embed_query(text[::-1])))  # type: ignore[misc]
