"""Soft prompts: virtual tokens before the prompt, learned as numbers; the model stays as it is.

Never begun from random numbers: PEFT's comparison of methods (Llama 3.2 3B, MetaMathQA) measured
0.06 to 0.23 with them, 0.34 from words of the vocabulary, 0.42 from the keys and values of a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ladder.costs import trainable
from ladder.errors import InputError
from training.core import Head, Open, Recipe
from training.methods.layers import on_base

if TYPE_CHECKING:
    from ladder.costs.shapes import ModelShape
    from training.prepare import Prepared

__all__ = ["PrefixTuning", "PromptTuning"]


@dataclass(frozen=True)
class _Soft(Recipe):
    """What both kinds share."""

    heads: ClassVar[tuple[Head, ...]] = ("generate",)
    least_steps: ClassVar[dict[Head, int]] = {"generate": 200, "classify": 300}
    most_epochs: ClassVar[dict[Head, int]] = {"generate": 30, "classify": 30}

    length: int = 20
    """Virtual tokens before every prompt; each takes its place in the context window."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check("length", 1, 1000)

    @property
    def virtual_tokens(self) -> int:
        """Return how many virtual tokens stand before every prompt."""
        return self.length


@dataclass(frozen=True)
class PrefixTuning(_Soft):
    """How keys and values before the prompt are trained (Li and Liang 2021, arXiv 2101.00190)."""

    name: ClassVar[str] = "prefix-tuning"

    length: int = 50
    """Virtual tokens before every prompt; each takes its place in the context window."""
    start: Literal["text", "zeros"] = "text"
    """What the keys and values begin as: those of the instruction and some examples, or zeros."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gradient_checkpointing:
            raise InputError(
                "gradient_checkpointing is on, but a layer that is computed again would add the "
                "prefix a second time; set gradient_checkpointing to false."
            )

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        reason = "the best prefix in PEFT's comparison of methods: 50 tokens begun from a text"
        return {"learning_rate": (5e-3, reason)}

    def trained(self, shape: ModelShape) -> float:
        """Return the keys and values of all layers; see `Recipe`."""
        return trainable.prefix_tuning(shape, self.length)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with a prefix; see `Recipe`.

        The network that Li and Liang train a prefix through is left out: PEFT cannot go on from
        its checkpoints, and a prefix that begins as a text's keys and values does without.
        """
        from peft import PrefixTuningConfig, initialize_kv_prefix_from_past_key_values

        config = PrefixTuningConfig(num_virtual_tokens=self.length, init_weights="zero")
        tuned = on_base(model, config, plan)
        if self.start == "text" and plan.adapter is None:
            import torch

            ids = plan.tokenizer(_text(plan, self.length), add_special_tokens=False)["input_ids"]
            with torch.no_grad():
                words = torch.tensor([_filled(ids, self.length)], device=model.device)
                past = model(input_ids=words, use_cache=True).past_key_values
            initialize_kv_prefix_from_past_key_values(tuned, past_key_values=past)
        return tuned


@dataclass(frozen=True)
class PromptTuning(_Soft):
    """How word vectors before the prompt are trained (Lester et al. 2021, arXiv 2104.08691)."""

    name: ClassVar[str] = "prompt-tuning"

    start: Literal["instruction", "vocabulary"] = "instruction"
    """What the vectors begin as: the words of the task's instruction, or any of the vocabulary."""
    schedule: Literal["linear", "cosine", "constant"] = "constant"
    """How the learning rate falls over the run; constant, as in the paper."""

    def open_choices(self, parameters: float) -> Open:
        """Return the rate; see `Recipe`."""
        reason = "PEFT's notebooks with AdamW; TRL names 1e-2 to 3e-2 (Lester's 0.3 is Adafactor's)"
        return {"learning_rate": (3e-2, reason)}

    def trained(self, shape: ModelShape) -> float:
        """Return one vector a virtual token; see `Recipe`."""
        return trainable.prompt_tuning(shape, self.length)

    def work(self, shape: ModelShape, tokens: float) -> float:
        """Return the share of the virtual tokens on top, which are read like words."""
        return 1 + self.length / max(1.0, tokens)

    def put_on(self, model: Any, plan: Prepared) -> Any:
        """Return the model with a soft prompt; see `Recipe`."""
        from peft import PromptTuningConfig, PromptTuningInit

        words = plan.instruction.strip()
        told = self.start == "instruction" and bool(words)
        config = PromptTuningConfig(
            num_virtual_tokens=self.length,
            prompt_tuning_init=PromptTuningInit.TEXT if told else PromptTuningInit.SAMPLE_VOCAB,
            prompt_tuning_init_text=words if told else None,
            tokenizer_name_or_path=str(plan.base) if told else None,
            tokenizer_kwargs={"local_files_only": True} if told else None,
        )
        return on_base(model, config, plan)


def _text(plan: Prepared, tokens: int) -> str:
    """Return the instruction and as many examples as it takes to have enough words."""
    shown, count = [plan.instruction.strip()], 0
    for row in plan.data.rows:
        if count >= tokens:
            break
        count += len(row)
        ids = [*row.prompt, *row.completion]
        shown.append(plan.tokenizer.decode(ids, skip_special_tokens=True))
    return "\n".join(filter(None, shown))


def _filled(ids: list[int], length: int) -> list[int]:
    """Return the first so many tokens; few are repeated."""
    return (ids * (length // max(1, len(ids)) + 1))[:length]
