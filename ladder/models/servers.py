"""The OpenAI-compatible servers that a team added; stored as `LADDER_HOME/servers.json`.

A key never touches the disk: only the name of the environment variable that holds it does.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from ladder.errors import ModelError
from ladder.files import locked, read_json, write_json
from ladder.models.references import parse_reference

__all__ = ["Server", "add_server", "key_for", "note_test", "remove_server", "servers"]

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


@dataclass(frozen=True)
class Server:
    """One model on one server."""

    model: str
    url: str
    """The address as far as its /v1."""
    key_variable: str = ""
    """Name of the environment variable that holds the key; empty needs none."""
    answered: bool | None = None
    """Whether it answered when it was last tested; None: not tested yet."""

    @property
    def reference(self) -> str:
        """Return the reference by which it is loaded."""
        return f"server:{self.model}@{self.url}"


def servers() -> list[Server]:
    """Return the servers that were added, in that order.

    Raises:
        ModelError: the file that holds them is damaged.
    """
    if not _file().is_file():
        return []
    try:
        return [Server(**entry) for entry in read_json(_file())["servers"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{_file()} cannot be read ({error}); move it away, then add the servers again."
        ) from error


def add_server(model: str, url: str, key_variable: str = "") -> Server:
    """Remember a server, in place of one with the same model and address.

    Args:
        model: The model's name, as the server calls it.
        url: The address as far as its /v1, such as "http://localhost:11434/v1".
        key_variable: Name of the environment variable that holds the key, if one is needed.

    Raises:
        ModelError: the address or the name of the variable is none.
        StorageError: the workspace cannot be written.
    """
    if key_variable and not _VARIABLE.fullmatch(key_variable):
        # What was typed may be the key itself, so it is not repeated.
        raise ModelError(
            "Give the name of the environment variable that holds the key, in capital letters, "
            "digits and underscores, such as OPENAI_API_KEY; never the key itself."
        )
    url = url.strip().rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ModelError(
            f'"{url}" is no server address; give one such as http://localhost:11434/v1.'
        )
    parsed = parse_reference(f"server:{model.strip()}@{url}")
    server = Server(parsed.name, parsed.url, key_variable)
    with locked(_file().parent):
        others = [known for known in servers() if known.reference != server.reference]
        _save([*others, server])
    return server


def remove_server(reference: str) -> None:
    """Forget a server; a Setup that names it keeps its reference, but knows no key any more.

    Raises:
        ModelError: no such server was added; the message lists those that were.
    """
    with locked(_file().parent):
        known = servers()
        left = [server for server in known if server.reference != reference]
        if len(left) == len(known):
            there = ", ".join(server.reference for server in known) or "none"
            raise ModelError(f"{reference} was not added; there is {there}.")
        _save(left)


def note_test(reference: str, answered: bool) -> None:
    """Remember whether a server answered when it was tested; one that was not added is no matter.

    Raises:
        StorageError: the workspace cannot be written.
    """
    if any(server.reference == reference for server in servers()):
        with locked(_file().parent):
            _save(
                [
                    replace(server, answered=answered) if server.reference == reference else server
                    for server in servers()
                ]
            )


def key_for(model: str, url: str) -> str | None:
    """Return the key for a server from the environment, or None if it needs none.

    Raises:
        ModelError: the variable that should hold it is not set.
    """
    known = {server.reference: server.key_variable for server in servers()}
    variable = known.get(f"server:{model}@{url}", "")
    if not variable:
        return None
    if not os.environ.get(variable):
        raise ModelError(
            f"The key for {url} should be in the environment variable {variable}, which is not "
            f"set here; set it and start the app or command again."
        )
    return os.environ[variable]


def _file() -> Path:
    from ladder.project import home

    return home() / "servers.json"


def _save(entries: list[Server]) -> None:
    write_json(_file(), {"servers": [asdict(entry) for entry in entries]})
