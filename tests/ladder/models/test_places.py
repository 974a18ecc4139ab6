"""Where local models lie: runs of the workspace, the download cache, folders."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from ladder.errors import ModelError
from ladder.models import available, load_generator, parse_reference
from ladder.models.catalogue import can_be_had
from ladder.models.fakes import tiny_adapter
from ladder.models.places import locate
from ladder.models.quiet import quiet

PROMPT = [{"role": "plain", "content": "some text"}]


@pytest.fixture
def run(home: Path, tiny_llama_folder: Path) -> Path:
    """Return the folder of a run that left an adapter of the toy Llama."""
    from ladder.project import create_project

    folder = create_project("shop").runs_folder / "20261122-lora"
    tiny_adapter(tiny_llama_folder, folder / "adapter", seed=5)
    (folder / "setup.yaml").write_text(yaml.safe_dump({"model": f"path:{tiny_llama_folder}"}))
    return folder


def test_a_run_answers_with_its_adapter_on_its_base(run: Path, tiny_llama_folder: Path) -> None:
    base = load_generator(f"path:{tiny_llama_folder}", "float32")
    tuned: Any = load_generator("run:20261122-lora", "float32")
    assert tuned._model is base._model, "one base in memory"
    assert tuned.title == f"run 20261122-lora on {tiny_llama_folder.name}"
    one, other = (model.complete(PROMPT, max_new_tokens=8) for model in (base, tuned))
    assert one.token_ids != other.token_ids
    assert base.complete(PROMPT, max_new_tokens=8).token_ids == one.token_ids


def test_a_run_s_adapter_answers_as_peft_itself_would(run: Path, tiny_llama_folder: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with quiet():
        base: Any = AutoModelForCausalLM.from_pretrained(tiny_llama_folder, dtype=torch.float32)
        model: Any = PeftModel.from_pretrained(base, str(run / "adapter"))
    ids = AutoTokenizer.from_pretrained(tiny_llama_folder)("some text", return_tensors="pt")
    with torch.inference_mode():
        expected = int(model(input_ids=ids["input_ids"]).logits[0, -1].argmax())
    tuned = load_generator("run:20261122-lora", "float32")
    assert tuned.complete(PROMPT, max_new_tokens=1).token_ids == (expected,)


def test_a_run_that_holds_a_whole_model_is_loaded_from_it(
    run: Path, tiny_llama_folder: Path
) -> None:
    whole = run.parent / "20261122-full"
    shutil.copytree(tiny_llama_folder, whole / "model")
    assert locate(parse_reference("run:20261122-full")).folder == whole / "model"


def test_the_adapter_s_own_config_names_the_base_where_no_setup_does(run: Path) -> None:
    (run / "setup.yaml").unlink()
    config = json.loads((run / "adapter" / "adapter_config.json").read_text())
    file = run / "adapter" / "adapter_config.json"
    file.write_text(json.dumps(config | {"base_model_name_or_path": "hf:org/none"}))
    with pytest.raises(ModelError, match="hf:org/none is not downloaded"):
        locate(parse_reference("run:20261122-lora"))
    # A bare path inside a file is never followed.
    file.write_text(json.dumps(config | {"base_model_name_or_path": "/etc"}))
    with pytest.raises(ModelError, match="does not say which model"):
        locate(parse_reference("run:20261122-lora"))


def test_runs_that_cannot_answer_say_why_and_which_can(run: Path) -> None:
    with pytest.raises(ModelError, match=r"no run missing .*can answer: run:20261122-lora"):
        load_generator("run:missing")
    (run.parent / "empty").mkdir()
    with pytest.raises(ModelError, match="neither adapter/ nor model/"):
        load_generator("run:empty")
    (run / "setup.yaml").write_text("model: run:other")
    with pytest.raises(ModelError, match="on run:other, which cannot be had: There is no run"):
        load_generator("run:20261122-lora")
    shutil.copytree(run, run.parent / "other")
    (run.parent / "other" / "setup.yaml").write_text("model: smollm2-135m-instruct")
    with pytest.raises(ModelError, match="which is not a base model"):
        load_generator("run:20261122-lora")


def test_a_soft_prompt_without_its_numbers_is_refused(run: Path) -> None:
    file = run / "adapter" / "adapter_config.json"
    file.write_text(
        json.dumps(
            {"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 2}
        )
    )
    with pytest.raises(ModelError, match="does not fit its base"):
        load_generator("run:20261122-lora", "float32")


def test_a_model_that_was_not_downloaded_says_which_references_can_be_had(home: Path) -> None:
    with pytest.raises(
        ModelError, match=r"hf:org/none is not downloaded.*these can be had here: .*path:FOLDER"
    ):
        load_generator("hf:org/none")


def test_a_downloaded_model_is_found_and_listed_without_the_network(
    home: Path, tmp_path: Path, tiny_llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "hub"
    revision = "a" * 40
    shutil.copytree(tiny_llama_folder, cache / "models--org--tiny" / "snapshots" / revision)
    refs = cache / "models--org--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text(revision)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    assert load_generator("hf:org/tiny", "float32").complete(PROMPT, max_new_tokens=2).text
    (card,) = [card for card in available() if card.reference.startswith("hf:")]
    assert (card.reference, card.kind, card.context) == ("hf:org/tiny", "generator", 1024)


def test_the_table_of_models_lists_bundled_ones_runs_and_servers(run: Path) -> None:
    from ladder.models import add_server

    add_server("qwen3", "http://localhost:11434/v1")
    cards = {card.reference: card for card in available()}
    assert cards["run:20261122-lora"].where == "run of shop"
    assert cards["server:qwen3@http://localhost:11434/v1"].note == "no key"
    assert cards["all-minilm-l6-v2"].kind == "embedder"
    assert cards["smollm2-135m-instruct"].title == "rehearsal model, 135M"
    assert "run:20261122-lora" in can_be_had("generator")
    assert "run:20261122-lora" not in can_be_had("embedder")


@pytest.mark.parametrize("text", ["model: [", "model: \x00", b"\xff\xfe\xfa"])
def test_a_damaged_setup_of_a_run_is_said_to_be_one(run: Path, text: str | bytes) -> None:
    (run / "setup.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=r"run:20261122-lora cannot be loaded: setup\.yaml is dam"):
        locate(parse_reference("run:20261122-lora"))


@pytest.mark.parametrize("text", ['{"base_model', "[]"])
def test_a_damaged_adapter_of_a_run_is_said_to_be_one(run: Path, text: str) -> None:
    (run / "setup.yaml").unlink()
    (run / "adapter" / "adapter_config.json").write_text(text)
    with pytest.raises(ModelError, match=r"is damaged|does not say which model"):
        locate(parse_reference("run:20261122-lora"))
