"""A model of transformers in this process, asked as the project asks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ladder.errors import ModelError
from ladder.models.decoding import PrefixCache, StopText, TokenText, greedy
from ladder.models.generation import check_length
from ladder.models.hardware import choose_dtype
from ladder.models.local_model import _end_tokens
from ladder.models.quiet import quiet
from ladder.prompt import encode, shared_tokens

__all__ = ["Model"]

Messages = Sequence[dict[str, str]]


class Model:
    """Completes prompts greedily.

    Args:
        name: a folder, or a name on the Hugging Face hub.
        dtype: "auto", "float32" or "bfloat16".
        probes: two prompts that have no more in common than all have; what they begin with is
            computed once.
        worth: tokens below which a shared beginning is not kept.

    Raises:
        ModelError: it cannot be loaded.
    """

    def __init__(self, name: str, dtype: str, probes: Sequence[Messages], worth: int) -> None:
        with quiet():
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer

            number_format, _ = choose_dtype(dtype)
            make: Any = AutoModelForCausalLM
            try:
                model = make.from_pretrained(
                    name,
                    dtype=getattr(torch, number_format),
                    trust_remote_code=False,
                    use_safetensors=True,
                )
                self._tokenizer: Any = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
            except (OSError, ValueError) as error:
                raise ModelError(
                    f"{name} cannot be loaded: {str(error).splitlines()[0]} Give the folder of a "
                    "transformers model, or its name on the Hugging Face hub, with --model."
                ) from error
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self._ends = _end_tokens(self._model, self._tokenizer)
        self._prefixes = PrefixCache()
        one, other = (encode(probe, self._tokenizer) for probe in probes)
        shared = one[: shared_tokens(one, other)]
        self._prefix = tuple(shared) if len(shared) >= worth else ()

    def complete(self, messages: Messages, max_new_tokens: int, stop: Sequence[str]) -> str:
        """Return what the model writes, up to a stop text.

        Raises:
            ModelError: prompt and answer do not fit in the model's context window.
        """
        ids = encode(messages, self._tokenizer)
        context = getattr(self._model.config, "max_position_embeddings", None)
        check_length(context, len(ids), max_new_tokens)
        past, read = self._read(ids)
        words, gate, pieces = TokenText(self._tokenizer), StopText(stop), list[str]()
        for count, token in enumerate(greedy(self._model, ids[read:], past, self._ends), 1):
            pieces.append(gate.add(words.add(token)))
            if gate.stopped or count == max_new_tokens:
                break
        return "".join([*pieces, gate.add(words.rest()), gate.rest()])

    def _read(self, ids: Sequence[int]) -> tuple[Any, int]:
        """Return the keys and values of the shared beginning, and how many tokens it has."""
        import torch
        from transformers import DynamicCache

        prefix = self._prefix

        def compute() -> Any:
            past = DynamicCache(config=self._model.config)
            with torch.inference_mode():
                step = torch.tensor([list(prefix)], device=self._model.device)
                self._model(input_ids=step, past_key_values=past, use_cache=True, logits_to_keep=1)
            return past

        if not prefix or tuple(ids[: len(prefix)]) != prefix or len(ids) <= len(prefix):
            return DynamicCache(config=self._model.config), 0
        return self._prefixes.get(None, prefix, compute)[0], len(prefix)
