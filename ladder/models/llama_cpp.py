"""GGUF files, answered by llama.cpp inside this process (package `xllamacpp`).

The prompt is made by `ladder.prompt.encode` with the tokenizer that the file holds, and
llama.cpp gets token ids: the same prompt as everywhere else. The package also listens on a
loopback port; a random key that nobody is told keeps others out.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models.generation import Cancelled, Completion, check_length
from ladder.models.hardware import threads
from ladder.models.json_mask import BLANKS
from ladder.models.references import Reference
from ladder.prompt import encode

__all__ = ["LlamaCppGenerator", "read_gguf"]

_LONGEST_CONTEXT = 8192
"""Tokens; the window's memory is taken at once, so a model's 128 thousand would be too much."""


class LlamaCppGenerator:
    """A GGUF file as a `Generator`.

    Raises:
        ModelError: the file is missing, or is not one that llama.cpp and transformers read.
    """

    def __init__(self, reference: Reference) -> None:
        file = Path(reference.name).expanduser().resolve()
        if not file.is_file():
            from ladder.models.catalogue import can_be_had

            raise ModelError(
                f"There is no file {file}; give the path of a GGUF file, or take another: "
                f"{can_be_had()}"
            )
        self.context: int | None
        self.context, self.tokenizer = read_gguf(file)
        self.reference = str(reference)
        self.title = file.stem
        self.dtype = "gguf"
        self.dtype_reason = "gguf: the file's own number format"
        self._server = _start(file, self.context or _LONGEST_CONTEXT)

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of a prompt."""
        return encode(messages, self.tokenizer)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Completion:
        """Complete a prompt greedily; see `ladder.models.Generator`."""
        ids = self.encode(messages)
        started = time.perf_counter()
        pieces: list[str] = []
        held = _held(messages, schema)
        last = self._answer(ids, max_new_tokens, stop, cancelled, pieces.append, held)
        usage = last.get("usage", {})
        ended = last["choices"][0]["finish_reason"] if last else None
        return Completion(
            text="".join(pieces),
            token_ids=(),
            prompt_tokens=len(ids),
            cached_tokens=0,
            completion_tokens=usage.get("completion_tokens", len(pieces)),
            seconds=time.perf_counter() - started,
            finish="cancelled" if ended is None else "length" if ended == "length" else "stop",
        )

    def count_tokens(self, text: str) -> int:
        """Return into how many tokens llama.cpp itself cuts a text, which it reads for it."""
        last: list[dict[str, Any]] = []

        def take(chunk: dict[str, Any]) -> bool:
            last.append(chunk)
            return False

        self._server.handle_completions({"prompt": text, "max_tokens": 1}, take)
        return int(last[-1]["usage"]["prompt_tokens"])

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        shared_prefix: int = 0,
        cancelled: Cancelled | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[str]:
        """Yield the completion piece by piece; see `ladder.models.Generator`."""
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        left = threading.Event()
        ids, held = self.encode(messages), _held(messages, schema)

        def work() -> None:
            try:
                self._answer(
                    ids,
                    max_new_tokens,
                    stop,
                    lambda: left.is_set() or (cancelled is not None and cancelled()),
                    pieces.put,
                    held,
                )
                pieces.put(None)
            except BaseException as error:
                pieces.put(error)

        threading.Thread(target=work, name="gguf stream", daemon=True).start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            left.set()

    def _answer(
        self,
        ids: Sequence[int],
        max_new_tokens: int,
        stop: Sequence[str],
        cancelled: Cancelled | None,
        on_text: Callable[[str], object],
        held: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Let llama.cpp answer; return its last chunk, or nothing if it was cancelled."""
        last: dict[str, Any] = {}
        failed: list[str] = []

        def take(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                failed.append(str(chunk["error"].get("message", chunk["error"])))
                return True
            choice = chunk["choices"][0]
            if choice["text"]:
                on_text(choice["text"])
            if choice["finish_reason"]:
                last.update(chunk)
            return cancelled is not None and cancelled()

        check_length(self.context, len(ids), max_new_tokens)
        request = {
            "prompt": list(ids),
            "max_tokens": max_new_tokens,
            "temperature": 0,
            "stop": list(stop),
            "cache_prompt": False,  # a kept prompt would let the order of requests show
            "stream": True,
            **held,
        }
        self._server.handle_completions(request, take)
        if failed:
            raise ModelError(f"llama.cpp could not answer: {failed[0]}")
        return last


def _held(messages: Sequence[Message], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what makes llama.cpp hold its answer to a schema."""
    import xllamacpp

    if schema is None:
        return {}
    schema = {**schema, "x-guidance": BLANKS}
    grammar = xllamacpp.json_schema_to_grammar(json.dumps(schema))
    if messages[-1]["role"] == "plain" and grammar.startswith("%llguidance"):
        # The answer follows a colon: one blank may come first, as in the examples.
        return {"grammar": grammar.replace("start:", 'start: " "? answer\nanswer:', 1)}
    return {"json_schema": schema}


def read_gguf(file: Path) -> tuple[int, Any]:
    """Return the context window that a GGUF file gets, and its tokenizer."""
    from ladder.models.quiet import quiet

    with quiet():
        from gguf import GGUFReader
        from transformers import AutoTokenizer

        try:
            reader: Any = GGUFReader(file)
            architecture = reader.get_field("general.architecture").contents()
            context = int(reader.get_field(f"{architecture}.context_length").contents())
            tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name)
        except (OSError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise ModelError(
                f"{file.name} is not a GGUF language model whose tokenizer can be read; choose "
                "one of a common family, such as Llama, Qwen, Mistral or Gemma."
            ) from error
    return min(context, _LONGEST_CONTEXT), tokenizer


def _start(file: Path, context: int) -> Any:
    """Start llama.cpp on a file, silently and for this process alone."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_ctx = context
    params.n_parallel = 1
    params.verbosity = 0
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_urlsafe(32)]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads()
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp cannot load {file.name}; the file may be cut short, of a newer kind, or "
            "too large for the free memory. Download it again or choose a smaller one."
        ) from error
