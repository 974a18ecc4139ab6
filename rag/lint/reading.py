"""Read a sentence with the first layers of the bundled embedder, and judge what it is.

An embedding says what a sentence is about; whether it tells somebody to do something, and whom,
stands in the layers before. Over the tokens' states after the third layer goes a small convolution
of three tokens, and the strongest answer of each filter and the mean one decide. Its weights are
fitted by `rag.lint.fit`; the embedder stays as it is.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ladder.models import stand_ins
from ladder.models.references import BUNDLED_EMBEDDER
from rag.lint import weights

__all__ = ["Trunk", "judged", "logits", "readable"]

LAYERS = 3
"""Layers of the embedder that are computed, of six; the first three serve best."""
LONGEST = 128
"""Tokens of a sentence that are read."""
BATCH = 32
_log = logging.getLogger("ladder.lint")
_KEPT: tuple[Trunk, dict[str, Any]] | None = None


class Trunk:
    """The tokenizer and the first layers of the bundled embedder."""

    def __init__(self) -> None:
        from ladder.models.bundled import embedder_folder
        from ladder.models.quiet import quiet

        folder = embedder_folder()
        with quiet():
            from tokenizers import Tokenizer
            from transformers import BertModel

            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(LONGEST)
            self._tokenizer.enable_padding()
            model: Any = BertModel.from_pretrained(
                folder, num_hidden_layers=LAYERS, add_pooling_layer=False, local_files_only=True
            )
            self._model = model.eval()

    def states(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Any, Any]]:
        """Yield the tokens' states of texts in batches: places of the texts, states, mask."""
        import torch

        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            read = self._tokenizer.encode_batch([texts[place] for place in places])
            mask = torch.tensor([each.attention_mask for each in read])
            with torch.inference_mode():
                ids = torch.tensor([each.ids for each in read])
                states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
            yield places, states, mask.float()


def logits(states: Any, mask: Any, read: dict[str, Any], unsure: float = 0.0) -> Any:
    """Return the log-odds of sentences, from their tokens' states.

    Args:
        states: of the tokens, by sentence.
        mask: 1 where there is a token.
        read: the weights of the convolution and of what it finds.
        unsure: share of what is found that is left out by chance, while fitting.
    """
    import torch
    from torch.nn.functional import conv1d, dropout

    seen = (states * mask[:, :, None]).transpose(1, 2)
    filters = torch.relu(conv1d(seen, read["filters"], read["bias"], padding="same"))
    filters = filters * mask[:, None]
    mean = filters.sum(2) / mask.sum(1)[:, None]
    both = dropout(torch.cat([filters.max(2).values, mean], 1), unsure, unsure > 0)
    return both @ read["worth"] + read["start"]


def readable() -> bool:
    """Return whether the embedder can be loaded here; if not, or in a test with stand-ins, not."""
    return stand_ins.embedder(BUNDLED_EMBEDDER) is None and _loaded() is not None


def judged(sentences: Sequence[str]) -> list[float]:
    """Return the log-odds that each sentence is an instruction to a model."""
    import torch

    loaded = _loaded()
    assert loaded is not None, "ask readable() first"
    trunk, read = loaded
    found = [0.0] * len(sentences)
    for places, states, mask in trunk.states(sentences):
        with torch.inference_mode():
            for place, value in zip(places, logits(states, mask, read).tolist(), strict=True):
                found[place] = value
    return found


_LOADING = threading.Lock()


def _loaded() -> tuple[Trunk, dict[str, Any]] | None:
    """Return what is read with; None, with a warning, where it cannot be loaded now."""
    with _LOADING:
        return _load() if _KEPT is None else _KEPT


def _load() -> tuple[Trunk, dict[str, Any]] | None:
    """Load what is read with, and keep it for the process."""
    global _KEPT
    try:
        import torch

        trunk = Trunk()
    except Exception as error:  # a damaged file of weights raises whatever its reader likes
        _log.warning(
            "Passages are searched for instructions to a model by their wording alone, which finds "
            "fewer, because the bundled embedder cannot be loaded: %s",
            error,
        )
        return None
    read = {
        name.removeprefix(weights.READ): torch.from_numpy(each).float()
        for name, each in weights.load().items()
        if name.startswith(weights.READ)
    }
    _KEPT = (trunk, read)
    return _KEPT
