"""An OpenAI-compatible server, asked with the standard library alone."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from ladder.errors import ModelError
from ladder.models.decoding import StopText

__all__ = ["Server"]

_TIMEOUT = 120.0


class Server:
    """Completes prompts at temperature 0.

    Args:
        url: its address as far as its /v1.
        model: what it calls the model.
        key: its key, if it wants one.
    """

    def __init__(self, url: str, model: str, key: str | None) -> None:
        self._url, self._model, self._key = url.rstrip("/"), model, key

    def encode(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Return no tokens: the server keeps its tokenizer to itself."""
        return []

    def complete(
        self,
        messages: Sequence[dict[str, str]],
        max_new_tokens: int,
        stop: Sequence[str],
        shared: int = 0,
    ) -> str:
        """Return what the model writes, up to a stop text.

        Raises:
            ModelError: the server does not answer, or not as such servers do.
        """
        body = {
            "model": self._model,
            "messages": [
                # A plain prompt is sent as one message of the user.
                {**each, "role": "user" if each["role"] == "plain" else each["role"]}
                for each in messages
            ],
            "max_tokens": max_new_tokens,
            "temperature": 0,
        }
        reply = self._sent(body | ({"stop": list(stop)} if stop else {}))
        try:
            text = reply["choices"][0]["message"]["content"] or ""
        except (KeyError, IndexError, TypeError) as error:
            raise ModelError(
                f"{self._url} answered, but not in the format of OpenAI's chat completions; check "
                "that the address is right and ends where its /v1 does."
            ) from error
        gate = StopText(stop)
        return gate.add(text) + gate.rest()

    def _sent(self, body: dict[str, Any]) -> Any:
        if not self._url.startswith(("http://", "https://")):
            raise ModelError(f"{self._url} is no address of a server; it begins with https://.")
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(
            f"{self._url}/chat/completions", json.dumps(body).encode(), headers
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise ModelError(
                f'{self._url} refused the request for "{self._model}" ({error.code}); check the '
                "model's name, and the key in the environment variable of --key-variable."
            ) from error
        except (OSError, ValueError) as error:
            raise ModelError(
                f"{self._url} cannot be reached or did not answer in JSON ({error}); check the "
                "address, and that the server runs."
            ) from error
