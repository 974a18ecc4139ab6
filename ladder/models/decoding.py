"""Greedy decoding with a KV cache, and turning tokens into text as they come."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

__all__ = ["PrefixCache", "StopText", "TokenText", "end_tokens", "greedy"]


class PrefixCache:
    """Keeps the computed prefixes used last: a few, and of bounded length together.

    A prefix is always computed by itself, whether it is kept afterwards or was kept before.
    So a prompt's numbers are the same in whatever order requests come.
    """

    def __init__(self, entries: int = 4, tokens: int = 16_384) -> None:
        self._entries = entries
        self._tokens = tokens
        self._kept: OrderedDict[tuple[str | None, tuple[int, ...]], Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(
        self, adapter: str | None, ids: tuple[int, ...], compute: Callable[[], Any]
    ) -> tuple[Any, bool]:
        """Return a copy of the prefix's keys and values, and whether they were kept before."""
        key = (adapter, ids)
        found = key in self._kept
        value = self._kept.pop(key) if found else compute()
        self._kept[key] = value
        while len(self._kept) > self._entries or (len(self._kept) > 1 and self._total()):
            self._kept.popitem(last=False)
        return copy.deepcopy(value), found

    def _total(self) -> bool:
        """Return whether the prefixes are too long together."""
        return sum(len(ids) for _, ids in self._kept) > self._tokens


def greedy(model: Any, ids: Sequence[int], past: Any, ends: Collection[int]) -> Iterator[int]:
    """Yield the most likely next token again and again until an end token comes.

    Args:
        model: A causal language model of transformers, perhaps wrapped by PEFT.
        ids: The prompt tokens that `past` does not hold yet; at least one.
        past: The KV cache to start from; it is changed.
        ends: Tokens that end the text; none is yielded.
    """
    import torch

    step = torch.tensor([list(ids)], device=model.device)
    while True:
        # Entered anew for each token: a caller may look away between two.
        with torch.inference_mode():
            out = model(input_ids=step, past_key_values=past, use_cache=True, logits_to_keep=1)
            step = out.logits[:, -1:].argmax(dim=-1)
        token = int(step)
        if token in ends:
            return
        yield token


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return every token that ends a text: in chat, in running text, by model or tokenizer."""
    ends: set[int] = set()
    for value in (model.generation_config.eos_token_id, model.config.eos_token_id):
        ends.update([value] if isinstance(value, int) else value or ())
    if tokenizer.eos_token_id is not None:
        ends.add(tokenizer.eos_token_id)
    vocabulary = tokenizer.get_vocab()
    ends.update(vocabulary[t] for t in ("<|endoftext|>", "<|im_end|>") if t in vocabulary)
    return frozenset(ends)


class TokenText:
    """Turns tokens into text piece by piece; letters of several tokens come when complete."""

    def __init__(self, tokenizer: Any) -> None:
        self._decode = tokenizer.decode
        self._ids: list[int] = []
        self._start = 0
        self._read = 0

    def add(self, token: int) -> str:
        """Return the text that a further token completes, often a word, sometimes nothing."""
        self._ids.append(token)
        text = self._text(self._ids[self._start :])
        if text.endswith("\ufffd"):
            return ""
        return self._advance(text)

    def rest(self) -> str:
        """Return what is left at the end, such as half a letter's bytes."""
        return self._advance(self._text(self._ids[self._start :]))

    def _advance(self, text: str) -> str:
        # Decoding starts one step back, as some tokenizers drop the space of a first word.
        before = self._text(self._ids[self._start : self._read])
        self._start, self._read = self._read, len(self._ids)
        return text[len(before) :]

    def _text(self, ids: list[int]) -> str:
        decoded: str = self._decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return decoded


class StopText:
    """Lets text through up to the first stop text, and never part of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def add(self, text: str) -> str:
        """Return what of the text so far can be shown; `stopped` says that it is the last."""
        if self.stopped:
            return ""
        self._held += text
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def rest(self) -> str:
        """Return the text held back, once no more comes."""
        shown, self._held = ("" if self.stopped else self._held), ""
        return shown


def _overlap(text: str, stop: str) -> int:
    """Return how many characters at the end of `text` could begin `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
