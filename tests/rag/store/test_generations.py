"""What lies on the disk: swapped whole, checked whole, and never believed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from ladder.errors import ProjectError, StorageError
from ladder.files import file_hash
from ladder.models.fakes import HashEmbedder
from ladder.project.index_state import current_generation
from rag.store import FaissStore

MADE_BY = HashEmbedder()
TEXTS = ["refund my order", "my card is lost", "where is my parcel"]
ROOT = Path(__file__).parents[3]


def saved(folder: Path) -> Path:
    return FaissStore.from_texts(TEXTS, MADE_BY, [{"n": 1}] * 3).save(folder)


def refused(folder: Path) -> str:
    with pytest.raises(ProjectError) as caught:
        FaissStore.load(folder, MADE_BY)
    return str(caught.value)


def sign(generation: Path, **changes: Any) -> None:
    """Write a manifest that fits the files as they are: what an attacker would do."""
    path = generation / "manifest.json"
    about = json.loads(path.read_text()) | changes
    about["files"] = {
        each.relative_to(generation).as_posix(): file_hash(each)
        for each in generation.rglob("*") if each.is_file() and each != path
    }  # fmt: skip
    path.write_text(json.dumps(about))


def flat(kind: Any, count: int = 3, dimension: int = 64) -> bytes:
    index = kind(dimension)
    index.add(np.eye(count, dimension, dtype=np.float32))
    data: bytes = faiss.serialize_index(index).tobytes()
    return data


BOOM = b"cposix\nsystem\n(S'touch pwned'\ntR."
"""A pickle that runs a program when it is opened."""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (BOOM, "vectors.faiss is not an exact FAISS index"),
        (flat(faiss.IndexFlatL2), "vectors.faiss is not an exact FAISS index"),
        (flat(lambda d: faiss.IndexHNSWFlat(d, 4)), "vectors.faiss is not an exact FAISS index"),
        (flat(faiss.IndexFlatIP, 2), "vectors.faiss does not hold 3 vectors"),
        (flat(faiss.IndexFlatIP)[:-5], "vectors.faiss does not hold 3 vectors"),
        (flat(faiss.IndexFlatIP) + b"more", "vectors.faiss does not hold 3 vectors"),
        (flat(faiss.IndexFlatIP)[:4] + b"\xff" * 80, "vectors.faiss does not hold 3 vectors"),
        (flat(faiss.IndexFlatIP)[:30], "vectors.faiss is not an exact FAISS index"),
        (b"", "vectors.faiss is not an exact FAISS index"),
    ],
)
def test_a_foreign_vector_file_is_refused_even_where_the_manifest_vouches_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    generation = saved(tmp_path / "s")
    (generation / "vectors.faiss").write_bytes(data)
    sign(generation)
    assert said in refused(tmp_path / "s")
    assert refused(tmp_path / "s").endswith("index the documents again.")
    assert not (tmp_path / "pwned").exists()


def test_a_header_that_promises_a_terabyte_takes_no_memory(tmp_path: Path) -> None:
    generation = saved(tmp_path)
    whole = bytearray((generation / "vectors.faiss").read_bytes())
    whole[8:16] = whole[37:45] = (1 << 38).to_bytes(8, "little")
    (generation / "vectors.faiss").write_bytes(bytes(whole))
    sign(generation, count=1 << 38)
    assert "texts.sqlite does not hold" in refused(tmp_path)


def other_schema(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE texts (number, id, hash, metadata, text)")


def a_view_more(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE VIEW planted AS SELECT 1")


def one_text_less(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM texts WHERE number = 1")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA application_id = 7")


def garbage(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (other_schema, "another kind of database"),
        (a_view_more, "another kind of database"),
        (another_program, "another kind of database"),
        (one_text_less, "texts.sqlite does not hold 3 texts"),
        (garbage, "texts.sqlite is not a database"),
        (lambda path: path.write_bytes(b"no database"), "texts.sqlite is not a database"),
    ],
)
def test_a_foreign_database_is_refused_even_where_the_manifest_vouches_for_it(
    tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    generation = saved(tmp_path)
    harm(generation / "texts.sqlite")
    sign(generation)
    assert said in refused(tmp_path)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("not json", "manifest.json cannot be read"),
        ("[]", "manifest.json cannot be read"),
        ("{}", "manifest.json cannot be read"),
        ("[" * 100_000, "manifest.json cannot be read"),
        ('{"format": 1, "fingerprint": "f"}', "has format 1, and this version reads format 2"),
        ('{"format": 2, "fingerprint": {}, "count": true, "files": {}}', "is incomplete"),
        ('{"format": 2, "fingerprint": "f", "count": 1, "files": {}}', "is incomplete"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, manifest: str, said: str) -> None:
    (saved(tmp_path) / "manifest.json").write_text(manifest)
    assert said in refused(tmp_path)


def test_a_file_too_many_too_few_or_elsewhere_is_named(tmp_path: Path) -> None:
    generation = FaissStore.from_texts(TEXTS, MADE_BY).save(
        tmp_path, beside=lambda folder: (folder / "words.json").write_text("{}") and None
    )
    (generation / "words.json").unlink()
    assert "words.json is gone" in refused(tmp_path)
    (generation / "words.json").write_text("{ }")
    assert "words.json is changed" in refused(tmp_path)
    (generation / "words.json").unlink()
    (generation / "words.json").symlink_to(tmp_path / "current")
    assert "has a link among its files" in refused(tmp_path)


def test_the_folder_of_the_archived_store_is_named_and_not_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "index.pkl").write_bytes(BOOM)
    (tmp_path / "index.faiss").write_bytes(flat(faiss.IndexFlatL2))
    assert "is a pickle, which can run any program" in refused(tmp_path)
    assert not (tmp_path / "pwned").exists()


def test_who_saves_second_is_told_and_the_first_stays(tmp_path: Path) -> None:
    saved(tmp_path)
    one, two = (FaissStore.load(tmp_path, MADE_BY) for _ in range(2))
    one.add_texts(["from one"])
    two.add_texts(["from two"])
    one.save(tmp_path)
    with pytest.raises(ProjectError, match="saved by someone else"):
        two.save(tmp_path)
    assert FaissStore.load(tmp_path, MADE_BY).texts() == [*TEXTS, "from one"]
    one.add_texts(["again"])
    one.save(tmp_path)
    two.save(tmp_path / "elsewhere")
    assert len(FaissStore.load(tmp_path, MADE_BY)) == 5


def test_a_loaded_store_outlives_its_generation(tmp_path: Path) -> None:
    saved(tmp_path)
    held = FaissStore.load(tmp_path, MADE_BY)
    gone = held.generation
    for _ in range(3):
        saved(tmp_path)
    assert gone is not None
    if os.name == "posix":
        assert not gone.exists()
    assert held.texts() == TEXTS
    assert held.similarity_search(TEXTS[1], 1)[0].page_content == TEXTS[1]
    held.delete(held.ids()[:1])
    assert held.texts() == TEXTS[1:]


def test_changing_a_loaded_store_changes_nothing_on_the_disk(tmp_path: Path) -> None:
    generation = saved(tmp_path)
    before = {path.name: file_hash(path) for path in generation.iterdir()}
    held = FaissStore.load(tmp_path, MADE_BY)
    held.add_texts(["more"])
    held.upsert(["other"], [{"a": 1}], [held.ids()[0]])
    assert {path.name: file_hash(path) for path in generation.iterdir()} == before
    assert FaissStore.load(tmp_path, MADE_BY).texts() == TEXTS


def test_readers_find_a_whole_store_while_another_saves(tmp_path: Path) -> None:
    saved(tmp_path)
    stop, wrong, loaded = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                loaded.append(len(FaissStore.load(tmp_path, MADE_BY)))
            except Exception as error:
                wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(25):
        saved(tmp_path)
    stop.set()
    for reader in readers:
        reader.join(20)
    assert wrong == []
    assert set(loaded) == {3}


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("faiss.write_index", RuntimeError("Error in virtual FileIOWriter: no space")),
        ("rag.store.texts.Texts.write", StorageError("The disk is full.")),
    ],
)
def test_a_full_disk_is_said_and_the_old_generation_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, error: Exception
) -> None:
    saved(tmp_path)

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(what, full)
    with pytest.raises(StorageError, match="full"):
        FaissStore.from_texts(["x"], MADE_BY).save(tmp_path)
    assert FaissStore.load(tmp_path, MADE_BY).texts() == TEXTS
    assert len(list(tmp_path.glob("generation-*"))) == 1


SAVER = """
import sys
from ladder.models.fakes import HashEmbedder
from rag.store import FaissStore
turn = 0
while True:
    turn += 1
    store = FaissStore.from_texts([f"{turn} {n}" for n in range(40)], HashEmbedder())
    store.save(sys.argv[1], {"turn": turn}, lambda folder: (folder / "w").write_text(str(turn)))
    print(turn, flush=True)
"""


def test_kill_9_while_saving_leaves_one_whole_store(tmp_path: Path) -> None:
    saved(tmp_path)
    for attempt in range(3):
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert saver.stdout is not None
        saver.stdout.readline()  # one is whole; the next is being written
        time.sleep(0.01 * attempt)
        saver.send_signal(signal.SIGKILL)
        saver.communicate()
        held = FaissStore.load(tmp_path, MADE_BY)
        assert {text.split()[0] for text in held.texts()} == {str(held.about["turn"])}
        assert current_generation(tmp_path) == held.generation
    saved(tmp_path)
    assert len(list(tmp_path.glob("generation-*"))) == 2  # what was cut short is cleared away


def test_a_store_that_was_only_read_can_be_saved_elsewhere(tmp_path: Path) -> None:
    saved(tmp_path / "one")
    read = FaissStore.load(tmp_path / "one", MADE_BY)
    read.save(tmp_path / "two")
    assert FaissStore.load(tmp_path / "two", MADE_BY).texts() == TEXTS
    assert FaissStore.load(tmp_path / "one", MADE_BY).texts() == TEXTS
