"""The commands about documents: make them searchable, search them, ask them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ladder.errors import InputError
from ladder.given import reference_here, setup_here
from ladder.methods import DEFAULT_EMBEDDER
from ladder.printing import say, say_json

__all__ = ["register"]

ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Name or path.")]
QuestionArgument = Annotated[str, typer.Argument(metavar="QUESTION", help="In quotes.")]
EmbedderOption = Annotated[
    str | None,
    typer.Option(metavar="REF", help="Search its index, which is made first where there is none."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


class Retriever(StrEnum):
    """The ways of searching."""

    dense = "dense"
    bm25 = "bm25"
    hybrid = "hybrid"


def register(app: typer.Typer) -> None:
    """Add the commands to the `ladder` command."""
    for command in (index, search, ask):
        app.command()(command)


def index(
    project: ProjectArgument,
    documents: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Copy its files into the project first.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put the files of FOLDER into a collection.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Take out what came from FOLDER and is gone from it.")
    ] = False,
    embedder: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Make the index of this embedder; the old one stays."),
    ] = None,
    compare: Annotated[
        int | None,
        typer.Option(
            min=50, metavar="N", help="Say what the embedder would miss, cut every N characters."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the documents searchable; only what is new or changed is read again."""
    from ladder.cli import elsewhere, followed
    from ladder.jobs import submit
    from ladder.project import open_project

    target = open_project(project)
    if collection is not None and documents is None:
        raise InputError("--collection says where the files of --documents go; give both.")
    if prune and documents is None:
        raise InputError(
            "--prune takes out what is gone from the folder of --documents; give both."
        )
    added = None
    if documents is not None:
        added = elsewhere("add_documents")(target, documents, collection or "", prune)
    refused = added.refused if added else ()
    if added:  # at once: what follows may fail, or take its time
        _say_added(added, prune)
    if not target.documents():
        raise InputError(
            "None of these files can be read as a document; see the reasons above."
            if refused
            else f'The project "{target.name}" has no documents yet; add some on the Chat page, '
            f"or with: ladder index {target.name} --documents FOLDER"
        )
    spec = {"embedder": reference_here(embedder)} if embedder is not None else {}
    result = followed(submit(target, "index", spec)).result
    unreadable = result["unreadable"]
    result["unreadable"] = [*map(asdict, refused), *unreadable]
    if added:
        result["replaced"] = list(added.replaced)
        result["beside"] = [{"file": file, "document": kept} for file, kept in added.beside]
        result["gone"] = list(added.gone)
    if compare is not None:
        used = spec.get("embedder", DEFAULT_EMBEDDER)
        result["unseen"][str(compare)] = elsewhere("unseen_tokens_at")(target, used, compare)
    if as_json:
        say_json(result)
        return
    for each in (*unreadable, *result["left_out"], *result["flagged"]):
        say(f"{each['doc']}: {each['reason']}", aside=True)
    say(
        f"{_count(result['documents'], 'document')}, {_count(result['chunks'], 'passage')}, "
        f"{result['tokens']:,} tokens; {_count(result['embedded'], 'passage')} embedded now, "
        f"in {result['seconds']:.1f} s."
    )
    counted = result["tokens"], result["reads"], result["unseen"]
    if seen := elsewhere("share_words")(*counted, compare or 1000):
        say(seen[0].upper() + seen[1:])
    if embedder is not None:
        say(
            "This index is searched by --embedder of ladder search and ladder ask, under Change on "
            f"the page Chat, and by a Setup with the line `embedder: {spec['embedder']}`."
        )


def _say_added(added: Any, pruned: bool) -> None:
    """Say what was refused, what took the place of an older one, what stands beside or is gone."""
    for each in added.refused:
        say(f"{each.doc}: {each.reason}", aside=True)
    for name in added.replaced:
        say(f"{name}: the newer file took its place.", aside=True)
    for file, kept in added.beside:
        say(
            f"{file}: another document has this name, so it stands beside that one as {kept}; if "
            "it replaces the older one, take that out on the page Chat.",
            aside=True,
        )
    for name in added.gone:
        done = "taken out" if pruned else "still answered from; --prune takes it out"
        say(f"{name}: no longer in the folder that it came from, {done}.", aside=True)


