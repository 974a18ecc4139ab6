"""What is known of a base model without loading it, and its tokenizer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.costs.shapes import ModelShape, shape_for
from ladder.errors import ModelError
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL
from training.base_run import recipe_of_run

__all__ = ["Shape", "load_tokenizer", "shape_of"]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """The size of a model, as far as time and memory depend on it."""

    parameters: float
    hidden: int
    layers: int
    vocabulary: int
    note: str = ""
    """Where the numbers come from, if they are no more than a guess."""

    kv: int = 0
    """Key heads times their size; 0 where only the parameters are known."""
    inner: int = 0
    """Width inside the feed-forward block; 0 where only the parameters are known."""

    @property
    def model(self) -> ModelShape:
        """Return the shape from which adapters are reckoned; a likely one where little is known."""
        if not self.inner:
            return shape_for(self.parameters)
        words = self.vocabulary * self.hidden
        return ModelShape(
            max(self.parameters, words + 1), self.layers, self.hidden, self.inner, self.kv,
            self.vocabulary, tied=True,
        )  # fmt: skip

    def at_work(self, head: str) -> float:
        """Return the parameters that every token passes; only a generating head scores words."""
        words = self.vocabulary * self.hidden
        return self.parameters if head == "generate" else max(1e6, self.parameters - words)


_BUNDLED = {
    DEFAULT_MODEL: Shape(134.5e6, 576, 30, 49_152, kv=192, inner=1536),
    DEFAULT_EMBEDDER: Shape(22.7e6, 384, 6, 30_522, kv=384, inner=1536),
}


def shape_of(reference: str) -> Shape:
    """Return the size of a base model; nothing is loaded and nothing downloaded.

    A model that is not on this disk is judged by the size in its name, else taken to have a
    billion parameters; the note says so.
    """
    if reference in _BUNDLED:
        return _BUNDLED[reference]
    if reference.startswith("run:"):
        return shape_of(recipe_of_run(reference.removeprefix("run:")).model)
    if reference.startswith("path:"):
        try:
            path = Path(reference.removeprefix("path:")).expanduser() / "config.json"
            return _of_config(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            pass
    found = _SIZE.search(reference.rsplit("/", 1)[-1])
    if found:
        count = float(found[1]) * (1e9 if found[2].lower() == "b" else 1e6)
        note = f"{count / 1e6:,.0f} million parameters, by the model's name"
    else:
        count, note = 1e9, "a billion parameters: our assumption, for the name does not say"
    layers = 24
    return Shape(count, int((count / (12 * layers)) ** 0.5), layers, 50_000, note)


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a model's folder, with something to pad with.

    Raises:
        ModelError: the folder has none.
    """
    from ladder.models.quiet import quiet

    with quiet():
        from transformers import AutoTokenizer

        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"{folder} has no tokenizer that can be read ({error}).") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _of_config(config: dict[str, Any]) -> Shape:
    hidden, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
    vocabulary = int(config["vocab_size"])
    inner = int(config.get("intermediate_size") or 4 * hidden)
    gated = 3 if config.get("hidden_act") in ("silu", "swiglu") else 2
    heads = int(config.get("num_attention_heads") or 1)
    shared = int(config.get("num_key_value_heads") or heads) / heads
    block = hidden * hidden * (2 + 2 * shared) + gated * hidden * inner
    embeddings = vocabulary * hidden * (1 if config.get("tie_word_embeddings", True) else 2)
    return Shape(
        layers * block + embeddings, hidden, layers, vocabulary,
        kv=int(hidden * shared), inner=inner,
    )  # fmt: skip
