from __future__ import annotations

from dataclasses import fields

import pytest
import yaml

from ladder.errors import InputError, ModelError
from training.base import shape_of
from training.choices import resolve
from training.methods.lora import Lora
from training.recipe import (
    METHODS,
    PRESETS,
    TRAINED,
    Recipe,
    changed,
    help_texts,
    recipe_for,
    recipe_from,
)


@pytest.mark.parametrize("method", TRAINED)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_goes_through_yaml_and_back(method: str, preset: str) -> None:
    recipe = recipe_for(method, preset)
    assert Recipe.from_dict(yaml.safe_load(recipe.to_yaml({"rank": "a reason: with #"}))) == recipe
    assert recipe.method == method


def test_the_quick_preset_is_at_most_15_000_tokens() -> None:
    assert recipe_for("lora", "quick").max_tokens == 15_000
    assert recipe_for("classifier", "quick").max_tokens == 15_000


def test_every_field_has_its_help() -> None:
    for cls in METHODS.values():
        texts = help_texts(cls)
        assert set(texts) == {field.name for field in fields(cls)}
        assert all(text.endswith((".", '.".', '".')) for text in texts.values()), texts


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["rank=0"], "rank is 0; give a number from 1 to 512"),
        (["dropout=1"], "dropout is 1; give a number from 0 to 0.9"),
        (["epochs=many"], "epochs is 'many'; give a value of type int or none"),
        (["batch_size=true"], "batch_size is True"),
        (["speed=9"], 'no setting "speed" in a lora recipe; there are head, model'),
        (["rank"], '"rank" is no setting; write it as key=value'),
        (["targets=all"], "targets is 'all'; choose all-linear or attention"),
        (["model=gguf:x.gguf"], "whose weights cannot be trained here"),
        (["model=all-minilm-l6-v2"], "is an encoder and cannot write; set head to classify"),
        (["head=classify", "format=chat"], "has its labels as outputs"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(settings: list[str], words: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(recipe_for("lora"), settings)
    assert words in str(caught.value)


def test_a_number_may_be_written_with_an_exponent_and_auto_leaves_it_open() -> None:
    recipe = changed(recipe_for("lora"), ["learning_rate=3e-4", "warmup=0"])
    assert (recipe.learning_rate, recipe.warmup) == (3e-4, 0.0)
    assert changed(recipe, ["learning_rate=auto"]).learning_rate is None


def test_open_choices_are_made_with_a_reason_and_choices_by_hand_stay() -> None:
    recipe, why = resolve(recipe_for("lora", "good"), 2500, shape_of("hf:org/model-7B"))
    assert isinstance(recipe, Lora)
    assert (recipe.epochs, recipe.learning_rate, recipe.alpha) == (3, 2e-4, 32)
    assert set(why) == {"epochs", "learning_rate", "alpha"}
    by_hand = changed(recipe_for("lora"), ["epochs=2", "learning_rate=1e-5", "alpha=8"])
    kept, why = resolve(by_hand, 36, shape_of("smollm2-135m-instruct"))
    assert isinstance(kept, Lora)
    assert (kept.epochs, kept.learning_rate, kept.alpha, why) == (2, 1e-5, 8, {})


def test_few_examples_are_seen_more_often() -> None:
    few, _ = resolve(recipe_for("lora", "good"), 36, shape_of("smollm2-135m-instruct"))
    assert few.epochs == 10


def test_a_head_of_many_labels_takes_more_steps_than_one_of_few() -> None:
    shape = shape_of("all-minilm-l6-v2")
    many, why = resolve(recipe_for("classifier", "good"), 900, shape, labels=77)
    few, _ = resolve(recipe_for("classifier", "good"), 900, shape, labels=4)
    assert (many.epochs, few.epochs) == (14, 3)
    assert "20 for each of 77 labels" in why["epochs"]


@pytest.mark.parametrize("made", [("lora", "tiny"), ("dpo", "quick")])
def test_an_unknown_method_or_preset_names_those_there_are(made: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="choose"):
        recipe_for(*made)


def test_a_recipe_from_before_methods_had_a_name_is_a_loras_or_a_classifiers() -> None:
    old = {"head": "generate", "model": "smollm2-135m-instruct", "rank": 8, "epochs": 2}
    assert Recipe.from_dict(old) == Lora(rank=8, epochs=2)
    assert Recipe.from_dict(old | {"head": "classify"}).method == "classifier"


def test_a_method_names_its_own_settings_and_refuses_those_of_others() -> None:
    with pytest.raises(InputError, match='no setting "rank" in a ia3 recipe'):
        changed(recipe_for("ia3"), ["rank=4"])
    with pytest.raises(InputError, match="prefix a second time; set gradient_checkpointing"):
        changed(recipe_for("prefix-tuning"), ["gradient_checkpointing=true"])
    with pytest.raises(InputError, match="prompt-tuning has no head classify"):
        changed(recipe_for("prompt-tuning"), ["head=classify"])
    assert recipe_from("ia3", "quick", {"head": "classify"}).method == "classifier"
    with pytest.raises(InputError, match="has method: ia3, which trains a ia3, and the method ask"):
        recipe_from("full", "quick", {"method": "ia3"})


def test_the_methods_are_those_of_the_ladder_and_of_the_command() -> None:
    from ladder.commands_train import Method
    from ladder.costs import trainable
    from ladder.methods import TRAINED as LISTED

    assert TRAINED.keys() == LISTED.keys() == {method.value for method in Method}
    assert METHODS.keys() == trainable.TRAINED.keys()


def test_every_automatic_choice_has_its_reason() -> None:
    for method in METHODS:
        for size in ("hf:org/model-7B", "smollm2-135m-instruct"):
            recipe, why = resolve(recipe_for(method, "good"), 500, shape_of(size))
            assert recipe.learning_rate is not None
            assert recipe.epochs is not None
            assert {"epochs", "learning_rate"} <= why.keys()


def test_without_a_gpu_qlora_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ModelError, match=r"needs an NVIDIA GPU .*Take --method lora"):
        recipe_for("qlora").refuse_here()
    recipe_for("lora").refuse_here()
