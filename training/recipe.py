"""The recipe of a training run: one frozen dataclass with three faces.

It is the YAML file, the options of `ladder train` and the form of the Train page. A field's
docstring is its help text; a value that cannot be is refused with the remedy; a value left at
"auto" (None) is chosen when the data is known, and the reason is kept beside it.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ladder.errors import InputError
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL

__all__ = [
    "PRESETS",
    "TRAINED",
    "Recipe",
    "changed",
    "choices_of",
    "help_texts",
    "recipe_for",
    "recipe_from",
    "settings_of",
]


@dataclass(frozen=True)
class Recipe:
    """How a LoRA is trained; None leaves a choice to what the data and the model suggest."""

    head: Literal["generate", "classify"] = "generate"
    """"generate" teaches the model to write the answer; "classify" gives it one output a label."""
    model: str = DEFAULT_MODEL
    """The base model: a bundled name, hf:ORG/NAME or path:FOLDER."""
    epochs: int | None = None
    """How often each training example is seen, 1 to 100."""
    max_tokens: int | None = None
    """Stop after this many tokens, prompts and padding included; none is no limit."""
    learning_rate: float | None = None
    """How far each step goes; too high forgets, too low learns nothing."""
    rank: int = 16
    """Size of the added weights; more can learn more and takes more memory."""
    alpha: int | None = None
    """Scale of the added weights."""
    dropout: float = 0.05
    """Share of the added weights' inputs that is left out at each step, against rote learning."""
    targets: Literal["all-linear", "attention"] = "all-linear"
    """Which weights get an adapter: all linear layers, or those of attention alone."""
    batch_size: int = 8
    """Examples a step."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate falls over the run."""
    warmup: float = 0.05
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = 0.0
    """Pulls the added weights towards zero at each step."""
    longest: int = 1024
    """Longest example in tokens; what is longer is left out and counted."""
    format: Literal["plain", "chat"] = "plain"
    """How the task is put to the model; "chat" needs a chat template and costs more tokens."""
    show_labels: bool = False
    """List the labels in every prompt; costs their tokens at each example and each call."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; "auto" takes bfloat16 where the processor is fast at it."""
    checkpoint_seconds: int = 60
    """How often the run is saved so that it can go on after a crash; 0 is every step."""
    seed: int = 0
    """Seed of the order of examples and of the first weights."""

    def __post_init__(self) -> None:
        for name, allowed in choices_of(type(self)).items():
            if (value := getattr(self, name)) not in allowed:
                raise InputError(f"{name} is {value!r}; choose {' or '.join(allowed)}.")
        self._check("epochs", 1, 100)
        self._check("max_tokens", 100, 10**12)
        self._check("learning_rate", 1e-7, 0.1)
        self._check("rank", 1, 512)
        self._check("alpha", 1, 4096)
        self._check("dropout", 0.0, 0.9)
        self._check("batch_size", 1, 1024)
        self._check("warmup", 0.0, 0.9)
        self._check("weight_decay", 0.0, 10.0)
        self._check("longest", 16, 1_000_000)
        self._check("checkpoint_seconds", 0, 86_400)
        self._check("seed", 0, 2**31 - 1)
        if self.model.startswith(("gguf:", "server:", "run:")):
            raise InputError(
                f"model is {self.model}, whose weights cannot be trained here; name a bundled "
                "model, hf:ORG/NAME or path:FOLDER."
            )
        if self.head == "generate" and self.model == DEFAULT_EMBEDDER:
            raise InputError(
                f"{self.model} is an encoder and cannot write; set head to classify, or model to "
                f"{DEFAULT_MODEL}."
            )
        if self.head == "classify" and (self.show_labels or self.format != "plain"):
            raise InputError(
                "A classify head has its labels as outputs and no chat; set format to plain and "
                "show_labels to false."
            )

    @property
    def method(self) -> str:
        """Return the runnable name of the method that this recipe trains."""
        return "classifier" if self.head == "classify" else "lora"

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain data."""
        return asdict(self)

    def to_yaml(self, reasons: Mapping[str, str] | None = None) -> str:
        """Return the recipe as YAML; reasons stand beside their values as comments."""
        import yaml

        why = {field: reason.replace("\n", " ") for field, reason in (reasons or {}).items()}
        lines = []
        for name, value in self.to_dict().items():
            line = yaml.safe_dump({name: value}, allow_unicode=True, width=1000).rstrip("\n")
            lines.append(f"{line}  # {why[name]}" if name in why else line)
        return "\n".join(lines) + "\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Build a recipe from plain data.

        Raises:
            InputError: a key is unknown, or a value is not of its type or out of range.
        """
        hints = get_type_hints(cls)
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(data) - set(known)):
            raise InputError(
                f'There is no setting "{unknown[0]}" in a recipe; there are {", ".join(known)}.'
            )
        return cls(**{name: _typed(name, value, hints[name]) for name, value in data.items()})

    def _check(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        if value is not None and not low <= value <= high:
            raise InputError(f"{name} is {value:g}; give a number from {low:g} to {high:g}.")


TRAINED: dict[str, dict[str, Any]] = {
    "lora": {"head": "generate", "model": DEFAULT_MODEL},
    "classifier": {"head": "classify", "model": DEFAULT_EMBEDDER},
}
"""The methods that train, and what each sets in the recipe."""

PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"max_tokens": 15_000},
    "good": {},
}
"""The sizes of a run: "quick" looks whether it works at all, "good" is meant to be measured."""