def search(
    project: ProjectArgument,
    question: Annotated[str | None, typer.Argument(metavar="[QUESTION]", help="In quotes.")] = None,
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help='Instead: one {"id", "question"} a line; needs --json.'),
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="How many passages.")] = 10,
    retriever: Annotated[
        Retriever | None,
        typer.Option(help="By meaning, by words, or by both. Default: that of the task's Setup."),
    ] = None,
    task: Annotated[
        str | None, typer.Option(metavar="NAME", help="Search as its Setup says.")
    ] = None,
    collection: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only documents of it; may be given several times."),
    ] = None,
    embedder: EmbedderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages that answer a question best."""
    from ladder.cli import elsewhere
    from ladder.project import open_project

    if (question is None) == (queries is None):
        raise InputError("Give one question in quotes, or a file of them with --queries FILE.")
    target, tell = open_project(project), partial(say, aside=True)
    settings, usual = elsewhere("search_settings")(target, task)
    searched = reference_here(embedder) if embedder is not None else usual
    settings = replace(settings, collections=tuple(collection or settings.collections))
    if retriever is not None:
        settings = replace(settings, retriever=retriever.value)
    if queries is not None:
        if not as_json:
            raise InputError("The answer to --queries is JSON, one line a question; add --json.")
        for line in elsewhere("search_all")(target, queries, k, settings, searched, tell):
            say(json.dumps(line, ensure_ascii=False))
        return
    found: list[dict[str, Any]] = elsewhere("search")(target, question, k, settings, searched, tell)
    if as_json:
        say_json(found)
        return
    for rank, each in enumerate(found, 1):
        place = f"{each['doc']} {each['start']} to {each['end']}"
        beside = "".join(f", {each[name]}" for name in ("place", "heading") if each[name])
        say(f"{rank}. {each['similarity']:.2f}  {place}{beside}")
        say("   " + " ".join(each["text"].split()))


def ask(
    project: ProjectArgument,
    question: QuestionArgument,
    task: Annotated[
        str | None, typer.Option(metavar="NAME", help="Default: the only task with free answers.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Default: that of the task's Setup.")
    ] = None,
    setup: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A Setup in YAML instead of the task's.")
    ] = None,
    embedder: EmbedderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer one question, with citations from the documents."""
    from ladder.cli import elsewhere
    from ladder.project import open_project

    target = open_project(project)
    given = None
    if setup is not None:
        given = setup_here(setup, elsewhere("chat_task")(target, task).task.name, model)
    named = reference_here(model) if model else None
    answered = elsewhere("ask")(
        target,
        question,
        task=task,
        setup=given,
        model=named,
        embedder=reference_here(embedder) if embedder is not None else None,
        tell=partial(say, aside=True),
    )
    if as_json:
        say_json(answered)
        return
    say(answered["answer"] or answered["why"] or "The model gave no answer.")
    for number, each in enumerate(answered["citations"], 1):
        quote = " ".join(each["quote"].split())
        say(f'[{number}] {each["doc"]} {each["start"]} to {each["end"]}: "{quote}"')
    if answered["abstained"]:
        for each in answered["passages"][:3]:
            place = ", ".join(each[k] for k in ("doc", "place", "heading") if each[k])
            say(f"near: {place} ({each['similarity']:.2f})", aside=True)
    for flag in dict.fromkeys(flag for each in answered["passages"] for flag in each["flags"]):
        say(f"careful, in what was found: {flag}", aside=True)
    who = [answered["model"], answered["method"], f"{answered['seconds']:.1f} s", answered["note"]]
    say(", ".join(part for part in who if part), aside=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
