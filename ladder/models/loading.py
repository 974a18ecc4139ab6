"""Load a transformers model from a folder, with the tensors that a run laid over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.models.hardware import threads

__all__ = [
    "causal_model",
    "first_line",
    "lay_over",
    "model_and_tokenizer",
    "use_threads",
]


def causal_model(folder: Path, dtype: str, changed: Path | None = None, **more: Any) -> Any:
    """Return the model that writes in a folder; weights that are pickled are refused.

    Args:
        folder: config, tokenizer and weights.
        dtype: "float32" or "bfloat16".
        changed: tensors to lay over its own; None for none.
        more: further arguments of transformers.

    Raises:
        ModelError: it cannot be loaded as one.
    """
    import torch
    from transformers import AutoModelForCausalLM

    make: Any = AutoModelForCausalLM
    try:
        model = make.from_pretrained(
            str(folder),
            dtype=getattr(torch, dtype),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **more,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"{folder} cannot be loaded as a language model: {first_line(error)} It needs "
            "config.json, a tokenizer and weights in safetensors files."
        ) from error
    return lay_over(model, changed)


def lay_over(model: Any, changed: Path | None) -> Any:
    """Return the model with the tensors of a folder in place of its own.

    Raises:
        ModelError: they are not there, or belong to another model.
    """
    if changed is None:
        return model
    import torch
    from safetensors.torch import load_file

    try:
        tensors = load_file(str(changed / "model.safetensors"))
        own = dict(model.named_parameters())
        with torch.no_grad():
            for name, tensor in tensors.items():
                own[name].copy_(tensor)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"The layers in {changed} do not fit their base ({first_line(error)}) Check the model "
            "that the run's setup.yaml names, or train the run again."
        ) from error
    return model


def model_and_tokenizer(folder: Path, dtype: str, changed: Path | None = None) -> tuple[Any, Any]:
    """Return a model that writes, ready to answer, and its tokenizer.

    Raises:
        ModelError: they cannot be loaded.
    """
    from ladder.models.quiet import quiet

    with quiet():
        import torch
        from transformers import AutoTokenizer

        use_threads()
        model = causal_model(folder, dtype, changed)
        try:
            tokenizer = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"The tokenizer in {folder} cannot be loaded: {first_line(error)} It needs "
                "config.json, a tokenizer and weights in safetensors files."
            ) from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return model.to(device).eval(), tokenizer


def use_threads() -> None:
    """Compute with as many threads as are free now; the setting is the process's own."""
    import torch

    if torch.get_num_threads() != (count := threads()):
        torch.set_num_threads(count)


def first_line(error: BaseException) -> str:
    """Return the first line of an error as a sentence."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
    return line if line.endswith((".", "!", "?")) else f"{line}."
