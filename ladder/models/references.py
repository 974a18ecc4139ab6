"""References: the strings by which a model is named, and what each kind of them needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ladder.errors import ModelError

__all__ = [
    "BUNDLED_EMBEDDER",
    "BUNDLED_GENERATOR",
    "LOCAL",
    "ModelCard",
    "Reference",
    "parse_reference",
    "scores_labels",
]

BUNDLED_GENERATOR = "smollm2-135m-instruct"
BUNDLED_EMBEDDER = "all-minilm-l6-v2"
LOCAL = ("bundled", "hf", "path", "run")
"""The kinds of reference whose model runs in this process as tensors."""

Kind = Literal["bundled", "hf", "path", "run", "gguf", "server"]

_HF_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_SERVER = re.compile(r"(?P<model>[^\s@]+(?:@[^\s@/]+)*)@(?P<url>https?://[^\s@]+)")
_FORMS = (
    f"{BUNDLED_GENERATOR} or {BUNDLED_EMBEDDER} (bundled), hf:ORG/NAME, path:FOLDER, run:ID, "
    "gguf:FILE or server:MODEL@URL"
)


@dataclass(frozen=True)
class Reference:
    """A model reference taken apart."""

    kind: Kind
    name: str
    """The bundled name, ORG/NAME, folder, run id, file, or the server's model."""
    url: str = ""
    """The server's address, as far as its /v1; empty for the other kinds."""

    def __str__(self) -> str:
        """Return the reference as it is written."""
        if self.kind == "bundled":
            return self.name
        return f"{self.kind}:{self.name}" + (f"@{self.url}" if self.url else "")


@dataclass(frozen=True)
class ModelCard:
    """One line of the table of models that can answer or embed here."""

    reference: str
    title: str
    kind: Literal["generator", "embedder", "classifier"]
    where: str
    """"bundled", "downloaded", "run of PROJECT" or the server's address."""
    context: int | None
    """The longest input in tokens, where known."""
    note: str = ""
    answered: bool | None = None
    """Of a server: whether it answered when it was last tested; None: not tested yet."""


def scores_labels(text: str) -> bool:
    """Return whether the model of a reference can say how likely each label is.

    Those that run in this process as tensors can; a server and llama.cpp only write.

    Raises:
        ModelError: the text is no reference.
    """
    return parse_reference(text).kind in LOCAL


def parse_reference(text: str) -> Reference:
    """Take a reference apart.

    Raises:
        ModelError: the text is no reference; the message shows the forms that are.
    """
    text = text.strip()
    if text in (BUNDLED_GENERATOR, BUNDLED_EMBEDDER):
        return Reference("bundled", text)
    kind, _, name = text.partition(":")
    if kind == "hf" and _HF_NAME.fullmatch(name) and ".." not in name:
        return Reference("hf", name)
    if kind == "run" and _RUN_ID.fullmatch(name):
        return Reference("run", name)
    if kind == "path" and name:
        return Reference("path", name)
    if kind == "gguf" and name:
        return Reference("gguf", name)
    if kind == "server" and (match := _SERVER.fullmatch(name)):
        return Reference("server", match["model"], match["url"].rstrip("/"))
    raise ModelError(f'"{text}" names no model; write {_FORMS}.')
