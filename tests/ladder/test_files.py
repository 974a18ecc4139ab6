"""Writes are whole or nothing, and the operating system's refusals become sentences."""

from __future__ import annotations

import errno
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import StorageError
from ladder.evaluation.rows import Row, append_row
from ladder.files import (
    append_json,
    content_hash,
    file_hash,
    locked,
    read_json,
    read_json_lines,
    write_json,
    write_json_lines,
    write_text,
)
from ladder.jobs.records import add_event

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


def refuse(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_full_disk_keeps_the_old_file_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "task.yaml"
    write_text(path, "old")
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(StorageError, match="the disk is full; free some space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path], "no temporary file is left behind"


def test_a_read_only_folder_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", refuse(errno.EROFS))
    with pytest.raises(StorageError, match=r"score\.json: the folder is read-only; copy"):
        write_json(tmp_path / "score.json", {})


def test_an_unknown_refusal_is_not_dressed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        write_text(tmp_path / "x", "new")


def test_nan_is_refused_in_files_that_hold_numbers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "score.json", {"value": float("nan")})
    assert not (tmp_path / "score.json").exists()


def test_a_line_cut_short_by_a_crash_is_left_out_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    append_json(path, {"id": 1})
    with path.open("a") as file:
        file.write('{"id": 2, "te')
    append_json(path, {"id": 3})
    assert read_json_lines(path) == [{"id": 1}, {"id": 3}]


def test_a_line_cut_at_any_byte_loses_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    whole = '{"id": 2, "text": "Größe 5 €, 名前 🚲"}'.encode()
    for end in range(len(whole)):
        path.write_bytes(b'{"id": 1}\n' + whole[:end])
        append_json(path, {"id": 3})
        assert read_json_lines(path) == [{"id": 1}, {"id": 3}]


def test_a_missing_file_of_lines_has_none(tmp_path: Path) -> None:
    assert read_json_lines(tmp_path / "none.jsonl") == []


def test_line_separators_inside_text_do_not_split_a_line(tmp_path: Path) -> None:
    rows = [{"text": "one\u2028two\x85three\x0cfour"}, {"text": "five"}]
    write_json_lines(tmp_path / "rows.jsonl", rows)
    assert read_json_lines(tmp_path / "rows.jsonl") == rows


@settings(deadline=None)  # the disk may be busy
@given(value=plain_values)
def test_json_comes_back_as_it_was_written(
    value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("json") / "value.json"
    write_json(path, value)
    assert read_json(path) == value


def test_equal_content_has_equal_hashes_whatever_the_order_of_its_keys(tmp_path: Path) -> None:
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert content_hash({"a": 1}) != content_hash({"a": 2})
    (tmp_path / "x").write_bytes(b"abc")
    assert file_hash(tmp_path / "x").startswith("ba7816bf")


def _increment(folder: Path, times: int) -> None:
    for _ in range(times):
        with locked(folder):
            count = read_json(folder / "count.json")
            write_json(folder / "count.json", count + 1)


def test_two_processes_under_the_lock_lose_no_write(tmp_path: Path) -> None:
    write_json(tmp_path / "count.json", 0)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_increment, args=(tmp_path, 20)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert read_json(tmp_path / "count.json") == 40


@pytest.fixture
def read_only() -> Iterator[Path]:
    """Return a folder with one file that this process really may not write, root or not."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no users to be")
    folder = Path(tempfile.mkdtemp())  # not tmp_path: its parents are closed to other users
    file = folder / "rows.jsonl"
    file.write_text('{"id": 1}\n')
    file.chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:  # root may write everywhere
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        file.unlink()
        folder.rmdir()


@pytest.mark.parametrize("name", ["rows.jsonl", "new.jsonl", "answers/new.jsonl"])
@pytest.mark.parametrize("write", [append_json, write_json])
def test_a_folder_that_may_not_be_written_is_reported_and_stays_as_it_is(
    read_only: Path, name: str, write: Callable[[Path, object], None]
) -> None:
    with pytest.raises(StorageError, match="cannot be written by you; change its permissions"):
        write(read_only / name, {"id": 2})
    assert [path.name for path in read_only.iterdir()] == ["rows.jsonl"]
    assert read_json_lines(read_only / "rows.jsonl") == [{"id": 1}]


def test_an_answer_or_an_event_that_cannot_be_kept_is_reported(read_only: Path) -> None:
    with pytest.raises(StorageError, match=r"rows\.jsonl: the folder cannot be written"):
        append_row(read_only / "rows.jsonl", Row("2", "a", True, "a"))
    with pytest.raises(StorageError, match=r"events\.jsonl: the folder cannot be written"):
        add_event(read_only, "started")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_line_that_does_not_fit_on_the_disk_is_reported() -> None:
    with pytest.raises(StorageError, match="the disk is full"):
        append_json(Path("/dev/full"), {"id": 1})
