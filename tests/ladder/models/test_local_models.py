"""Local models, on a random two-layer Llama in float32."""

from __future__ import annotations

import gc
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelError
from ladder.models import load_generator
from ladder.models.fakes import tiny_adapter, tiny_llama
from ladder.models.local_model import LocalModel


@pytest.fixture(scope="module")
def model(tiny_llama_folder: Path) -> Any:
    """Return a toy base."""
    model = LocalModel(tiny_llama_folder, "float32")
    yield model
    model.close()


@pytest.fixture(scope="module")
def adapters(
    model: LocalModel, tiny_llama_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """Return the names of two adapters of the toy base; loading one again changes nothing."""
    folders = [
        tiny_adapter(tiny_llama_folder, tmp_path_factory.mktemp("adapter"), seed) for seed in (1, 2)
    ]
    names = [model.add_adapter(folder) for folder in folders]
    assert [model.add_adapter(folder) for folder in folders] == names
    return names


def asked(model: LocalModel, text: str, **more: Any) -> Any:
    more.setdefault("max_new_tokens", 8)
    return model.submit(model.tokenizer(text)["input_ids"], **more)


def test_200_interleaved_requests_to_a_base_and_two_adapters_equal_the_sequential_answers(
    model: LocalModel, adapters: list[str]
) -> None:
    requests = [(f"request {n}", adapter) for n in range(67) for adapter in (None, *adapters)][:200]
    one_by_one = [
        asked(model, text, adapter=adapter, shared_prefix=7).result().token_ids
        for text, adapter in requests
    ]
    shuffled = random.Random(0).sample(range(200), 200)

    def ask(number: int) -> tuple[int, tuple[int, ...]]:
        text, adapter = requests[number]
        return number, asked(model, text, adapter=adapter, shared_prefix=7).result().token_ids

    with ThreadPoolExecutor(8) as pool:
        interleaved = dict(pool.map(ask, shuffled))
    assert [interleaved[n] for n in range(200)] == one_by_one
    for n in range(0, 198, 3):
        assert len(set(one_by_one[n : n + 3])) == 3, "base and adapters should differ"


def test_greedy_answers_equal_those_of_transformers(model: LocalModel) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    plain: Any = AutoModelForCausalLM.from_pretrained(
        model.tokenizer.name_or_path, dtype=torch.float32
    )
    for text in ("hello", "Text: a\nIntent:", "é" * 20):
        ids = model.tokenizer(text, return_tensors="pt")["input_ids"]
        out = plain.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False
        )[0, ids.shape[1] :].tolist()
        end = next((n for n, token in enumerate(out) if token in model._ends), len(out))
        assert list(asked(model, text, max_new_tokens=12).result().token_ids) == out[:end]


def test_an_adapter_of_another_base_is_a_sentence_and_the_base_answers_on(
    tiny_llama_folder: Path, tmp_path: Path
) -> None:
    wide = tiny_llama(tmp_path / "wide", hidden=64)
    folder = tiny_adapter(wide, tmp_path / "adapter")
    model = LocalModel(tiny_llama_folder, "float32")
    before = asked(model, "hello").result().token_ids
    with pytest.raises(ModelError, match="does not fit its base"):
        model.add_adapter(folder)
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(ModelError, match="lacks adapter_model"):
        model.add_adapter(folder)
    assert asked(model, "hello").result().token_ids == before
    model.close()


def test_a_shared_prefix_changes_no_answer_and_is_counted(tiny_llama_folder: Path) -> None:
    model = LocalModel(tiny_llama_folder, "float32")
    prompts = [f"The same beginning for all. Then {n} and {n * n}" for n in range(20)]
    without = [asked(model, text).result() for text in prompts]
    shared = [asked(model, text, shared_prefix=20).result() for text in prompts]
    assert [c.token_ids for c in shared] == [c.token_ids for c in without]
    assert [c.cached_tokens for c in without] == [0] * 20
    assert [c.cached_tokens for c in shared] == [0] + [20] * 19
    whole = asked(model, prompts[0], shared_prefix=10_000).result()
    assert whole.token_ids == without[0].token_ids
    model.close()


def test_stop_texts_lengths_and_counts_are_kept(model: LocalModel) -> None:
    full = asked(model, "some text", max_new_tokens=30).result()
    assert full.finish == "length"
    assert full.completion_tokens == len(full.token_ids) == 30
    assert full.prompt_tokens == 9
    assert full.seconds > 0
    stop = full.text[5:7]
    cut = asked(model, "some text", max_new_tokens=30, stop=[stop]).result()
    assert cut.finish == "stop"
    assert cut.text == full.text[: full.text.index(stop)]
    assert cut.completion_tokens < 30


