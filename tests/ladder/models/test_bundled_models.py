"""The bundled models; those that compute with them are marked real."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ladder.errors import ModelError, StorageError
from ladder.models import bundled, load_generator
from ladder.models import test_model as try_model
from ladder.models.fakes import tiny_llama
from ladder.prompt import shared_tokens

TEXT = "release"


@pytest.fixture
def toy(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the bundled file be a small one, and its conversion write a toy model."""
    monkeypatch.delenv("LADDER_MODELS")
    package = tmp_path / "package"
    package.mkdir()
    source = package / bundled._GGUF[1]
    source.write_text(TEXT)
    made: list[Path] = []

    def convert(file: Path, folder: Path) -> None:
        made.append(folder)
        tiny_llama(folder)

    monkeypatch.setattr(bundled, "_package", lambda name: package)
    monkeypatch.setattr(bundled, "_GGUF_SHA256", hashlib.sha256(TEXT.encode()).hexdigest())
    monkeypatch.setattr(bundled, "_convert", convert)
    return SimpleNamespace(source=source, made=made, folder=home / "models")


def test_the_generator_is_made_ready_once_and_loads_from_there(toy: Any) -> None:
    said: list[str] = []
    folder = bundled.prepare(said.append)
    assert folder == toy.folder / "smollm2-135m-instruct"
    assert bundled.generator_folder() == folder
    bundled.prepare()
    assert len(toy.made) == 1
    assert said[-1] == "smollm2-135m-instruct is ready."
    assert sorted(p.name for p in toy.folder.iterdir()) == [".lock", "smollm2-135m-instruct"]


def test_a_missing_or_shortened_file_is_noticed_and_made_again(toy: Any) -> None:
    weights = bundled.prepare() / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert bundled.generator_folder() == weights.parent
    weights.unlink()
    bundled.prepare()
    assert len(toy.made) == 3
    assert weights.is_file()


def test_a_changed_byte_is_found_by_verifying(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = toy.source.parent / "model" / "model.safetensors"
    embedder.parent.mkdir()
    embedder.write_bytes(b"vectors")
    digest = hashlib.sha256(b"vectors").hexdigest()
    monkeypatch.setattr(bundled, "_EMBEDDER_SHA256", digest)
    with pytest.raises(ModelError, match="is not ready"):
        bundled.verify()
    weights = bundled.prepare() / "model.safetensors"
    bundled.verify()
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged; delete"):
        bundled.verify()
    embedder.write_bytes(b"other")
    with pytest.raises(ModelError, match="all-minilm-l6-v2 are damaged"):
        bundled.verify()


def test_another_file_than_the_released_one_is_refused(toy: Any) -> None:
    toy.source.write_text("tampered")
    with pytest.raises(ModelError, match="damaged or another file"):
        bundled.prepare()
    assert toy.made == []


def test_a_missing_package_says_how_to_get_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LADDER_MODELS")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for function in (bundled.prepare, bundled.embedder_folder, bundled.gguf_file):
        with pytest.raises(ModelError, match="not installed; run `make models`"):
            function()


def test_too_little_disk_is_said_before_anything_is_written(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=5_000_000))
    with pytest.raises(StorageError, match=r"has 0\.0 GB free"):
        bundled.prepare()
    assert toy.made == []


def test_a_conversion_that_fails_leaves_nothing_behind(
    toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(file: Path, folder: Path) -> None:
        (folder / "model.safetensors").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundled, "_convert", fail)
    with pytest.raises(StorageError, match="disk is full"):
        bundled.prepare()
    assert [p.name for p in toy.folder.iterdir()] == [".lock"]


@pytest.mark.real
def test_the_bundled_models_are_what_was_released(bundled_models: Path) -> None:
    bundled.verify()


@pytest.mark.real
def test_the_rehearsal_model_follows_examples(bundled_models: Path, home: Path) -> None:
    generator = load_generator("smollm2-135m-instruct", "float32")
    shots = [("I was charged twice", "double_charge"), ("My card never came", "card_arrival"),
             ("The card has not arrived", "card_arrival")]  # fmt: skip
    text = "\n\n".join(f"Text: {a}\nIntent: {b}" for a, b in shots)
    prompt = [{"role": "plain", "content": f"{text}\n\nText: Where is my new card?\nIntent:"}]
    done = generator.complete(prompt, max_new_tokens=16, stop=["\n"])
    assert done.text.strip() == "card_arrival"
    assert generator.title == "rehearsal model, 135M"
    assert generator.context == 8192


@pytest.mark.real
def test_a_shared_prefix_changes_no_answer_of_the_rehearsal_model(
    bundled_models: Path, home: Path
) -> None:
    generator = load_generator("smollm2-135m-instruct", "float32")
    system = {"role": "system", "content": "You are a careful assistant of a bank. " * 4}
    prompts = [
        [system, {"role": "user", "content": text}]
        for text in ("Name a colour.", "What is a refund?", "Say hello in French.")
    ]
    ids = [generator.encode(prompt) for prompt in prompts]
    shared = shared_tokens(shared_tokens_of(ids[0], ids[1]), ids[2])
    assert shared > 30
    for reuse in (False, True, True):
        plain = [generator.complete(p, max_new_tokens=12).token_ids for p in prompts]
        cached = [generator.complete(p, max_new_tokens=12, shared_prefix=shared) for p in prompts]
        assert [c.token_ids for c in cached] == plain
        if reuse:
            assert [c.cached_tokens for c in cached] == [shared] * 3
            break


@pytest.mark.real
def test_trying_the_rehearsal_model_gives_its_speed(bundled_models: Path, home: Path) -> None:
    tried = try_model("smollm2-135m-instruct")
    assert tried.ok, tried.sentence
    assert tried.tokens_per_second is not None
    assert tried.tokens_per_second > 0
    for reference in ("all-minilm-l6-v2", f"path:{bundled.embedder_folder()}"):
        assert try_model(reference).sentence == "It embeds a text in 384 numbers."


def shared_tokens_of(left: list[int], right: list[int]) -> list[int]:
    return left[: shared_tokens(left, right)]
