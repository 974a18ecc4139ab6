"""The command about models: list them, test one, add a server or take it away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ladder.given import reference_here
from ladder.printing import say, say_json, table

if TYPE_CHECKING:
    import ladder.models as service

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the `ladder` command."""
    app.command()(models)


def models(
    test: Annotated[
        str | None, typer.Option(metavar="REF", help="Ask a model something and time it.")
    ] = None,
    add_server: Annotated[
        str | None,
        typer.Option(metavar="MODEL@URL", help="Remember an OpenAI-compatible server."),
    ] = None,
    key_variable: Annotated[
        str, typer.Option(metavar="NAME", help="Environment variable that holds its key.")
    ] = "",
    remove_server: Annotated[
        str | None, typer.Option(metavar="MODEL@URL", help="Forget a server that was added.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """List the models that work here, test one, or add or remove a server."""
    from ladder import models as service

    if test is not None:
        result = service.test_model(reference_here(test))
        say_json(result) if as_json else say(result.sentence)
        if not result.ok:
            raise typer.Exit(2)
        return
    if add_server is not None:
        asked = _server(add_server)
        card = service.add_server(asked.name, asked.url, key_variable)
        say_json(card) if as_json else say(f"Added. Next: ladder models --test {card.reference}")
        return
    if remove_server is not None:
        gone = str(_server(remove_server))
        service.remove_server(gone)
        say_json({"removed": gone}) if as_json else say(f"Removed {gone}.")
        return
    cards = service.available()
    if as_json:
        say_json(cards)
        return
    rows = [(c.reference, c.kind, c.where, c.context or "", _tested(c), c.title) for c in cards]
    say(table(("reference", "kind", "where", "context", "tested", "name"), rows))


def _server(text: str) -> service.Reference:
    """Return the reference of a server, which may be given without its first word."""
    from ladder.models import parse_reference

    return parse_reference(f"server:{text.removeprefix('server:')}")


def _tested(card: service.ModelCard) -> str:
    """Return what is known of a server; the others lie here."""
    if not card.reference.startswith("server:"):
        return ""
    return {None: "not tested", True: "answers", False: "did not answer"}[card.answered]
