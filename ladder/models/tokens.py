"""Count a prompt's tokens as its model does, without loading the model's weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models import stand_ins
from ladder.models.places import locate
from ladder.models.references import parse_reference
from ladder.prompt import encode, shared_tokens

__all__ = ["TokenCounter", "token_counter"]

_LETTERS_A_TOKEN = 4
"""Our assumption for a server, which keeps its tokenizer to itself."""


@dataclass(frozen=True)
class TokenCounter:
    """Encodes prompts as one model reads them."""

    context: int | None
    """The model's context window in tokens, where known."""
    tokenizer: Any = None
    """None where the model keeps it to itself."""
    stand_in: Any = None

    @property
    def exact(self) -> bool:
        """Return whether tokens are counted; else they are reckoned from the letters."""
        return self.tokenizer is not None or self.stand_in is not None

    def count(self, messages: Sequence[Message]) -> int:
        """Return how many tokens the model reads before it answers."""
        if self.stand_in is not None:
            return len(self.stand_in.encode(messages))
        if self.tokenizer is not None:
            return len(encode(messages, self.tokenizer))
        return sum(len(message["content"]) for message in messages) // _LETTERS_A_TOKEN

    def shared(self, one: Sequence[Message], other: Sequence[Message]) -> int:
        """Return how many tokens two prompts have in common at their beginning."""
        if self.stand_in is not None:
            return shared_tokens(self.stand_in.encode(one), self.stand_in.encode(other))
        if self.tokenizer is not None:
            return shared_tokens(encode(one, self.tokenizer), encode(other, self.tokenizer))
        texts = ("".join(message["content"] for message in each) for each in (one, other))
        letters = [[ord(letter) for letter in text] for text in texts]
        return shared_tokens(*letters) // _LETTERS_A_TOKEN

    def text(self, messages: Sequence[Message]) -> str:
        """Return the prompt as one text: as the model reads it, where its tokenizer is here."""
        if [message["role"] for message in messages] == ["plain"]:
            return messages[0]["content"]
        if self.tokenizer is None:
            return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)
        ids = encode(messages, self.tokenizer)
        return str(self.tokenizer.decode(ids, skip_special_tokens=False))


def token_counter(reference: str) -> TokenCounter:
    """Return the counter of a model; only its tokenizer and its settings are read.

    Raises:
        ModelError: the model cannot be had, or its tokenizer cannot be read.
    """
    if (stand_in := stand_ins.generator(reference)) is not None:
        return TokenCounter(stand_in.context, stand_in=stand_in)
    parsed = parse_reference(reference)
    if parsed.kind == "server":
        return TokenCounter(None)
    if parsed.kind == "gguf":
        return _of_gguf(Path(parsed.name).expanduser().resolve())
    return _of_folder(locate(parsed).folder)


@lru_cache(maxsize=4)
def _of_folder(folder: Path) -> TokenCounter:
    """Read the tokenizer of a transformers model."""
    from ladder.models.quiet import quiet

    with quiet():
        from transformers import AutoConfig, AutoTokenizer

        here = {"local_files_only": True, "trust_remote_code": False}
        try:
            config = AutoConfig.from_pretrained(str(folder), **here)
            tokenizer = AutoTokenizer.from_pretrained(str(folder), **here)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(
                f"The tokenizer in {folder} cannot be read; it needs the files of a "
                "transformers model."
            ) from error
    return TokenCounter(getattr(config, "max_position_embeddings", None), tokenizer)


@lru_cache(maxsize=4)
def _of_gguf(file: Path) -> TokenCounter:
    """Read the tokenizer that a GGUF file holds."""
    from ladder.models.llama_cpp import read_gguf

    if not file.is_file():
        raise ModelError(f"There is no file {file}; give the path of a GGUF file.")
    return TokenCounter(*read_gguf(file))
