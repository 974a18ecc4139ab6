"""Exports of the toy model: each format loads again, agrees with the run, or is refused."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ladder.answering import PromptSettings, Query, Setup
from ladder.errors import InputError, ModelError, StorageError
from ladder.jobs import RunContext
from ladder.models import load_generator
from ladder.models.fakes import tiny_llama
from ladder.models.places import locate
from ladder.models.quiet import quiet
from ladder.models.references import parse_reference
from ladder.models.runs import trained_setup
from ladder.project import TaskFolder
from ladder.prompt import encode, render
from training.export import FORMATS, export_run, parity
from training.export import export as module
from training.export.merge import merged, save_merged
from training.export.parity import Said, ask, check
from training.export.serving import Around, around, as_text, modelfile
from training.jobs import run_train
from training.recipe import Recipe, changed, recipe_for

Train = Callable[..., None]
ASKED = [{"role": "plain", "content": "Route it.\n\nText: card p0p\nLabel:"}]
MERGES = [("c", "a"), ("r", "d"), ("t", "h")]


@pytest.fixture(scope="session")
def paired_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the toy with a few tokens of two letters, as a GGUF file has to have."""
    return tiny_llama(tmp_path_factory.mktemp("paired"), merges=MERGES)


@pytest.fixture
def trained(run_of: Callable[[Recipe], RunContext], paired_llama: Path) -> Train:
    """Return a function that trains a short run, r1, with steps large enough to be seen."""

    def train(method: str = "lora", *settings: str) -> None:
        base = [f"model=path:{paired_llama}", "epochs=1", "dtype=float32", "batch_size=4"]
        rate = "learning_rate=0.1" if "tuning" in method else "learning_rate=0.01"
        recipe = recipe_for(method, "good")
        run_train(run_of(changed(recipe, [*base, rate, *settings])))

    return train


