"""OpenAI-compatible servers, through LangChain's chat model for them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models.decoding import StopText
from ladder.models.generation import Cancelled, Completion
from ladder.models.references import Reference
from ladder.models.servers import key_for

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["ServerGenerator"]

_TIMEOUT = 120.0
"""Seconds to wait for a reply."""
_LETTERS_A_TOKEN = 4


class ServerGenerator:
    """A model on a server as a `Generator`; a plain prompt is sent as one user message.

    Nothing is asked of the server before the first completion.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = str(reference)
        self.title = reference.name
        self.context: int | None = None
        self.dtype = "server"
        self.dtype_reason = "server: chosen by whoever runs it"
        self._model = reference.name
        self._url = reference.url

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Return as many zeros as the prompt has tokens, about: the server has the tokenizer."""
        letters = sum(len(message["content"]) for message in messages)
        return [0] * (letters // _LETTERS_A_TOKEN)

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
        """Complete a prompt at temperature 0; see `ladder.models.Generator`."""
        started = time.perf_counter()
        with self._asked(max_new_tokens, stop, schema) as chat:
            reply: Any = chat.invoke(_to_send(messages))
            usage, gate = reply.usage_metadata or {}, StopText(stop)
            ended = reply.response_metadata.get("finish_reason")
            return Completion(
                text=gate.add(reply.text) + gate.rest(),
                token_ids=(),
                prompt_tokens=usage.get("input_tokens", len(self.encode(messages))),
                cached_tokens=usage.get("input_token_details", {}).get("cache_read") or 0,
                completion_tokens=usage.get("output_tokens", len(reply.text) // _LETTERS_A_TOKEN),
                seconds=time.perf_counter() - started,
                finish="length" if ended == "length" else "stop",
            )

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
        gate = StopText(stop)  # for servers that do not heed stop texts
        with self._asked(max_new_tokens, stop, schema) as chat:
            for chunk in chat.stream(_to_send(messages)):
                if shown := gate.add(str(chunk.text)):
                    yield shown
                if gate.stopped or (cancelled is not None and cancelled()):
                    return
        if shown := gate.rest():
            yield shown

    @contextmanager
    def _asked(
        self, max_new_tokens: int, stop: Sequence[str], schema: Mapping[str, Any] | None
    ) -> Iterator[BaseChatModel]:
        """Open a connection and turn what goes wrong on it into a sentence."""
        import httpx
        import openai
        from langchain.chat_models import init_chat_model

        key = key_for(self._model, self._url)
        beside: dict[str, Any] = {}
        if urlsplit(self._url).hostname != "api.openai.com":
            # LangChain sends the newer name alone, which many servers do not heed.
            beside["max_tokens"] = max_new_tokens
        if schema is not None:
            # Past LangChain, which would parse the answer and raise where it is cut short.
            beside["response_format"] = _response_format(schema)
        with httpx.Client() as client:
            chat = init_chat_model(
                self._model,
                model_provider="openai",
                base_url=self._url,
                api_key=key or "none",
                http_client=client,
                timeout=_TIMEOUT,
                max_retries=1,
                temperature=0,
                stop_sequences=list(stop) or None,
                stream_usage=True,
                use_responses_api=False,
                max_tokens=max_new_tokens,
                extra_body=beside or None,
            )
            try:
                yield chat
            except openai.OpenAIError as error:
                raise ModelError(self._sentence(error, key, schema is not None)) from error
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                raise ModelError(
                    f"{self._url} answered, but not in the format of OpenAI's chat completions; "
                    "check that the address is right and ends where its /v1 does."
                ) from error

    def _sentence(self, error: Exception, key: str | None, held: bool) -> str:
        """Return what went wrong and what to do."""
        import openai

        place, model = self._url, self._model
        if isinstance(error, openai.APITimeoutError):
            return f"{place} did not answer within {_TIMEOUT:.0f} seconds; try again later."
        if isinstance(error, openai.APIConnectionError):
            return f"{place} cannot be reached; check the address and that the server runs."
        if isinstance(error, openai.AuthenticationError):
            return (
                f"{place} refused the key (401); check the environment variable that holds it."
                if key
                else f"{place} asks for a key (401); add the server with the name of the "
                "environment variable that holds it."
            )
        if isinstance(error, openai.PermissionDeniedError):
            return f'{place} does not let this key use "{model}" (403); ask whoever runs it.'
        if isinstance(error, openai.NotFoundError):
            return f'{place} has no model "{model}" (404), or its address does not end in /v1.'
        if isinstance(error, openai.RateLimitError):
            return f"{place} says it is asked too often, or the credit is used up (429); wait."
        status = getattr(error, "status_code", None)
        said = str(error).replace(key, "...") if key else str(error)
        if status is not None and status >= 500:
            return f"{place} failed by itself ({status}); try again later, or look at its log."
        what = "the request, which holds the answer to a JSON schema" if held else "the request"
        remedy = " If it knows no schemas, set decoding.json_schema to false." if held else ""
        return f"{place} refused {what} ({status or type(error).__name__}): {said[:300]}{remedy}"


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema in OpenAI's form; strict where the schema is one that it takes strictly."""
    from ladder.models.json_schema import is_strict

    named = {"name": "answer", "schema": dict(schema), "strict": is_strict(schema)}
    return {"type": "json_schema", "json_schema": named}


def _to_send(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """Return the messages as LangChain takes them; a plain one becomes the user's."""
    return [
        ("user" if message["role"] == "plain" else message["role"], message["content"])
        for message in messages
    ]
