"""What every recipe has, and its three faces: YAML, the options of `ladder train`, the form.

A recipe is one frozen dataclass a method (`training.methods`), made of these fields and its own.
A field's docstring is its help text; a value that cannot be is refused with the remedy; a value
left at "auto" (None) is chosen when the data is known, and the reason is kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ladder.errors import InputError
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL
from training.fields import choices_of, hints_of, typed

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["SMALL", "Head", "Open", "Recipe", "parse_mix", "with_reason"]

Head = Literal["generate", "classify"]
Open = dict[str, tuple[Any, str]]
"""Choices that a method makes, each with its reason."""
SMALL = 500e6
"""Parameters below which a model takes larger steps (our assumption)."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; None leaves a choice to what the data and the model suggest."""

    name: ClassVar[str] = ""
    """The method, as a command calls it."""
    heads: ClassVar[tuple[Head, ...]] = ("generate", "classify")
    leaves: ClassVar[Literal["adapter", "model", "changed"]] = "adapter"
    """What a run leaves: an adapter, a whole model, or the tensors that differ from the base's."""
    least_steps: ClassVar[dict[Head, int]] = {"generate": 60, "classify": 300}
    """Steps of a short run, if the examples allow (our assumption)."""
    most_epochs: ClassVar[dict[Head, int]] = {"generate": 10, "classify": 30}

    head: Head = "generate"
    """"generate" teaches the model to write the answer; "classify" gives it one output a label."""
    model: str = DEFAULT_MODEL
    """The base model: a bundled name, hf:ORG/NAME, path:FOLDER, or run:ID to train on."""
    epochs: int | None = None
    """How often each training example is seen, 1 to 100."""
    max_tokens: int | None = None
    """Stop after this many tokens, prompts and padding included; none is no limit."""
    learning_rate: float | None = None
    """How far each step goes; too high forgets, too low learns nothing."""
    batch_size: int = 8
    """Examples a step."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the learning rate falls over the run."""
    warmup: float = 0.05
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = 0.0
    """Pulls what is trained towards zero at each step."""
    gradient_checkpointing: bool = False
    """Compute a layer's numbers twice instead of keeping them: less memory, a third more time."""
    longest: int = 1024
    """Longest example in tokens; what is longer is left out and counted."""
    format: Literal["plain", "chat"] = "plain"
    """How the task is put to the model; "chat" needs a chat template and costs more tokens."""
    show_labels: bool = False
    """List the labels in every prompt; costs their tokens at each example and each call."""
    mix: str = ""
    """Other tasks to learn as well, each with its examples per one of this task: "answer=0.5"."""
    replay: float = 0.25
    """Trained on from a run: share of that run's old examples among the new, against forgetting."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; "auto" takes bfloat16 where the processor is fast at it."""
    batches: Literal["auto", "grouped", "random", "packed"] = "auto"
    """Rows of like length in a batch, any rows, or any rows end to end without padding; "auto"
    groups them where padding would cost more than a twentieth."""
    measure_items: int | None = None
    """Validation examples answered at each measurement while it trains; 0 measures nothing."""
    measure_every: int | None = None
    """Steps between two measurements."""
    patience: int = 5
    """Measurements in a row without a better score after which it stops; 0 never stops early."""
    checkpoint_seconds: int = 60
    """How often the run is saved so that it can go on after a crash; 0 is every step."""
    seed: int = 0
    """Seed of the order of examples and of the first weights."""

    def __post_init__(self) -> None:
        for name, allowed in choices_of(type(self)).items():
            if (value := getattr(self, name)) not in allowed:
                raise InputError(f"{name} is {value!r}; choose {' or '.join(allowed)}.")
        self.check("epochs", 1, 100)
        self.check("max_tokens", 100, 10**12)
        self.check("learning_rate", 1e-7, 1.0)
        self.check("batch_size", 1, 1024)
        self.check("warmup", 0.0, 0.9)
        self.check("weight_decay", 0.0, 10.0)
        self.check("longest", 16, 1_000_000)
        self.check("replay", 0.0, 0.9)
        self.check("measure_items", 0, 10_000)
        self.check("measure_every", 1, 1_000_000)
        self.check("patience", 0, 1000)
        self.check("checkpoint_seconds", 0, 86_400)
        self.check("seed", 0, 2**31 - 1)
        self._check_base()
        if self.batches == "packed" and (self.head == "classify" or self.virtual_tokens):
            what = (
                "a classify head reads one row at a time"
                if self.head == "classify"
                else (f"{self.name} has one prefix a sequence, and packed rows would share it")
            )
            raise InputError(f"batches is packed, but {what}; set batches to grouped or auto.")
        if parse_mix(self.mix) and self.head == "classify":
            raise InputError(
                f"mix is {self.mix!r}, but a classify head has the labels of one task as outputs; "
                "leave mix empty, or set head to generate."
            )

    def _check_base(self) -> None:
        if self.model.startswith(("gguf:", "server:")):
            raise InputError(
                f"model is {self.model}, whose weights cannot be trained here; name a bundled "
                "model, hf:ORG/NAME, path:FOLDER or run:ID."
            )
        if self.head not in self.heads:
            raise InputError(
                f"{self.name} has no head {self.head}; take one of the methods that do: lora, ia3, "
                "adapter, last-k or full."
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

    def check(self, name: str, low: float, high: float) -> None:
        """Refuse a number that is out of range; None leaves it open."""
        value = getattr(self, name)
        if value is not None and not low <= value <= high:
            raise InputError(f"{name} is {value:g}; give a number from {low:g} to {high:g}.")

    @property
    def method(self) -> str:
        """Return the runnable name of what is made: whatever has outputs for labels classifies."""
        return "classifier" if self.head == "classify" else self.name

    @property
    def virtual_tokens(self) -> int:
        """Return how many virtual tokens stand before every prompt."""
        return 0

    def open_choices(self, parameters: float) -> Open:
        """Return what the method chooses for a base of so many parameters, with the reasons."""
        raise NotImplementedError

    def trained(self, shape: ModelShape) -> float:
        """Return how many parameters are trained, the outputs of a classify head left out."""
        raise NotImplementedError

    def work(self, shape: ModelShape, tokens: float) -> float:
        """Return the operations for an example of so many tokens, over those of a LoRA."""
        return 1.0

    def depth(self, layers: int) -> float:
        """Return the share of the layers whose numbers are kept for the way back."""
        return 1.0

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the base with what is trained on it, all the rest frozen; torch is loaded."""
        raise NotImplementedError

    def refuse_here(self) -> None:
        """Refuse what this machine cannot do, before anything is queued.

        Raises:
            ModelError: something is missing; the message says what.
        """

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as plain data, its method first."""
        return {"method": self.name} | asdict(self)

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
        """Build a recipe from plain data: of this method, or of the one that the data names.

        Raises:
            InputError: a key is unknown, or a value is not of its type or out of range.
        """
        if not cls.name:
            from training.recipe import class_of

            return class_of(data).from_dict(data)
        data = {("model" if key == "base" else key): value for key, value in data.items()}
        hints, known = hints_of(cls), [field.name for field in fields(cls)]
        if unknown := sorted(set(data) - {*known, "method"}):
            raise InputError(
                f'There is no setting "{unknown[0]}" in a {cls.name} recipe; there are '
                f"{', '.join(known)}."
            )
        given = {name: data[name] for name in known if name in data}
        return cls(**{name: typed(name, value, hints[name]) for name, value in given.items()})


def parse_mix(text: str) -> dict[str, float]:
    """Return the tasks of a mixture and their weights: "answer=0.5, tone=1".

    Raises:
        InputError: it is not of that form, or a weight is not above 0.
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = part.partition("=")
        try:
            found[name.strip()] = float(weight or 1)
        except ValueError:
            found[name.strip()] = 0.0
        if not 0 < found[name.strip()] <= 100:
            raise InputError(
                f'mix has "{part}"; write tasks with weights above 0, as in "answer=0.5, tone=1".'
            )
    return found


def with_reason(recipe: Recipe, why: dict[str, str], name: str, value: Any, reason: str) -> Recipe:
    """Return the recipe with an open choice made, and note why; one made by hand stays."""
    if getattr(recipe, name) is not None:
        return recipe
    why[name] = reason
    made: Recipe = replace(recipe, **{name: value})
    return made