@pytest.fixture
def short_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold one token of eight items: the toy writes noise, which F16 turns token by token."""
    monkeypatch.setattr(parity, "ITEMS", 8)
    monkeypatch.setattr(parity, "TOKENS", 1)


def written(reference: str) -> tuple[int, ...]:
    return load_generator(reference, "float32").complete(ASKED, max_new_tokens=12).token_ids


@pytest.mark.parametrize("method", ["lora", "ia3", "last-k", "full"])
def test_a_merged_model_answers_as_the_run_and_is_an_ordinary_folder(
    method: str, route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained(method, *(["k=1"] if method == "last-k" else []))
    made = export_run(route, "r1", "merged", tmp_path / "out")
    assert [(p.agreeing, p.n) for p in made.parity] == [(30, 30)]
    assert {"config.json", "model.safetensors", "tokenizer.json", "card.md"} <= set(made.files)
    assert written(f"path:{tmp_path / 'out'}") == written("run:r1")


def test_weights_that_are_rounded_have_half_the_size_and_pass_the_same_gate(
    route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained()
    model, tokenizer = merged(locate(parse_reference("run:r1")))
    for dtype in ("float32", "bfloat16"):
        save_merged(model, tokenizer, tmp_path / dtype, dtype)
    sizes = [(tmp_path / d / "model.safetensors").stat().st_size for d in ("float32", "bfloat16")]
    assert sizes[1] < 0.6 * sizes[0]
    # The toy's answers are noise, which rounding does change: the gate has to say so.
    with pytest.raises(ModelError, match=r"of 30 validation.*take --dtype float32"):
        export_run(route, "r1", "merged", tmp_path / "out", "bfloat16")


@pytest.mark.parametrize("method", ["lora", "prefix-tuning", "prompt-tuning", "adapter", "last-k"])
def test_what_a_run_left_can_be_taken_along_as_it_is(
    method: str, route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained(method, *(["length=6"] if "tuning" in method else []))
    made = export_run(route, "r1", "adapter", tmp_path / "out")
    assert made.parity[0].good
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "PeftModel" in readme or method == "last-k"
    assert ("It is a soft prompt" in readme) == ("tuning" in method)
    assert "Text: THE TEXT THAT IS ASKED" in readme


def test_an_adapter_loads_in_peft_without_this_project(
    route: TaskFolder, trained: Train, paired_llama: Path, tmp_path: Path
) -> None:
    trained()
    export_run(route, "r1", "adapter", tmp_path / "out")
    with quiet():
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        make: Any = AutoModelForCausalLM
        model = PeftModel.from_pretrained(make.from_pretrained(paired_llama), tmp_path / "out")
        ids = encode(ASKED, AutoTokenizer.from_pretrained(paired_llama))
        with torch.inference_mode():
            first = int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
    assert first == written("run:r1")[0]


@pytest.mark.usefixtures("short_gate")
def test_a_gguf_file_answers_as_the_run(route: TaskFolder, trained: Train, tmp_path: Path) -> None:
    trained()
    made = export_run(route, "r1", "gguf", tmp_path / "out")
    assert [each.what for each in made.parity] == ["the merged model", "the GGUF file"]
    assert all(each.good for each in made.parity)
    assert sorted(made.files) == ["README.md", "card.md", "parity.json", "route-r1.gguf"]
    generator = load_generator(f"gguf:{tmp_path / 'out' / 'route-r1.gguf'}")
    own = load_generator("run:r1", "float32").complete(ASKED, max_new_tokens=1)
    assert generator.complete(ASKED, max_new_tokens=1).text == own.text.rstrip("\ufffd")


@pytest.mark.usefixtures("short_gate")
def test_a_model_with_stretched_positions_becomes_gguf_too(
    route: TaskFolder,
    run_of: Callable[[Recipe], RunContext],
    paired_llama: Path,
    tmp_path: Path,
) -> None:
    import shutil

    base = tmp_path / "llama3"
    shutil.copytree(paired_llama, base)
    config = json.loads((base / "config.json").read_text())
    config["rope_parameters"] = {
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
    }  # fmt: skip
    (base / "config.json").write_text(json.dumps(config))
    recipe = changed(
        recipe_for("lora"), [f"model=path:{base}", "epochs=1", "dtype=float32", "batch_size=4"]
    )
    run_train(run_of(recipe))
    assert all(each.good for each in export_run(route, "r1", "gguf", tmp_path / "out").parity)


@pytest.mark.usefixtures("short_gate")
def test_an_ollama_folder_says_the_prompt_as_it_was_trained(
    route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained()
    made = export_run(route, "r1", "ollama", tmp_path / "out")
    text = (tmp_path / "out" / "Modelfile").read_text()
    assert text.startswith("FROM ./route-r1.gguf\n")
    assert 'TEMPLATE """Route it.\n\nText: {{ .Prompt }}\nIntent:"""\n' in text
    assert 'PARAMETER stop "\n"\n' in text
    assert 'PARAMETER stop "<|im_end|>"\n' in text
    assert made.command == "ollama create route-r1 -f Modelfile"


def test_a_vllm_folder_has_the_model_and_its_command(
    route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained()
    made = export_run(route, "r1", "vllm", tmp_path / "out")
    assert made.command == (
        "vllm serve ./model --served-model-name route-r1 --dtype float32 --max-model-len 1024"
    )
    assert made.command in (tmp_path / "out" / "README.md").read_text()
    assert (tmp_path / "out" / "model" / "model.safetensors").is_file()


def test_the_chat_format_goes_through_the_models_own_template(
    route: TaskFolder, tiny_tokenizer: Any
) -> None:
    setup = Setup("generate", "route", prompt=PromptSettings(format="chat"))
    asked = around(setup, route.task, [], tiny_tokenizer)
    messages = render(setup, Query.of("", "my {{card}}"), task=route.task)
    assert asked.filled("my {{card}}") == as_text(messages, tiny_tokenizer)
    ids = tiny_tokenizer(asked.filled("my {{card}}"), add_special_tokens=False)["input_ids"]
    assert ids == encode(messages, tiny_tokenizer)


def test_a_modelfile_holds_any_prompt_or_says_that_it_cannot(route: TaskFolder) -> None:
    setup = Setup("generate", "route")
    text = modelfile("m.gguf", Around("a {{ b ", ":"), setup, route.task, ['<"e">'], 64)
    assert 'TEMPLATE """a {{ "{{" }} b {{ .Prompt }}:"""\n' in text
    assert 'PARAMETER stop """<"e">"""\n' in text
    with pytest.raises(ModelError, match="with which a Modelfile ends a text"):
        modelfile("m.gguf", Around('"""', ":"), setup, route.task, [], 64)


