"""A model's fingerprint follows its files, and asks neither torch nor a network for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ladder.models.fingerprint import dtype_here, fingerprint


def test_a_folder_s_fingerprint_changes_with_its_weights_and_settings_alone(
    tmp_path: Path, tiny_llama_folder: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        shutil.copytree(tiny_llama_folder, folder)
    first = fingerprint(f"path:{one}")
    assert len(first) == 16
    assert fingerprint(f"path:{other}") == first, "where it lies decides nothing"
    (other / "notes.md").write_text("Do not forget.")
    assert fingerprint(f"path:{other}") == first
    weights = other / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    second = fingerprint(f"path:{other}")
    (one / "generation_config.json").write_text("{}")
    assert len({first, second, fingerprint(f"path:{one}")}) == 3


def test_large_weights_are_known_by_size_and_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ladder.models.fingerprint._READ_WHOLE", 10)
    file = tmp_path / "m.gguf"
    file.write_bytes(b"weights " * 10)
    first = fingerprint(f"gguf:{file}")
    assert fingerprint(f"gguf:{file}") == first
    os.utime(file, (1, 1))
    assert fingerprint(f"gguf:{file}") != first


def test_a_run_s_fingerprint_follows_its_adapter_and_its_base(
    home: Path, tmp_path: Path, tiny_llama_folder: Path
) -> None:
    from ladder.models.fakes import tiny_adapter
    from ladder.project import create_project

    base = tmp_path / "base"
    shutil.copytree(tiny_llama_folder, base)
    run = create_project("shop").runs_folder / "lora"
    tiny_adapter(base, run / "adapter", seed=5)
    (run / "setup.yaml").write_text(f"model: path:{base}")
    found = [fingerprint("run:lora")]
    shutil.rmtree(run / "adapter")
    tiny_adapter(base, run / "adapter", seed=6)
    found.append(fingerprint("run:lora"))
    (base / "generation_config.json").write_text("{}")
    found.append(fingerprint("run:lora"))
    assert len(set(found)) == 3
    assert fingerprint(f"path:{base}") not in found


def test_a_model_of_the_hub_is_known_by_the_names_of_its_blobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def downloaded(revision: str, blob: str) -> str:
        cache = tmp_path / revision[0]
        model = cache / "models--org--tiny"
        for folder in ("blobs", "refs", f"snapshots/{revision}"):
            (model / folder).mkdir(parents=True)
        (model / "blobs" / blob).write_text("{}")
        (model / "refs" / "main").write_text(revision)
        (model / "snapshots" / revision / "config.json").symlink_to(f"../../blobs/{blob}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
        return fingerprint("hf:org/tiny")

    one, same, other = (
        downloaded("a" * 40, "f1"),
        downloaded("b" * 40, "f1"),
        downloaded("c" * 40, "f2"),
    )
    assert one == same
    assert "" not in {one, other}
    assert one != other


def test_what_has_no_files_here_has_no_fingerprint_and_no_arithmetic(home: Path) -> None:
    for reference in (None, "m", "server:m@http://localhost:1/v1", "path:/nowhere", "run:none"):
        assert fingerprint(reference) == ""
    for reference in (None, "m", "server:m@http://localhost:1/v1", "gguf:m.gguf"):
        assert dtype_here(reference, "auto") == ""
    assert dtype_here("path:/nowhere", "float32") == "float32"
    assert len({fingerprint("smollm2-135m-instruct"), fingerprint("all-minilm-l6-v2"), ""}) == 3
