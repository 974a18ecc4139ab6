"""The README of an export: what it is, how it is loaded, and how it has to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ladder.models.adapters import SOFT, family_of
from ladder.models.places import Place
from ladder.models.runs import is_classifier
from training.export.kept import base_name

if TYPE_CHECKING:
    from training.export.parity import Asked

__all__ = ["text"]


def text(name: str, format: str, asked: Asked, place: Place, command: str) -> str:
    """Return the README in Markdown.

    Args:
        name: what the model is called.
        format: what was exported.
        asked: the items that it was held against; the first shows the prompt.
        place: where the run's own weights lie.
        command: what is typed next, if anything.
    """
    load = {
        "adapter": _adapter,
        "merged": lambda *_: _MERGED,
        "vllm": lambda *_: _VLLM,
        "gguf": lambda *_: _GGUF,
        "ollama": lambda *_: _OLLAMA,
    }[format](place, asked)
    lines = [
        f"# {name}",
        "",
        f"Exported as `{format}`. What it was trained on, how well it does and what is not known "
        "of it: `card.md`. That it answers as the run did: `parity.json`.",
        "",
        "## Load it",
        "",
        load.replace("NAME", name).replace("COMMAND", command),
        *_prompt(asked, format),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _prompt(asked: Asked, format: str) -> list[str]:
    """Return how it has to be asked: the prompt of one made-up text."""
    if format == "ollama":
        return []
    from ladder.answering import Query
    from ladder.prompt import render

    folder = asked.folder
    query = Query.of("", "THE TEXT THAT IS ASKED")
    messages = render(asked.setup, query, task=folder.task, labels=folder.labels())
    if asked.setup.answerer == "classify":
        return []
    stop = ", ".join(repr(each) for each in asked.stop) or "the model's own end token"
    plain = messages[0]["role"] == "plain"
    shown = [
        f"    {'' if plain else m['role'] + ': '}{line}".rstrip()
        for m in messages
        for line in m["content"].split("\n")
    ]
    kind = "running text, no chat template" if plain else "chat turns"
    return [
        "",
        "## Ask it",
        "",
        f"As it was trained: {kind}, greedily (temperature 0), at most "
        f"{asked.setup.decoding.max_new_tokens} tokens; an answer ends at {stop}.",
        "",
        *shown,
    ]


_MERGED = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("FOLDER")
tokenizer = AutoTokenizer.from_pretrained("FOLDER")
```"""
_VLLM = """vLLM needs a GPU. In this folder:

```sh
COMMAND
```

Ask it at `http://localhost:8000/v1/completions` with the model name `NAME`. Here,
`server:NAME@http://localhost:8000/v1` is a model like any other: measure it, then use it."""
_GGUF = """llama.cpp, LM Studio and whatever else reads GGUF take the file. In this project it is a
model like any other:

```sh
ladder evaluate PROJECT --model gguf:FILE
```"""
_OLLAMA = """In this folder:

```sh
COMMAND
ollama run NAME "THE TEXT THAT IS ASKED"
```

The Modelfile puts the text to the model as in training: give it the text alone."""


def _adapter(place: Place, asked: Asked) -> str:
    base = base_name(place)
    weights = place.adapter or place.changed or place.folder
    head = "SequenceClassification" if is_classifier(weights) else "CausalLM"
    names = (
        "\n\nThe outputs are the labels of `labels.json`, in its order."
        if is_classifier(weights)
        else ""
    )
    if place.adapter is None and place.changed is None:
        return (
            f"```python\nfrom transformers import AutoModelFor{head}\n\n"
            f'model = AutoModelFor{head}.from_pretrained("FOLDER")\n```{names}'
        )
    if place.adapter is None:
        return (
            f"`model.safetensors` has the tensors that differ from those of `{base}`:\n\n"
            "```python\nfrom safetensors.torch import load_file\n"
            f"from transformers import AutoModelFor{head}\n\n"
            f'model = AutoModelFor{head}.from_pretrained("{base}")\n'
            'model.load_state_dict(load_file("FOLDER/model.safetensors"), strict=False)\n'
            f"```{names}"
        )
    more = ""
    if family_of(place.adapter) == "BOTTLENECK":
        more = (
            "\n\nPEFT has no bottleneck adapters of its own: call `register()` of this project's "
            "`ladder/models/bottleneck.py` (one file, no other imports of it) before."
        )
    if family_of(place.adapter) in SOFT:
        more = "\n\nIt is a soft prompt: it cannot be merged, and no GGUF can be made of it."
    count = f", num_labels={len(asked.folder.labels())}" if names else ""
    return (
        "```python\nfrom peft import PeftModel\n"
        f"from transformers import AutoModelFor{head}\n\n"
        f'base = AutoModelFor{head}.from_pretrained("{base}"{count})\n'
        'model = PeftModel.from_pretrained(base, "FOLDER")\n'
        f"```{names}{more}\n\nThe base here was `{base}`; the bundled one is made of weights in 4 "
        "bits, so with the original weights the answers differ a little."
    )
