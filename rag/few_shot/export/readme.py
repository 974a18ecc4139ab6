"""The README of an export: what it is, how it is run, and what it does not carry."""

from __future__ import annotations

from ladder import __version__
from ladder.models.references import BUNDLED_GENERATOR, parse_reference
from rag.few_shot.export.content import Content, fixed, public_name

__all__ = ["about_langchain", "about_openai", "about_python"]

_SELECTIONS = {
    "nearest": "those most like the text by their embeddings",
    "bm25": "those most like the text by their words (BM25)",
    "mmr": "those like the text by their embeddings, and unlike each other",
    "per-label": "the nearest of each label",
    "nearest+per-label": "the nearest, and the nearest of other labels",
    "random": "drawn at random, the same for every text",
}


def about_python(content: Content) -> str:
    """Return the README of a program."""
    named = "" if public_name(content.setup.model) else " --model FOLDER"
    named += " --embedder FOLDER" if content.by_meaning and not _embedder(content) else ""
    return _joined(
        f"# {content.folder.task.name}: a few-shot prompt that answers by itself",
        _what(content),
        "```sh\npip install -r requirements.txt\n"
        f'python answer.py "my text"{named}\n'
        f"python answer.py{named} --json < texts.txt\n"
        f'python answer.py "my text"{named} --prompt\n```',
        "Texts come from the command line, or one a line from the standard input. The answer is "
        "printed; `--json` adds the label and the ids of the examples shown. `--prompt` shows "
        "what would be asked and asks nobody. `--server URL` asks an OpenAI-compatible server "
        "instead of a model in this process. Texts of several lines, or with a context, come as "
        '`{"input": "..", "context": ".."}`, one a line, with `--jsonl`.',
        _scoring(content),
        _models(content),
        "`answer.py`, `asking.py`, `few_shot.py`, `local.py` and `server.py` are short and can be "
        "changed. The other .py files are copies of Adaptation Ladder's own code (Apache License "
        "2.0), so that examples are chosen, texts encoded and answers read as they were when it "
        "was measured. `prompt.json` has the settings and the prompt in pieces.",
        *_notes(content),
    )


def about_langchain(content: Content) -> str:
    """Return the README of LangChain's prompt."""
    whole = (
        "`langchain.json` is the same as one object: "
        '`langchain_core.load.loads(text, allowed_objects="core")` makes a `ChatPromptTemplate` '
        "of it, which takes `input`, without blanks around it."
    )
    return _joined(
        f"# {content.folder.task.name}: a few-shot prompt for LangChain",
        _what(content),
        "```python\nfrom langchain_prompt import few_shot_prompt, limits\n\n"
        "chain = few_shot_prompt() | model.bind(**limits())\n"
        'chain.invoke({"input": "my text"})\n```',
        "`pip install -r requirements.txt` first. `model` is any chat model of LangChain, with "
        "temperature 0. What stands in examples is never read as a template.",
        whole if fixed(content.setup) else "",
        _models(content),
        *_notes(content, chat=True, given=fixed(content.setup)),
    )


def about_openai(content: Content, mark: str = "", *, several: bool = False) -> str:
    """Return the README of a request, or of several.

    Args:
        content: what is exported.
        mark: stands in the place of the text, if anything does.
        several: whether they are a batch.
    """
    place = (
        f"`request.json` is the body of a request to `/v1/chat/completions`. Put your text in the "
        f"place of `{mark}`, without blanks around it."
        if mark
        else "`requests.jsonl` is a batch of requests to `/v1/chat/completions`, one a line: each "
        "for one text, as its examples are chosen for it."
        if several
        else "`request.json` is the body of a request to `/v1/chat/completions`, for one text: "
        "its examples are chosen for it."
    )
    server = (
        (parse_reference(content.setup.model).kind == "server") if content.setup.model else False
    )
    return _joined(
        f"# {content.folder.task.name}: a few-shot prompt as messages",
        _what(content),
        place,
        "" if server else "Add the name of the model as `model`; the server says what it is.",
        _models(content),
        *_notes(content, chat=True, given=bool(mark)),
    )


def _what(content: Content) -> str:
    shown = content.setup.examples
    which = "It shows no examples."
    if shown.count:
        which = (
            f"It shows {shown.count} of {len(content.pool):,} labelled examples: "
            f"{_SELECTIONS[shown.selection]}"
        )
        which += "." if shown.selection == "random" else f", {shown.order.replace('-', ' ')}."
    return (
        f"Made by Adaptation Ladder {__version__} from the Setup {content.setup.hash}. {which} No "
        "example of the test split is among them."
    )


def _models(content: Content) -> str:
    """Return which models were used, and whether an answer can differ with those named here."""
    said = []
    model = content.setup.model or ""
    kind = parse_reference(model).kind if model else ""
    if model == BUNDLED_GENERATOR:
        said.append(
            f"The model was the bundled {model}, whose weights are rounded to 4 bits; "
            f"`{public_name(model)}` on the hub has them unrounded and may answer otherwise."
        )
    elif kind in ("hf", "server"):
        said.append(f"The model was `{public_name(model)}`.")
    elif kind == "run":
        said.append(
            f"The model was trained here ({model}); its weights are not in this folder. An "
            "adapter must be merged into its base before it can be named as a model."
        )
    elif kind:
        said.append("The model was a file or folder of the machine where this was made.")
    if content.by_meaning:
        name = _embedder(content)
        said.append(
            f"Texts are embedded by `{name}`."
            if name
            else "Texts are embedded by a model in a folder of the machine where this was made; "
            "name it when you run this."
        )
        said.append("Another embedder than made `vectors.npy` is refused.")
    return " ".join(said)


def _scoring(content: Content) -> str:
    """Return how the answer comes about, where it is not written."""
    if content.setup.answerer != "labels":
        return ""
    less = {
        "contextual": ", less what it says to texts without content",
        "batch": ", less what it says on average to some of the examples, which it is asked first",
    }
    return (
        "The labels are scored: the answer is the label that the model finds most likely"
        f"{less.get(content.setup.decoding.calibration, '')}. With `--decoding generate` it writes "
        "the answer instead."
    )


def _notes(content: Content, *, chat: bool = False, given: bool = False) -> list[str]:
    """Return what is not the same as in the project.

    Args:
        content: what is exported.
        chat: whether a chat API answers, which only writes.
        given: whether there are messages that stand as they are, for every text.
    """
    notes = []
    if content.setup.decoding.json_schema:
        notes.append(
            "The Setup holds answers to a JSON object with the fields of the examples "
            "(decoding.json_schema). That is not carried over: here the model writes freely, so "
            "check its JSON."
        )
    if chat and content.setup.answerer == "labels":
        notes.append(
            "The Setup scores the labels, which a chat API cannot: there the model writes, and "
            "the first line is the label, or none of them. What was measured in the project does "
            "not hold for that; measure it with `ladder evaluate --decoding generate`."
        )
    if given and content.examples:
        notes.append(
            "In the project a text is never shown an example with the same text. Messages that "
            "are the same for every text cannot know; leave such a text out."
        )
    if given and any(example.context for example in content.examples):
        notes.append(
            "Some examples have a context before their text. These messages ask without one; put "
            "it before the text as the examples have it."
        )
    return notes


def _embedder(content: Content) -> str:
    return public_name(content.setup.embedder)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
