"""A model of transformers in this process, asked as the project asks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ladder.errors import ModelError
from ladder.models.decoding import PrefixCache, StopText, TokenText, end_tokens, greedy
from ladder.models.generation import check_length
from ladder.models.hardware import choose_dtype
from ladder.models.label_scores import scores_of
from ladder.models.label_tree import LabelTree, begin_with, label_ids
from ladder.models.quiet import quiet
from ladder.prompt import encode

__all__ = ["Model"]

Messages = Sequence[dict[str, str]]


class Model:
    """Completes prompts greedily, and says how likely labels are after them.

    Args:
        name: a folder, or a name on the Hugging Face hub.
        dtype: "auto", "float32" or "bfloat16".

    Raises:
        ModelError: it cannot be loaded.
    """

    def __init__(self, name: str, dtype: str) -> None:
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
                    f"{name} cannot be loaded as a language model; give the folder of a "
                    "transformers model, or its name on the Hugging Face hub, with --model."
                ) from error
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        self._context = getattr(self._model.config, "max_position_embeddings", None)
        self._ends = end_tokens(self._model, self._tokenizer)
        self._prefixes = PrefixCache()
        self._stopping: dict[tuple[str, ...], frozenset[int]] = {}

    def encode(self, messages: Messages) -> list[int]:
        """Return the token ids of a prompt."""
        return encode(messages, self._tokenizer)

    def complete(
        self, messages: Messages, max_new_tokens: int, stop: Sequence[str], shared: int
    ) -> str:
        """Return what the model writes, up to a stop text.

        Args:
            messages: the prompt.
            max_new_tokens: the longest answer, in tokens.
            stop: texts at which the answer ends.
            shared: how many leading tokens other prompts have, too; they are computed once.

        Raises:
            ModelError: prompt and answer do not fit in the model's context window.
        """
        ids = self.encode(messages)
        check_length(self._context, len(ids), max_new_tokens)
        past, read = self._read(ids, shared)
        words, gate, pieces = TokenText(self._tokenizer), StopText(stop), list[str]()
        for count, token in enumerate(greedy(self._model, ids[read:], past, self._ends), 1):
            pieces.append(gate.add(words.add(token)))
            if gate.stopped or count == max_new_tokens:
                break
        return "".join([*pieces, gate.add(words.rest()), gate.rest()])

    def score_labels(
        self,
        messages: Messages,
        labels: Sequence[str],
        stop: Sequence[str],
        shared: int,
        likely: Sequence[str] | None,
    ) -> dict[str, float]:
        """Return the log-probability of each label, or of the best ones, as the whole answer.

        The arguments are those of `complete`; labels that are `likely` are tried first, and None
        says that all are scored.

        Raises:
            ModelError: prompt and label do not fit in the model's context window.
        """
        ids, last = self.encode(messages), messages[-1]
        place = (last["role"], last["content"][-1:])
        tree = [label_ids(self._tokenizer, *place, label) for label in labels]
        check_length(self._context, len(ids), max(map(len, tree)) + 1)
        if (key := tuple(stop)) not in self._stopping:
            self._stopping[key] = begin_with(self._tokenizer, stop)
        ends = self._ends | self._stopping[key]
        past, read = self._read(ids, shared)
        first = None if likely is None else [[labels.index(each) for each in likely]]
        (scores,), _ = scores_of(self._model, [ids[read:]], past, LabelTree(tree), ends, first)
        return {labels[place]: score for place, score in scores.items()}

    def _read(self, ids: Sequence[int], shared: int) -> tuple[Any, int]:
        """Return the keys and values of the shared beginning, and how many tokens it has."""
        import torch
        from transformers import DynamicCache

        prefix = tuple(ids[: max(0, min(shared, len(ids) - 1))])

        def compute() -> Any:
            past = DynamicCache(config=self._model.config)
            with torch.inference_mode():
                step = torch.tensor([list(prefix)], device=self._model.device)
                self._model(input_ids=step, past_key_values=past, use_cache=True, logits_to_keep=1)
            return past

        if not prefix:
            return DynamicCache(config=self._model.config), 0
        return self._prefixes.get(None, prefix, compute)[0], len(prefix)
