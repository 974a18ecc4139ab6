"""Twenty people ask the running app at once, each over a connection of their own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ladder.files import read_json_lines
from ladder.models.fakes import use_fakes
from ladder.project import Task, create_project
from rag.indexing import index_documents

ROOT = Path(__file__).parents[2]
NAMES = (
    "Arbora", "Belmar", "Corvin", "Dunmore", "Elswick", "Farholm", "Gravesund",
    "Hollin", "Istrava", "Jorvik", "Kelmont", "Lodestar", "Marrow", "Nordhav",
    "Oxmoor", "Pellworm", "Quarrel", "Rothsey", "Silverway", "Tarnish",
)  # fmt: skip
DAYS = {name: 100 + 7 * place for place, name in enumerate(NAMES)}
APP = """
import re, sys, time
from ladder.models.fakes import use_fakes

def reply(messages):
    asked = messages[-1]["content"]
    name = re.findall(r"island of (\\w+) take[?]", asked)[-1]
    time.sleep(0.3)  # so that questions meet
    found = re.search(rf"island of {name} take (\\d+) days", asked)
    return f"{found[1]} days to {name}." if found else "Not shown."

with use_fakes(reply):
    from streamlit.web.cli import main
    sys.argv = ["streamlit", "run", "app.py", f"--server.port={sys.argv[1]}"]
    main()
"""
SECONDS = 120.0


@pytest.fixture
def port(home: Path, tmp_path: Path) -> Iterator[int]:
    """Start the app with fake models over documents of twenty islands; return its port."""
    project = create_project("shop")
    project.add_task(Task("answer", "qa", "Answer briefly.", input_name="Question"))
    for name, days in DAYS.items():
        text = f"# Parcels to {name}\n\nParcels to the island of {name} take {days} days."
        project.add_document(f"{name.lower()}.md", text.encode())
    with use_fakes():
        index_documents(project)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    env = os.environ | {"LADDER_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", APP, str(free)], cwd=ROOT, env=env, stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{free}/_stcore/health")
        yield free
    finally:
        server.terminate()
        server.wait(20)


def test_twenty_people_at_once_each_get_their_own_answer(port: int, home: Path) -> None:
    shown = asyncio.run(everybody(port))
    for name, bodies in shown.items():
        text = "\n".join(bodies)
        assert f"{DAYS[name]} days to {name}. <strong>[1]</strong>" in text
        assert f"<mark>Parcels to the island of {name} take {DAYS[name]} days.</mark>" in text
        others = {other for other in NAMES if f"island of {other} take?" in text}
        assert others == {name}
    logs = list((home / "shop" / "chats" / "answer").glob("*.jsonl"))
    turns = [turn for log in logs for turn in read_json_lines(log)]
    assert len(logs) == len(turns) == len(NAMES)
    for turn in turns:
        name = re.findall(r"island of (\w+) take", turn["question"])[0]
        assert turn["text"] == f"{DAYS[name]} days to {name}."
        assert turn["state"] == "done"
        assert not turn["error"]


async def everybody(port: int) -> dict[str, list[str]]:
    """Let everybody open the page, wait for one another, then ask; return what each was shown."""
    ready = asyncio.Barrier(len(NAMES))
    async with asyncio.timeout(SECONDS):
        shown = await asyncio.gather(*(person(port, name, ready) for name in NAMES))
    return dict(zip(NAMES, shown, strict=True))


async def person(port: int, name: str, ready: asyncio.Barrier) -> list[str]:
    """Open the Chat page, ask one question, return the HTML that was shown since."""
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
    from websockets.asyncio.client import connect

    state = ClientState(query_string="project=shop&task=answer", page_name="chat")
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None) as wire:  # type: ignore[list-item]
        elements = await run(wire, state)
        (box,) = [e.chat_input.id for e in elements if e.WhichOneof("type") == "chat_input"]
        await ready.wait()
        asked = WidgetState(id=box)
        asked.chat_input_value.data = f"How many days do parcels to the island of {name} take?"
        state.widget_states.CopyFrom(WidgetStates(widgets=[asked]))
        elements = await run(wire, state)
    kinds = [element.WhichOneof("type") for element in elements]
    assert "exception" not in kinds
    return [element.html.body for element in elements if element.WhichOneof("type") == "html"]


async def run(wire: Any, state: Any) -> list[Any]:
    """Ask for a run of the page's script; return the elements drawn until it ends well."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    await wire.send(BackMsg(rerun_script=state).SerializeToString())
    elements = []
    while True:
        message = ForwardMsg()
        message.ParseFromString(await wire.recv())
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            elements.append(message.delta.new_element)
        if kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return elements
            assert message.script_finished != ForwardMsg.FINISHED_WITH_COMPILE_ERROR


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Wait until an address answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within {seconds:.0f} s")