def test_an_end_token_ends_the_answer_and_is_not_part_of_it(model: LocalModel) -> None:
    full = asked(model, "some text", max_new_tokens=10).result()
    ends = model._ends
    try:
        model._ends = ends | {full.token_ids[4]}
        cut = asked(model, "some text", max_new_tokens=10).result()
    finally:
        model._ends = ends
    assert cut.token_ids == full.token_ids[: full.token_ids.index(full.token_ids[4])]
    assert cut.finish == "stop"


def test_a_request_too_long_for_the_window_is_a_sentence_and_the_thread_lives_on(
    tiny_llama_folder: Path,
) -> None:
    generator = load_generator(f"path:{tiny_llama_folder}", "float32")
    long = [{"role": "plain", "content": "x" * 1020}]
    with pytest.raises(
        ModelError, match=r"1,028 tokens \(1,020 of prompt, 8 .*window has 1,024\. Show fewer"
    ):
        generator.complete(long, max_new_tokens=8)
    with pytest.raises(ModelError, match="Show fewer"):
        list(generator.stream(long, max_new_tokens=8))
    assert generator.complete(long, max_new_tokens=4).completion_tokens == 4
    with pytest.raises(ModelError, match="prompt is empty"):
        generator.complete([{"role": "plain", "content": ""}], max_new_tokens=4)


def test_what_goes_wrong_in_the_thread_reaches_the_caller(
    tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator: Any = load_generator(f"path:{tiny_llama_folder}", "float32")
    message = [{"role": "plain", "content": "x"}]

    def broken(*_: Any) -> Any:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(generator._model, "_read_prefix", broken)
        with pytest.raises(RuntimeError, match="out of memory"):
            generator.complete(message, max_new_tokens=4)
        with pytest.raises(RuntimeError, match="out of memory"):
            list(generator.stream(message, max_new_tokens=4))
    assert generator.complete(message, max_new_tokens=4).completion_tokens == 4


def test_streaming_gives_the_same_text_and_leaving_it_cancels(tiny_llama_folder: Path) -> None:
    generator = load_generator(f"path:{tiny_llama_folder}", "float32")
    message = [{"role": "plain", "content": "tell me"}]
    whole = generator.complete(message, max_new_tokens=40).text
    assert "".join(generator.stream(message, max_new_tokens=40)) == whole
    pieces: Any = generator.stream(message, max_new_tokens=900)
    assert whole.startswith(next(pieces))
    pieces.close()
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls == 3

    stopped = generator.complete(message, max_new_tokens=900, cancelled=cancelled)
    assert (stopped.completion_tokens, stopped.finish) == (3, "cancelled")


def test_a_loaded_generator_is_shared_and_carries_its_reasons(tiny_llama_folder: Path) -> None:
    reference = f"path:{tiny_llama_folder}"
    one = load_generator(reference, "float32")
    assert load_generator(reference, "float32") is one
    assert load_generator(reference, "bfloat16") is not one
    assert (one.reference, one.context) == (reference, 1024)
    assert (one.dtype, one.dtype_reason) == ("float32", "float32: set by hand")
    with pytest.raises(ModelError, match="choose auto, float32 or bfloat16"):
        load_generator(reference, "int8")


def test_a_model_nobody_holds_ends_its_thread(tmp_path: Path) -> None:
    model = LocalModel(tiny_llama(tmp_path / "dropped-model", seed=3), "float32")
    asked(model, "x").result()
    thread = model._thread._thread
    del model
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_a_folder_that_is_no_language_model_is_a_sentence_and_leaves_no_thread(
    tmp_path: Path, tiny_llama_folder: Path
) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        load_generator(f"path:{tmp_path}")
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ModelError, match="weights in safetensors"):
        load_generator(f"path:{tmp_path}")
    names = [thread.name for thread in threading.enumerate()]
    assert f"generation {tmp_path.name}" not in names


def test_pickled_weights_are_refused(tmp_path: Path, tiny_llama_folder: Path) -> None:
    import shutil

    import torch

    folder = shutil.copytree(tiny_llama_folder, tmp_path / "pickled")
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_generator(f"path:{folder}")
