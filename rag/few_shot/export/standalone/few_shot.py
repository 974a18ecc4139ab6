"""The few-shot prompt of one task: which examples it shows with a text, and how it reads.

Everything lies beside this file: `prompt.json` has the settings and the pieces of the prompt,
`examples.jsonl` the labelled examples that may be shown, `vectors.npy` their embeddings where
they are chosen by meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ladder.errors import InputError
from ladder.models.quiet import quiet
from ladder.project.near_duplicates import normalised
from rag.few_shot.choose import choose, in_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

__all__ = ["FewShot", "assembled", "sentence_embedder", "unit"]

_THE_SAME = 0.99
"""The cosine of two vectors of one text, from which they come from the same embedder."""


def assembled(
    prompt: dict[str, Any],
    shown: Sequence[Sequence[dict[str, str]]],
    text: str,
    context: str = "",
) -> list[dict[str, str]]:
    """Return the messages that ask for a text's answer.

    Args:
        prompt: the pieces, as `prompt.json` has them.
        shown: the examples, each in its messages, in the order in which they stand.
        text: what is asked.
        context: what the text is to be read with, if anything.
    """
    if context.strip():
        before, between, after = prompt["asked_with_context"]
        asked = f"{before}{context.strip()}{between}{text.strip()}{after}"
    else:
        before, after = prompt["asked"]
        asked = f"{before}{text.strip()}{after}"
    messages = [*prompt["before"], *(message for each in shown for message in each)]
    if prompt["format"] == "chat":
        return [*messages, {"role": "user", "content": asked}]
    texts = [message["content"] for message in messages]
    return [{"role": "plain", "content": "\n\n".join([*texts, asked])}]


class FewShot:
    """A task's prompt, and the examples that it shows with a text.

    Args:
        folder: where the files lie.
        embed: the unit vector of a text, by the embedder that made `vectors.npy`; needed where
            that file is.

    Raises:
        InputError: there is no embedder, or another one than made the vectors.
    """

    def __init__(self, folder: Path, embed: Callable[[str], Numbers] | None = None) -> None:
        self.prompt = self.settings(folder)
        """The settings and the pieces of the prompt."""
        lines = _read(folder / "examples.jsonl").split("\n") if self.prompt["count"] else []
        self.examples: list[dict[str, Any]] = [json.loads(line) for line in lines if line]
        """The examples that may be shown."""
        self._embed = embed
        self._vectors: Numbers | None = None
        if (folder / "vectors.npy").exists():
            self._vectors = np.load(folder / "vectors.npy", allow_pickle=False)
            self._check()
        self._same: dict[str, list[int]] = {}
        for place, example in enumerate(self.examples):
            self._same.setdefault(normalised(example["input"]), []).append(place)

    @staticmethod
    def settings(folder: Path) -> dict[str, Any]:
        """Return what `prompt.json` says."""
        found: dict[str, Any] = json.loads(_read(folder / "prompt.json"))
        return found

    def messages(
        self, text: str, context: str = "", places: Sequence[int] | None = None
    ) -> list[dict[str, str]]:
        """Return the messages that ask for a text's answer, with the examples at `places`."""
        chosen = self.places(text) if places is None else places
        return assembled(
            self.prompt, [self.examples[place]["shown"] for place in chosen], text, context
        )

    def places(self, text: str) -> list[int]:
        """Return which examples a text is shown with, in the order in which they stand.

        An example whose own text it is, letter case and punctuation apart, is left out.
        """
        count, selection = self.prompt["count"], self.prompt["selection"]
        left_out = self._same.get(normalised(text), [])
        if selection == "random":  # they lie in the order in which they were drawn
            kept = [place for place in range(len(self.examples)) if place not in left_out]
            return kept[:count]
        if not self.examples:
            return []
        similarity = self._similarity(text)
        similarity[left_out] = -np.inf
        labels = np.asarray([each.get("group", 0) for each in self.examples], dtype=np.intp)
        chosen = choose(selection, similarity, count, self._vectors, labels)
        found: list[int] = in_order(chosen, similarity, self.prompt["order"]).tolist()
        return found

    def _similarity(self, text: str) -> Numbers:
        """Return how like a text each example is: by its words, or by its meaning."""
        if self._vectors is None or self._embed is None:
            by_words: Numbers = self._words.scores(text)
            return by_words
        by_meaning: Numbers = (self._embed(text)[None] @ self._vectors.T)[0]
        return by_meaning

    @cached_property
    def _words(self) -> Any:
        from rag.search.bm25 import Bm25

        return Bm25.build([example["input"] for example in self.examples])

    def _check(self) -> None:
        """Check that texts are embedded as the examples were."""
        if self._embed is None or self._vectors is None:
            raise InputError(
                "The examples are chosen by the meaning of the text: name the embedder that made "
                "vectors.npy (README.md says which), as a folder or a name on the hub."
            )
        own, kept = self._embed(self.examples[0]["input"]), self._vectors[0]
        if own.shape != kept.shape or float(own @ kept) < _THE_SAME:
            raise InputError(
                "This embedder is not the one that made vectors.npy, so it would choose other "
                "examples; README.md says which one did."
            )


def sentence_embedder(name: str) -> Callable[[str], Numbers]:
    """Return what embeds a text, by a model of sentence-transformers.

    Args:
        name: its folder, or its name on the Hugging Face hub.

    Raises:
        InputError: it cannot be loaded.
    """
    with quiet():
        from sentence_transformers import SentenceTransformer

        try:
            model: Any = SentenceTransformer(name, trust_remote_code=False).eval()
        except (OSError, ValueError) as error:
            raise InputError(
                f"{name} cannot be loaded as an embedder; give the folder of a model of "
                "sentence-transformers, or its name on the Hugging Face hub."
            ) from error

    def embed(text: str) -> Numbers:
        vectors = model.encode(
            [text], normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return unit(vectors[0])

    return embed


def unit(vector: Any) -> Numbers:
    """Return a vector in float32, made one long."""
    found = np.asarray([vector], dtype=np.float32)
    one_long: Numbers = (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12))[0]
    return one_long


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
