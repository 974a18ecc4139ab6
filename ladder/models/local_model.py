"""A transformers model in memory: its tokenizer, its adapters, and the thread that runs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ladder.errors import ModelError
from ladder.files import content_hash
from ladder.models.decoding import PrefixCache, StopText, TokenText, end_tokens, greedy
from ladder.models.generation import Cancelled, Completion, LabelScores, check_length
from ladder.models.generation_thread import GenerationThread
from ladder.models.hardware import threads
from ladder.models.label_scores import LabelTree, begin_with, scores_of
from ladder.models.runs import is_classifier

__all__ = ["LocalModel"]


class LocalModel:
    """A base model with its tokenizer, its adapters and the one thread that touches them."""

    def __init__(self, folder: Path, dtype: str) -> None:
        self.dtype = dtype
        self._folder = folder
        self._thread = GenerationThread(folder.name)
        self._adapters: set[str] = set()
        self._prefixes = PrefixCache()
        try:
            self._model, self.tokenizer = self._thread.call(lambda: _load(folder, dtype))
        except BaseException:
            self._thread.close()
            raise
        self.context = getattr(self._model.config, "max_position_embeddings", None)
        self._ends = end_tokens(self._model, self.tokenizer)
        self._stopping: dict[tuple[str, ...], frozenset[int]] = {}

    def add_adapter(self, folder: Path) -> str:
        """Load a PEFT adapter beside the base, once, and return the name to ask for it by.

        Raises:
            ModelError: it is a soft prompt, or does not fit this base.
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
    ) -> Future[Completion]:
        """Queue a prompt of token ids to be completed greedily in the model's thread.

        Raises:
            ModelError: prompt and answer together exceed the context window.
        """
        check_length(self.context, len(ids), max_new_tokens)
        return self._thread.submit(
            lambda: self._complete(
                ids, adapter, max_new_tokens, stop, shared_prefix, cancelled, on_text
            )
        )

    def submit_labels(
        self,
        ids: Sequence[int],
        labels: Mapping[str, Sequence[int]],
        *,
        adapter: str | None = None,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        exact: bool = False,
        likely: Sequence[str] = (),
    ) -> Future[LabelScores]:
        """Queue a prompt to have labels, each a list of token ids, scored as its answer.

        Raises:
            ModelError: there is no label, or the prompt and a label exceed the context window.
        """
        if not labels:
            raise ModelError("There is no label to score; label some examples first.")
        check_length(self.context, len(ids), max(map(len, labels.values())) + 1)
        return self._thread.submit(
            lambda: self._label_scores(ids, labels, adapter, stop, shared_prefix, exact, likely)
        )

    def close(self) -> None:
        """End the thread; the model cannot be used afterwards."""
        self._thread.close()

    def _add_adapter(self, name: str, folder: Path) -> None:
        if name in self._adapters:
            return
        from ladder.models.quiet import quiet

        with quiet():
            from peft import PeftConfig, PeftModel

            if is_classifier(folder):
                raise ModelError(
                    f"{folder} holds a classifier: it names labels and cannot write. Ask it with "
                    'a Setup whose answerer is "classify".'
                )
            if PeftConfig.from_pretrained(str(folder)).is_prompt_learning:
                raise ModelError(
                    f"{folder} holds a soft prompt, which cannot answer here yet; choose a run "
                    "with a LoRA, IA3 or similar adapter."
                )
            if not (folder / "adapter_model.safetensors").is_file():
                raise ModelError(f"{folder} lacks adapter_model.safetensors; train the run again.")
            try:
                if self._adapters:
                    self._model.load_adapter(str(folder), adapter_name=name)
                else:
                    self._model = PeftModel.from_pretrained(
                        self._model, str(folder), adapter_name=name
                    )
            except (RuntimeError, ValueError, KeyError) as error:
                if not self._adapters:  # PEFT has changed the base by now
                    self._model, _ = _load(self._folder, self.dtype)
                raise ModelError(
                    f"The adapter in {folder} does not fit its base: {_first_line(error)} "
                    "Check the model that the run's setup.yaml names."
                ) from error
        self._model.eval()
        self._adapters.add(name)

    def _complete(
        self,
        ids: Sequence[int],
        adapter: str | None,
        max_new_tokens: int,
        stop: Sequence[str],
        shared_prefix: int,
        cancelled: Cancelled | None,
        on_text: Callable[[str], None] | None,
    ) -> Completion:
        """Complete in the thread: switch to the adapter, read the prompt, then one by one."""
        _use_threads()
        started = time.perf_counter()
        with self._switched(adapter):
            past, shared, found = self._read_prefix(adapter, ids, shared_prefix)
            tokens: list[int] = []
            words, gate, pieces = TokenText(self.tokenizer), StopText(stop), list[str]()

            def show(text: str) -> None:
                pieces.append(text)
                if text and on_text is not None:
                    on_text(text)

            finish: Any = "stop"
            for token in greedy(self._model, ids[shared:], past, self._ends):
                tokens.append(token)
                show(gate.add(words.add(token)))
                if gate.stopped:
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

    def _label_scores(
        self,
        ids: Sequence[int],
        labels: Mapping[str, Sequence[int]],
        adapter: str | None,
        stop: Sequence[str],
        shared_prefix: int,
        exact: bool,
        likely: Sequence[str],
    ) -> LabelScores:
        """Score in the thread: all labels of a small tree, the best ones of a large one."""
        _use_threads()
        started = time.perf_counter()
        names, tree = list(labels), LabelTree(list(labels.values()))
        ends = self._ends | self._stopping_tokens(tuple(stop))
        with self._switched(adapter):
            past, shared, found = self._read_prefix(adapter, ids, shared_prefix)
            first = None if exact else [names.index(each) for each in likely]
            scores, exact = scores_of(self._model, ids[shared:], past, tree, ends, first)
        return LabelScores(
            logprobs={names[place]: score for place, score in scores.items()},
            exact=exact,
            prompt_tokens=len(ids),
            cached_tokens=shared if found else 0,
            label_tokens={name: len(tokens) + 1 for name, tokens in labels.items()},
            seconds=time.perf_counter() - started,
        )

    def _stopping_tokens(self, stop: tuple[str, ...]) -> frozenset[int]:
        """Return the tokens that end a label as stop texts do; the vocabulary is read once."""
        if stop not in self._stopping:
            self._stopping[stop] = begin_with(self.tokenizer, stop)
        return self._stopping[stop]

    def _switched(self, adapter: str | None) -> Any:
        """Make an adapter the active one, or return the context in which none is."""
        if adapter is not None:
            self._model.set_adapter(adapter)
        elif self._adapters:
            return self._model.disable_adapter()
        return nullcontext()

    def _read_prefix(
        self, adapter: str | None, ids: Sequence[int], shared: int
    ) -> tuple[Any, int, bool]:
        """Return the KV cache of the shared prefix, its length, and whether it was kept."""
        import torch
        from transformers import DynamicCache

        def compute() -> Any:
            past = DynamicCache(config=self._model.config)
            with torch.inference_mode():
                step = torch.tensor([list(prefix)], device=self._model.device)
                self._model(input_ids=step, past_key_values=past, use_cache=True, logits_to_keep=1)
            return past

        prefix = tuple(ids[: max(0, min(shared, len(ids) - 1))])
        if not prefix:
            return DynamicCache(config=self._model.config), 0, False
        past, found = self._prefixes.get(adapter, prefix, compute)
        return past, len(prefix), found


def _load(folder: Path, dtype: str) -> tuple[Any, Any]:
    """Load a model and its tokenizer; weights that are pickled are refused."""
    from ladder.models.quiet import quiet

    with quiet():
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        _use_threads()
        try:
            make: Any = AutoModelForCausalLM
            model = make.from_pretrained(
                str(folder),
                dtype=getattr(torch, dtype),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
            tokenizer = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise ModelError(
                f"{folder} cannot be loaded as a language model: {_first_line(error)} It needs "
                "config.json, a tokenizer and weights in safetensors files."
            ) from error
        device = "cuda" if torch.cuda.is_available() else "cpu"
        return model.to(device).eval(), tokenizer


def _use_threads() -> None:
    """Compute with as many threads as are free now; the setting is the process's own."""
    import torch

    if torch.get_num_threads() != (count := threads()):
        torch.set_num_threads(count)


def _first_line(error: BaseException) -> str:
    """Return the first line of an error as a sentence."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0].strip()
    return line if line.endswith((".", "!", "?")) else f"{line}."