def recipe_for(method: str, preset: str = "quick") -> Recipe:
    """Return the recipe of a method and a preset.

    Raises:
        InputError: there is no such method or preset.
    """
    if method not in TRAINED:
        raise InputError(f'"{method}" cannot be trained; choose {" or ".join(TRAINED)}.')
    if preset not in PRESETS:
        raise InputError(f'There is no preset "{preset}"; choose {" or ".join(PRESETS)}.')
    return Recipe.from_dict(TRAINED[method] | PRESETS[preset])


def recipe_from(method: str | None, preset: str, given: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a file or settings make over a method's and a preset's.

    What is not given is as the method has it.

    Args:
        method: what is asked to be trained; None for what `given` trains, else a LoRA.
        preset: the size of the run.
        given: fields of the recipe.

    Raises:
        InputError: `given` trains by another method than the one asked, or cannot be.
    """
    head = given.get("head")
    own = next((name for name, fixed in TRAINED.items() if fixed["head"] == head), None)
    if method is not None and own not in (None, method):
        raise InputError(
            f"The recipe has head: {head}, which trains a {own}, and the method asked for is "
            f"{method}; leave --method out, or set head to {TRAINED[method]['head']}."
        )
    return Recipe.from_dict(recipe_for(method or own or "lora", preset).to_dict() | dict(given))


def changed(recipe: Recipe, settings: list[str]) -> Recipe:
    """Return the recipe with settings written as `key=value`; see `settings_of`.

    Raises:
        InputError: one is not of that form, unknown, or cannot be.
    """
    return Recipe.from_dict(recipe.to_dict() | settings_of(settings))


def settings_of(settings: list[str]) -> dict[str, Any]:
    """Return settings written as `key=value` by their names; `auto` leaves a choice open.

    Raises:
        InputError: one is not of that form.
    """
    import yaml

    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f'"{setting}" is no setting; write it as key=value.')
        hint = get_type_hints(Recipe).get(name.strip())
        try:
            value: Any = yaml.safe_load(text)
        except yaml.YAMLError:
            value = text
        if hint is str or get_origin(hint) is Literal:
            value = text.strip()
        elif value == "auto":
            value = None
        values[name.strip()] = value
    return values


def choices_of(cls: type) -> dict[str, tuple[str, ...]]:
    """Return the fields that take one of a few words, with the words."""
    hints = get_type_hints(cls)
    return {name: get_args(h) for name, h in hints.items() if get_origin(h) is Literal}


@cache
def help_texts() -> dict[str, str]:
    """Return the help text of every field: the docstring under it."""
    body = ast.parse(inspect.getsource(Recipe)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        documented = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and documented:
            texts[field.target.id] = " ".join(str(text.value.value).split())  # type: ignore[attr-defined]
    return texts


def with_reason(recipe: Recipe, why: dict[str, str], name: str, value: Any, reason: str) -> Recipe:
    """Return the recipe with an open choice made, and note why; one made by hand stays."""
    if getattr(recipe, name) is not None:
        return recipe
    why[name] = reason
    made: Recipe = replace(recipe, **{name: value})
    return made


def _typed(name: str, value: Any, hint: Any) -> Any:
    """Return a value as its field's type, or refuse it."""
    if get_origin(hint) is Literal:
        return value
    allowed = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if value is None and type(None) in allowed:
        return None
    for kind in allowed:
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if kind is float and isinstance(value, str):  # YAML reads 2e-4 as text
            try:
                return float(value)
            except ValueError:
                continue
        if kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind in (str, bool) and isinstance(value, kind):
            return value
    names = " or ".join("none" if k is type(None) else k.__name__ for k in allowed)
    raise InputError(f"{name} is {value!r}; give a value of type {names}.")
