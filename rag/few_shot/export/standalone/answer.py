"""Answer texts with the few-shot prompt in this folder.

python answer.py "my text" --model FOLDER_OR_NAME
python answer.py --model FOLDER_OR_NAME --json < texts.txt

Texts come from the command line, or one a line from the standard input; each answer is a line.
`--prompt` shows what would be asked, and asks nobody.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["main"]

FOLDER = Path(__file__).resolve().parent
if __name__ == "__main__":  # with -I, Python does not look for modules beside this file
    sys.path.insert(0, str(FOLDER))

from ladder.errors import InputError, LadderError  # noqa: E402
from rag.few_shot.export.standalone.asking import Asking  # noqa: E402
from rag.few_shot.export.standalone.few_shot import FewShot, sentence_embedder  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer what is given and return the exit code."""
    given = _parsed(arguments)
    try:
        embedder = given.embedder or FewShot.settings(FOLDER)["embedder"]
        by_meaning = (FOLDER / "vectors.npy").exists()
        embed = sentence_embedder(embedder) if by_meaning and embedder else None
        few_shot = FewShot(FOLDER, embed)
        asking = None if given.prompt else Asking(few_shot, *_model(given, few_shot.prompt))
        for text, context in _texts(given):
            places = few_shot.places(text)
            if asking is None:
                said = {"messages": few_shot.messages(text, context, places)}
            else:
                said = asking.answer(text, context, places)
            said["examples"] = [few_shot.examples[place]["id"] for place in places]
            _say(said, given.json)
    except LadderError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _model(given: Any, settings: dict[str, Any]) -> tuple[Any, bool]:
    """Return the model, in this process or on a server, and whether its labels are scored."""
    name, server = given.model or settings["model"], given.server or settings["server"]
    if not name:
        raise InputError(
            "Say which model answers: --model with its folder or its name on the Hugging Face hub."
        )
    scores = (given.decoding or settings["answerer"]) == "labels"
    if scores and not settings["labels"]:
        raise InputError("This task has no labels to score; leave --decoding labels out.")
    if server and scores:
        raise InputError(
            "A server does not tell how likely a label is: add --decoding generate, and the model "
            "writes its answer."
        )
    if server:
        from rag.few_shot.export.standalone.server import Server

        return Server(server, name, os.environ.get(given.key_variable)), False
    from rag.few_shot.export.standalone.local import Model

    return Model(name, given.dtype or settings["dtype"]), scores


def _texts(given: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts to answer, each with its context; blank ones are left out."""
    if given.text is not None and not given.text.strip():
        raise InputError("There is nothing to ask: give a text that is not blank.")
    lines = sys.stdin if given.text is None else [given.text]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not given.jsonl:
            yield line.strip(), given.context
            continue
        try:
            row = json.loads(line)
            yield row["input"].strip(), row.get("context", given.context)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f'Line {number} is not like {{"input": "my text", "context": "if there is one"}}.'
            ) from error


def _say(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        said = json.dumps(answer, ensure_ascii=False)
    elif "messages" in answer:
        said = "\n\n".join(f"[{m['role']}]\n{m['content']}" for m in answer["messages"])
    else:
        said = answer["label"] or answer["text"]
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()


def _parsed(arguments: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description="Answer texts with the prompt in this folder.")
    add = parser.add_argument
    add("text", nargs="?", help="What is asked. Default: one text a line from standard input.")
    add("--model", help="Folder, or name on the Hugging Face hub. Default: that in prompt.json.")
    add("--embedder", help="Folder or name of the embedder that made vectors.npy.")
    add("--context", default="", help="What the text is to be read with.")
    add("--decoding", choices=("generate", "labels"), help="Write, or score the labels.")
    add("--jsonl", action="store_true", help='Each line is {"input": TEXT, "context": TEXT}.')
    add("--dtype", choices=("auto", "float32", "bfloat16"), help="Default: that in prompt.json.")
    add("--server", metavar="URL", help="Ask an OpenAI-compatible server; URL as far as its /v1.")
    add("--key-variable", default="OPENAI_API_KEY", metavar="NAME", help="Where its key is.")
    add("--prompt", action="store_true", help="Show what would be asked, and ask nobody.")
    add("--json", action="store_true", help="One JSON object a line.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
