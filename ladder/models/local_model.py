"""A transformers model in memory: its tokenizer, its adapters, and the thread that runs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from copy import deepcopy
from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.files import content_hash
from ladder.models.adapters import SOFT, add_adapter, family_of, soft_prompt, switched
from ladder.models.decoding import PrefixCache, StopText, TokenText, end_tokens, greedy
from ladder.models.generation import Cancelled, Completion, LabelScores, check_length
from ladder.models.generation_thread import GenerationThread
from ladder.models.json_mask import JsonMask, JsonMasks
from ladder.models.label_scores import scores_of, together
from ladder.models.label_tree import LabelTree, begin_with
from ladder.models.loading import model_and_tokenizer, use_threads

__all__ = ["LocalModel"]


class LocalModel:
    """A base model with its tokenizer, its adapters and the one thread that touches them."""

    def __init__(self, folder: Path, dtype: str, changed: Path | None = None) -> None:
        self._folder, self._changed = folder, changed
        thread = GenerationThread(folder.name)
        try:
            loaded = thread.call(lambda: model_and_tokenizer(folder, dtype, changed))
        except BaseException:
            thread.close()
            raise
        self._hold(*loaded, dtype, thread)

    def _hold(self, model: Any, tokenizer: Any, dtype: str, thread: GenerationThread) -> None:
        """Begin to answer with a model that is loaded."""
        self.dtype, self.tokenizer = dtype, tokenizer
        self._model, self._thread = model, thread
        self._family = ""
        self._adapters: set[str] = set()
        self._soft: dict[str, Any] = {}
        self._prefixes = PrefixCache()
        self.context = getattr(self._model.config, "max_position_embeddings", None)
        self._ends = end_tokens(self._model, self.tokenizer)
        self._stopping: dict[tuple[str, ...], frozenset[int]] = {}
        self._masks: JsonMasks | None = None

    def takes(self, adapter: Path | None) -> bool:
        """Return whether this copy can hold an adapter: PEFT mixes no two types on a model.

        Raises:
            ModelError: the adapter cannot be read, or cannot write.
        """
        family = "" if adapter is None else family_of(adapter)
        return not family or family in SOFT or self._family in ("", family)

    def add_adapter(self, folder: Path) -> str:
        """Load an adapter or a soft prompt beside the base, once, and return its name.

        Raises:
            ModelError: it does not fit this base.
        """
        name = f"adapter_{content_hash(str(folder.resolve()))}"  # PEFT's names have no dots
        self._thread.call(lambda: self._add_adapter(name, folder))
        return name

    def submit(
        self,
        ids: Sequence[int],
        *,
        adapter: str | None = None,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        on_text: Callable[[str], None] | None = None,
        grammar: str | None = None,
    ) -> Future[Completion]:
        """Queue a prompt of token ids to be completed greedily in the model's thread.

        With a `grammar` (see `json_grammar`) the completion fits it.

        Raises:
            ModelError: prompt and answer together exceed the context window.
        """
        check_length(self.context, len(ids) + self._virtual(adapter), max_new_tokens)
        return self._thread.submit(
            lambda: self._complete(
                ids, adapter, max_new_tokens, stop, shared_prefix, cancelled, on_text, grammar
            )
        )

    def submit_labels(
        self,
        prompts: Sequence[Sequence[int]],
        labels: Mapping[str, Sequence[int]],
        *,
        adapter: str | None = None,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[Sequence[str]] = (),
    ) -> Future[list[LabelScores]]:
        """Queue prompts to have labels, each a list of token ids, scored as their answers.

        Prompts that are short behind what they share are read together.

        Raises:
            ModelError: there is no label, or a prompt and a label exceed the context window.
        """
        if not labels:
            raise ModelError("There is no label to score; label some examples first.")
        longest = max(map(len, labels.values()))
        for ids in prompts:
            check_length(self.context, len(ids) + self._virtual(adapter), longest + 1)
        likely = likely or [()] * len(prompts)

        def scored() -> list[LabelScores]:
            found: list[LabelScores] = []
            for size in together(prompts, shared_prefix):
                part = slice(len(found), len(found) + size)
                found += self._label_scores(
                    prompts[part], labels, adapter, stop, shared_prefix, exact, likely[part]
                )
            return found

        return self._thread.submit(scored)

    def submit_token_logprobs(
        self, ids: Sequence[int], adapter: str | None = None
    ) -> Future[list[float]]:
        """Queue a text of token ids to be read, not completed.

        Raises:
            ModelError: it exceeds the context window.
        """
        check_length(self.context, len(ids) + self._virtual(adapter), 0)
        return self._thread.submit(lambda: self._token_logprobs(ids, adapter))

    def close(self) -> None:
        """End the thread; the model cannot be used afterwards."""
        self._thread.close()

    def _add_adapter(self, name: str, folder: Path) -> None:
        if name in self._adapters or name in self._soft:
            return
        family = family_of(folder)
        if family in SOFT:
            with self._switched(None):
                self._soft[name] = soft_prompt(self._model, folder)
            return
        try:
            self._model = add_adapter(self._model, name, folder)
        except ModelError:
            if not self._adapters:  # PEFT has changed the base by now
                self._model, _ = model_and_tokenizer(self._folder, self.dtype, self._changed)
            raise
        self._family = family
        self._adapters.add(name)

    def _virtual(self, adapter: str | None) -> int:
        """Return how many virtual tokens stand before every prompt."""
        soft = self._soft.get(adapter or "")
        return 0 if soft is None else int(soft.get_seq_length())

    def _switched(self, adapter: str | None) -> Any:
        """Make an adapter the active one; for the base and its soft prompts, none is."""
        named = adapter if adapter in self._adapters else None
        return switched(self._model, named, bool(self._adapters))

    def _complete(
        self,
        ids: Sequence[int],
        adapter: str | None,
        max_new_tokens: int,
        stop: Sequence[str],
        shared_prefix: int,
        cancelled: Cancelled | None,
        on_text: Callable[[str], None] | None,
        grammar: str | None,
    ) -> Completion:
        """Complete in the thread: switch to the adapter, read the prompt, then one by one."""
        use_threads()
        started = time.perf_counter()
        mask = self._mask(grammar)
        with self._switched(adapter):
            past, shared, found = self._read_prefix(adapter, ids, shared_prefix)
            tokens: list[int] = []
            words, gate, pieces = TokenText(self.tokenizer), StopText(stop), list[str]()

            def show(text: str) -> None:
                pieces.append(text)
                if text and on_text is not None:
                    on_text(text)

            finish: Any = "stop"
            for token in greedy(self._model, ids[shared:], past, self._ends, mask):
                tokens.append(token)
                show(gate.add(words.add(token)))
                if gate.stopped or (mask is not None and mask.done):
                    break
                if len(tokens) == max_new_tokens:
                    finish = "length"
                    break
                if cancelled is not None and cancelled():
                    finish = "cancelled"
                    break
            show(gate.add(words.rest()) + gate.rest())
        return Completion(
            text="".join(pieces),
            token_ids=tuple(tokens),
            prompt_tokens=len(ids),
            cached_tokens=shared if found else 0,
            completion_tokens=len(tokens),
            seconds=time.perf_counter() - started,
            finish=finish,
        )

    def _mask(self, grammar: str | None) -> JsonMask | None:
        """Return the mask of an answer that is to fit a grammar; the first one takes a second."""
        if grammar is None:
            return None
        if self._masks is None:
            self._masks = JsonMasks(self.tokenizer, self._ends)
        return self._masks.begin(grammar)

    def _label_scores(
        self,
        prompts: Sequence[Sequence[int]],
        labels: Mapping[str, Sequence[int]],
        adapter: str | None,
        stop: Sequence[str],
        shared_prefix: int,
        exact: bool,
        likely: Sequence[Sequence[str]],
    ) -> list[LabelScores]:
        """Score in the thread, and together: all labels of a small tree, the best of a large one.

        The seconds of each are its share.
        """
        use_threads()
        started = time.perf_counter()
        names, tree = list(labels), LabelTree(list(labels.values()))
        ends = self._ends | self._stopping_tokens(tuple(stop))
        with self._switched(adapter):
            past, shared, kept = self._read_prefix(adapter, prompts[0], shared_prefix)
            rest = [ids[shared:] for ids in prompts]
            first = None if exact else [[names.index(label) for label in each] for each in likely]
            found, exact = scores_of(self._model, rest, past, tree, ends, first)
        return [
            LabelScores(
                logprobs={names[place]: score for place, score in scores.items()},
                exact=exact,
                prompt_tokens=len(ids),
                cached_tokens=shared if kept or place else 0,
                label_tokens={name: len(tokens) + 1 for name, tokens in labels.items()},
                seconds=(time.perf_counter() - started) / len(prompts),
            )
            for place, (ids, scores) in enumerate(zip(prompts, found, strict=True))
        ]

    def _token_logprobs(self, ids: Sequence[int], adapter: str | None) -> list[float]:
        """Read a text in the thread, in one pass; nothing of it is kept."""
        import torch

        use_threads()
        with self._switched(adapter), torch.inference_mode():
            past, _, _ = self._read_prefix(adapter, ids, 0)
            step = torch.tensor([list(ids)], device=self._model.device)
            logits = self._model(input_ids=step, past_key_values=past, use_cache=True).logits
            losses = torch.nn.functional.cross_entropy(
                logits[0, :-1].float(), step[0, 1:], reduction="none"
            )
        return [-float(loss) for loss in losses]

    def _stopping_tokens(self, stop: tuple[str, ...]) -> frozenset[int]:
        """Return the tokens that end a label as stop texts do; the vocabulary is read once."""
        if stop not in self._stopping:
            self._stopping[stop] = begin_with(self.tokenizer, stop)
        return self._stopping[stop]

    def _read_prefix(
        self, adapter: str | None, ids: Sequence[int], shared: int
    ) -> tuple[Any, int, bool]:
        """Return the KV cache of the shared prefix, its length, and whether it was kept.

        Virtual tokens stand before it; they are in the cache, and do not count.
        """
        import torch
        from transformers import DynamicCache

        def begin() -> Any:
            soft = self._soft.get(adapter or "")
            return DynamicCache(config=self._model.config) if soft is None else deepcopy(soft)

        def compute() -> Any:
            past = begin()
            with torch.inference_mode():
                step = torch.tensor([list(prefix)], device=self._model.device)
                self._model(input_ids=step, past_key_values=past, use_cache=True, logits_to_keep=1)
            return past

        prefix = tuple(ids[: max(0, min(shared, len(ids) - 1))])
        if not prefix:
            return begin(), 0, False
        past, found = self._prefixes.get(adapter, prefix, compute)
        return past, len(prefix), found
