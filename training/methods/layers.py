"""Where an adapter goes in a model, whatever its family calls the places; and how it gets there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError

if TYPE_CHECKING:
    from training.prepare import Prepared

__all__ = ["attention", "block_ends", "keys_and_values", "linear_names", "named", "on_base"]

_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj", "query", "key", "value", "c_attn", "Wqkv")
_KEYS_VALUES = (("k_proj", "v_proj"), ("key", "value"), ("query_key_value",), ("qkv_proj",))
_FEED_FORWARD = ("down_proj", "output.dense", "dense_4h_to_h", "fc2", "lin2", "wo")
_ATTENTION_ENDS = ("o_proj", "attention.output.dense", "attention.dense", "out_proj", "out_lin")


def linear_names(model: Any) -> list[str]:
    """Return the full names of the linear layers."""
    import torch

    return [n for n, module in model.named_modules() if isinstance(module, torch.nn.Linear)]


def attention(model: Any) -> list[str]:
    """Return the names of the attention layers' linear parts."""
    names = {name.rpartition(".")[2] for name in linear_names(model)}
    return sorted(names & set(_ATTENTION)) or ["q_proj", "v_proj"]


def keys_and_values(model: Any) -> list[str]:
    """Return the names of the layers that make attention's keys and values.

    Raises:
        ModelError: this family has none that is known here.
    """
    names = {name.rpartition(".")[2] for name in linear_names(model)}
    for known in _KEYS_VALUES:
        if names.issuperset(known):
            return list(known)
    raise ModelError(f"{_kind(model)} has no keys and values known here; train with lora instead.")


def block_ends(model: Any) -> tuple[list[str], list[str]]:
    """Return the full names of the last linear layers of attention and of the feed-forward.

    Raises:
        ModelError: this family calls them by no name that is known here.
    """
    names = linear_names(model)
    attention_ends = [n for n in names if n.endswith(tuple(f".{e}" for e in _ATTENTION_ENDS))]
    ends = tuple(f".{end}" for end in _FEED_FORWARD)
    feed_forward = [n for n in names if n.endswith(ends) and n not in attention_ends]
    if not attention_ends or not feed_forward:
        raise ModelError(f"{_kind(model)} has no blocks known here; train with lora instead.")
    return attention_ends, feed_forward


def named(model: Any, names: list[str]) -> list[str]:
    """Return full names as PEFT matches them best: by the shared ends where these suffice."""
    every = linear_names(model)
    ends = sorted({name.split(".")[-1] for name in names})
    fits = {n for n in every if n.split(".")[-1] in ends} == set(names)
    return ends if fits else names


def on_base(model: Any, config: Any, plan: Prepared) -> Any:
    """Return the model with a fresh adapter; where it trains on from a run, with that run's.

    Raises:
        ModelError: the run's adapter does not fit.
    """
    from peft import PeftConfig, TaskType, get_peft_model
    from peft.utils import load_peft_weights, set_peft_model_state_dict

    recipe = plan.recipe
    if plan.adapter is not None:
        config = PeftConfig.from_pretrained(str(plan.adapter))
        config.inference_mode = False
    config.task_type = TaskType.SEQ_CLS if recipe.head == "classify" else TaskType.CAUSAL_LM
    tuned = get_peft_model(model, config)
    if plan.adapter is not None:
        try:
            set_peft_model_state_dict(tuned, load_peft_weights(str(plan.adapter), device="cpu"))
        except (RuntimeError, KeyError, ValueError) as error:
            raise ModelError(
                f"{recipe.model} cannot be trained on: {plan.adapter} does not fit its base "
                f"({str(error).splitlines()[0]}). Train anew from the base."
            ) from error
    return tuned


def _kind(model: Any) -> str:
    return f"A model of the family {model.config.model_type}"
