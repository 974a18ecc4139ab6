"""Index a project in a process of its own, kill it at a random moment, look what is there.

Run by `test_index_kill.py`: `python kill_rounds.py PROJECT ROUNDS SEED` prints one line of JSON a
round. Every round changes all documents to another version; a child process indexes them, slowly,
and is killed by SIGKILL; then the index must hold all of the old version or all of the new.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

from ladder.files import write_text
from ladder.models.fakes import HashEmbedder, use_fakes
from ladder.project import Project
from ladder.project.index_state import index_folder
from rag.index_work import IndexWork
from rag.indexing import index_documents
from rag.search import Bm25
from rag.store import FaissStore

SIZE = 24
DOCUMENTS = 6


class Slow(HashEmbedder):
    """Takes its time over every text."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        time.sleep(0.002 * len(texts))
        return super().embed_documents(texts)


def write(project: Project, version: int) -> None:
    """Bring all documents to a version."""
    folder = project.path / "documents"
    for number in range(DOCUMENTS):
        text = "".join(f"# Part {n}\n\nVersion {version} of part {n}.\n\n" for n in range(8))
        write_text(folder / f"part-{number}.md", text)


def child(project: Project) -> int:
    """Start to index in a process of its own, and return its id."""
    pid = os.fork()
    if pid == 0:
        try:
            with use_fakes(embedders={"e": Slow()}):
                index_documents(project, "e", SIZE)
        finally:
            os._exit(0)
    return pid


def versions(project: Project) -> set[str]:
    """Return the versions that the index holds; all checks of the store are made."""
    store = FaissStore.load(index_folder(project, "e", SIZE), HashEmbedder(), "hash-64")
    assert store.generation is not None
    assert Bm25.load(store.generation).covers(store.texts())
    assert len(store) == DOCUMENTS * 8
    return {text.split("Version ")[1].split(" ")[0] for text in store.texts()}


def say(found: dict[str, Any]) -> None:
    """Write a line at once: a process that is forked must not have it, too."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main(project: Project, rounds: int, seed: int) -> None:
    """Kill it so many times."""
    chance = random.Random(seed)
    write(project, 0)
    os.waitpid(child(project), 0)
    write(project, 1)
    began = time.monotonic()
    os.waitpid(child(project), 0)
    whole = time.monotonic() - began
    old = 1
    for _ in range(rounds):
        new = old + 1
        write(project, new)
        pid, after = child(project), chance.uniform(0, 1.1 * whole)
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        found = versions(project)
        say({"old": old, "new": new, "found": sorted(found)})
        old = int(min(found)) if len(found) == 1 else old
        write(project, old)
    write(project, old + 1)
    os.waitpid(child(project), 0)
    left = sorted(path.name for path in index_folder(project, "e", SIZE).iterdir())
    say({"last": sorted(versions(project)), "wanted": old + 1, "left": left})


if __name__ == "__main__":
    IndexWork.BLOCK = 8  # so that there are many moments between two blocks
    main(Project(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
