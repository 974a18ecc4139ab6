"""Hold a local model's answer to a JSON schema: at each token, only those that fit can be chosen.

Which tokens fit is computed by llguidance, a parser that walks the tree of all tokens at once
(docs/decisions.md). The end of the text fits when the object is complete, and nothing else does
then, so an answer that ends by itself is always whole.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ladder.errors import ModelError

if TYPE_CHECKING:
    from llguidance import LLMatcher

__all__ = ["BLANKS", "JsonMask", "JsonMasks", "json_grammar"]

BLANKS = {"whitespace_pattern": r"( |\n[ \t]{0,16})"}
"""What may stand, once, where JSON has blanks: a small model would write them without an end."""
_KEPT = 8
"""Grammars kept for a model, those used last."""


def json_grammar(schema: Mapping[str, Any], *, blank: bool) -> str:
    """Return the grammar of the texts that fit a schema, in llguidance's own language.

    Args:
        schema: the JSON schema.
        blank: whether one blank may come first. In the plain format the answer follows a colon,
            so a model that was shown (or trained on) answers wants to write one.
    """
    start = '" "? answer' if blank else "answer"
    # Letters may be written as \u00fc, as outputs that were labelled by a program often are.
    written = {**BLANKS, "json_allow_general_unicode_escapes": True}
    return f"start: {start}\nanswer: %json {json.dumps({**schema, 'x-guidance': written})}\n"


class JsonMasks:
    """Makes the masks for one model's answers.

    Args:
        tokenizer: the model's tokenizer, a fast one of transformers.
        ends: tokens that end an answer.

    Raises:
        ModelError: the tokenizer is of a kind whose tokens cannot be read.
    """

    def __init__(self, tokenizer: Any, ends: Collection[int]) -> None:
        from llguidance.hf import from_tokenizer

        try:
            self._tokens = from_tokenizer(tokenizer, eos_token=sorted(ends))
        except ValueError as error:
            raise ModelError(
                f"The tokenizer of this model cannot be held to a JSON schema ({error}); set "
                "decoding.json_schema to false, or choose another model."
            ) from error
        self._kept: dict[str, LLMatcher] = {}

    def begin(self, grammar: str) -> JsonMask:
        """Return the mask of one answer that is to fit a grammar.

        Raises:
            ModelError: the grammar cannot be followed.
        """
        from llguidance import LLMatcher

        matcher = self._kept.pop(grammar, None)
        if matcher is None:
            matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar), log_level=0)
        if matcher.is_error():
            raise _failed(matcher)
        self._kept[grammar] = matcher
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return JsonMask(matcher.deep_copy())


class JsonMask:
    """Says what may follow in one answer."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    @property
    def done(self) -> bool:
        """Return whether the answer is complete, so that nothing may follow."""
        return self._matcher.is_stopped()

    def held(self, logits: Any) -> Any:
        """Return the logits of the next token with those that do not fit out of reach."""
        import numpy as np
        import torch

        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        # A model may have room for more tokens than its tokenizer knows: none of those fits.
        fits = np.unpackbits(bits, count=logits.shape[-1], bitorder="little").view(np.bool_)
        return logits.masked_fill(~torch.from_numpy(fits).to(logits.device), -torch.inf)

    def take(self, token: int) -> None:
        """Go on behind a token that was chosen.

        Raises:
            ModelError: it does not fit, or the answer has become too large to follow.
        """
        if not self._matcher.consume_token(token):
            raise _failed(self._matcher)


def _failed(matcher: LLMatcher) -> ModelError:
    """Return the error of a grammar that cannot be followed, or no further."""
    first = matcher.get_error().strip().split("\n", 1)[0]
    return ModelError(
        f"The answer cannot be held to its JSON schema: {first.rstrip('.')}. Make the labelled "
        "outputs simpler, or set decoding.json_schema to false."
    )
