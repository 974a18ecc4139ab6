"""What a run added to a base: adapters that are switched, and soft prompts read beforehand.

PEFT holds adapters of one type on a model (all LoRA, or all IA3). A soft prompt needs none of it
when it answers: its virtual tokens come to keys and values, the same before every prompt, so
they are reckoned once and every prompt begins after them, as after any prefix that is kept.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.models.loading import first_line

__all__ = [
    "SOFT",
    "add_adapter",
    "does_not_fit",
    "family_of",
    "soft_prompt",
    "switched",
    "virtual_keys",
]

SOFT = ("PREFIX_TUNING", "PROMPT_TUNING", "P_TUNING")


def family_of(folder: Path) -> str:
    """Return the type of a PEFT adapter as its configuration names it, such as "LORA".

    Raises:
        ModelError: it is damaged, or lacks its weights.
    """
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        family = str(config["peft_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{folder} has no adapter_config.json that can be read; train the run again."
        ) from error
    if not (folder / "adapter_model.safetensors").is_file():
        raise ModelError(f"{folder} lacks adapter_model.safetensors; train the run again.")
    return family


def add_adapter(model: Any, name: str, folder: Path) -> Any:
    """Return the model with a further adapter under a name; it is wrapped by the first one.

    Raises:
        ModelError: the adapter does not fit; a model that was not wrapped yet is then spoilt.
    """
    from ladder.models.quiet import quiet

    with quiet():
        from peft import PeftModel

        try:
            if family_of(folder) == "BOTTLENECK":
                from ladder.models.bottleneck import register

                register()
            if isinstance(model, PeftModel):
                model.load_adapter(str(folder), adapter_name=name)
            else:
                model = PeftModel.from_pretrained(model, str(folder), adapter_name=name)
        except (RuntimeError, ValueError, KeyError) as error:
            raise does_not_fit(folder, error) from error
    return model.eval()


def switched(model: Any, adapter: str | None, wrapped: bool) -> Any:
    """Make an adapter the active one, or return the context in which none is."""
    if adapter is not None:
        model.set_adapter(adapter)
    elif wrapped:
        return model.disable_adapter()
    return nullcontext()


def soft_prompt(model: Any, folder: Path) -> Any:
    """Return the keys and values of a soft prompt's virtual tokens; no adapter must be active.

    Raises:
        ModelError: it does not fit the model.
    """
    from ladder.models.quiet import quiet

    with quiet():
        from peft import PeftModel

        base: Any = model.get_base_model() if isinstance(model, PeftModel) else model
        try:
            return virtual_keys(PeftModel.from_pretrained(base, str(folder)), base)
        except (RuntimeError, ValueError, KeyError) as error:
            raise does_not_fit(folder, error) from error


def virtual_keys(soft: Any, base: Any) -> Any:
    """Return the keys and values of the virtual tokens of a soft prompt that PEFT holds."""
    import torch
    from transformers import DynamicCache

    past = DynamicCache(config=base.config)
    with torch.inference_mode():
        prompt = soft.get_prompt(batch_size=1)
        if torch.is_tensor(prompt):
            base(
                inputs_embeds=prompt.to(base.dtype).to(base.device),
                past_key_values=past,
                use_cache=True,
                logits_to_keep=1,
            )
        else:
            for number, layer in enumerate(prompt.layers):
                past.update(layer.keys.clone(), layer.values.clone(), number)
    return past


def does_not_fit(folder: Path, error: BaseException) -> ModelError:
    """Return the error of an adapter that belongs to another base."""
    return ModelError(
        f"The adapter in {folder} does not fit its base: {first_line(error)} "
        "Check the model that the run's setup.yaml names."
    )