@pytest.mark.parametrize("method", ["prefix-tuning", "prompt-tuning", "adapter"])
def test_what_cannot_be_merged_is_refused_with_what_to_do_instead(
    method: str, route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained(method, *(["length=6"] if "tuning" in method else []))
    for format in ("merged", "gguf", "ollama", "vllm"):
        with pytest.raises(ModelError, match=r"cannot be merged.*Take --format adapter"):
            export_run(route, "r1", format, tmp_path / "out")
    assert not any(tmp_path.glob("*out*"))


def test_a_classifier_is_exported_as_an_adapter_and_as_nothing_else(
    route: TaskFolder, trained: Train, tmp_path: Path
) -> None:
    trained("classifier")
    with pytest.raises(ModelError, match=r"is a classifier.*--format adapter"):
        export_run(route, "r1", "gguf", tmp_path / "out")
    made = export_run(route, "r1", "adapter", tmp_path / "out")
    assert "labels.json" in made.files
    assert made.parity[0].agreeing == made.parity[0].n
    assert "AutoModelForSequenceClassification" in (tmp_path / "out" / "README.md").read_text()


def test_a_model_that_is_no_llama_is_refused_for_gguf() -> None:
    from training.export.gguf_file import refuse_no_llama

    with pytest.raises(ModelError, match=r"family qwen2.*convert_hf_to_gguf"):
        refuse_no_llama({"model_type": "qwen2"}, "run:r1")
    with pytest.raises(ModelError, match=r"stretches its positions by 'yarn'"):
        refuse_no_llama({"model_type": "llama", "rope_parameters": {"rope_type": "yarn"}}, "run:r1")


def test_a_wrong_export_is_caught_and_leaves_nothing(
    route: TaskFolder, trained: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    right = module.merged

    def forgets_the_adapter(place: Any) -> Any:
        from dataclasses import replace

        return right(replace(place, adapter=None))

    monkeypatch.setattr(module, "merged", forgets_the_adapter)
    with pytest.raises(ModelError, match=r"not the model that was trained.*first difference at t"):
        export_run(route, "r1", "merged", tmp_path / "out")
    assert not any(tmp_path.glob("*out*"))


@pytest.mark.usefixtures("short_gate")
def test_a_wrong_gguf_file_is_caught_where_the_merged_model_is_right(
    route: TaskFolder, trained: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    monkeypatch.setattr("training.export.gguf_file._permuted", lambda values, heads: values)
    with pytest.raises(ModelError, match=r"The GGUF file agrees with the run on \d of 8"):
        export_run(route, "r1", "gguf", tmp_path / "out")
    assert not any(tmp_path.glob("*out*"))


def test_one_of_fifty_may_differ_and_two_may_not(route: TaskFolder, trained: Train) -> None:
    from ladder.project import Example

    trained()
    asked = ask(route, trained_setup("run:r1"))
    rows = tuple(Example(f"e{i}", f"text {i}", "card") for i in range(50))
    asked = type(asked)(asked.folder, asked.setup, rows)
    run = [Said(f"a{i}", (i,)) for i in range(50)]
    one = check("it", asked, run, [Said("x", (99,)), *run[1:]])
    assert (one.agreeing, one.needed, one.item) == (49, 49, "e0")
    with pytest.raises(ModelError, match=r"on 48 of 50.*first difference at e0: the run says 'a0'"):
        check("it", asked, run, [Said("x", (98,)), Said("y", (99,)), *run[2:]])
    fewer = type(asked)(asked.folder, asked.setup, rows[:49])
    with pytest.raises(ModelError, match="on 48 of 49"):
        check("it", fewer, run[:49], [Said("x", (99,)), *run[1:49]])


def test_the_same_label_is_the_same_answer_whatever_follows() -> None:
    assert Said("card, I think", (1, 2), "card").agrees(Said("card", (3,), "card"))
    assert not Said("card", (1, 2), "card").agrees(Said("refund", (1, 3), "refund"))
    assert Said("so \ufffd", (), None).agrees(Said("so ", (4, 5), None))
    assert Said("so so", (), None).agrees(Said("so so", (4, 5), None))
    assert not Said("so so", (4, 6), None).agrees(Said("so so", (4, 5), None))


def test_no_test_example_is_asked(route: TaskFolder, trained: Train) -> None:
    trained()
    asked = {each.id for each in ask(route, trained_setup("run:r1")).examples}
    assert asked
    assert not asked & set(route.split().test)


def test_a_full_disk_leaves_no_half_export(
    route: TaskFolder, trained: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_json", full)
    with pytest.raises(StorageError, match="the disk is full"):
        export_run(route, "r1", "merged", tmp_path / "out")
    assert not any(tmp_path.glob("*out*"))


def test_a_disk_without_room_is_refused_before_anything_is_written(
    route: TaskFolder, trained: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10, 10, 1000))
    with pytest.raises(StorageError, match=r"takes 0\.0 GB and .* has 0\.0 GB free"):
        export_run(route, "r1", "merged", tmp_path / "out")


def test_nothing_is_overwritten(route: TaskFolder, trained: Train, tmp_path: Path) -> None:
    trained()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="nothing is overwritten"):
        export_run(route, "r1", "adapter", tmp_path / "out")
    with pytest.raises(InputError, match='no format "zip"'):
        export_run(route, "r1", "zip", tmp_path / "new")  # type: ignore[arg-type]
    with pytest.raises(InputError, match='dtype is "int8"'):
        export_run(route, "r1", "merged", tmp_path / "new", "int8")


@pytest.mark.usefixtures("short_gate")
def test_no_export_names_a_path_of_this_machine(
    route: TaskFolder, trained: Train, paired_llama: Path, tmp_path: Path
) -> None:
    trained()
    for format in FORMATS:
        export_run(route, "r1", format, tmp_path / format)
    texts = [
        file
        for file in tmp_path.rglob("*")
        if file.suffix in (".json", ".md", ".jinja", "") and file.is_file()
        and file.relative_to(tmp_path).parts[0] in FORMATS
        and file.name != "card.md"  # names the base as the recipe does
    ]  # fmt: skip
    assert len(texts) > 10
    assert [f for f in texts if str(paired_llama) in f.read_text(encoding="utf-8")] == []
