"""What a server has to be told so that it asks an export as the run was trained to be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from ladder.answering import Message, Query, Setup
from ladder.errors import ModelError
from ladder.project.task import Task
from ladder.prompt import render, stop_texts

__all__ = ["Around", "around", "modelfile", "vllm_command"]


class Around:
    """What stands before and after the text that is asked, as one string each."""

    def __init__(self, before: str, after: str) -> None:
        self.before, self.after = before, after

    def filled(self, text: str) -> str:
        """Return the whole prompt for a text."""
        return f"{self.before}{text}{self.after}"


def around(setup: Setup, task: Task, labels: Sequence[str], tokenizer: Any) -> Around:
    """Return what stands around the text in this Setup's prompts, special tokens written out.

    The prompt is not written down a second time: `ladder.prompt.render` is asked for one.
    """
    mark = uuid4().hex
    messages = render(setup, Query.of("", mark), task=task, labels=labels)
    before, _, after = as_text(messages, tokenizer).partition(mark)
    return Around(before, after)


def as_text(messages: Sequence[Message], tokenizer: Any) -> str:
    """Return a prompt as the text that the model's tokens stand for."""
    if messages[0]["role"] == "plain":
        return messages[0]["content"]
    text: str = tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=True, tokenize=False
    )
    return text


def modelfile(
    file: str, asked: Around, setup: Setup, task: Task, ends: Sequence[str], context: int
) -> str:
    """Return an Ollama Modelfile that puts the task to the model as in training.

    Args:
        file: name of the GGUF file beside it.
        asked: what stands around the text.
        setup: says how long an answer may be.
        task: gives the texts at which an answer ends.
        ends: tokens that end a text, written out.
        context: tokens of the context window.

    Raises:
        ModelError: the prompt has three quotation marks in a row, which a Modelfile cannot hold.
    """
    template = f"{_escaped(asked.before)}{{{{ .Prompt }}}}{_escaped(asked.after)}"
    if '"""' in template:
        raise ModelError(
            'The prompt has """ in it, with which a Modelfile ends a text; change the instruction '
            "of the task and train again, or take --format gguf."
        )
    stops = [*stop_texts(setup, task), *ends]
    lines = [
        f"FROM ./{file}",
        f'TEMPLATE """{template}"""',
        "PARAMETER temperature 0",
        f"PARAMETER num_predict {setup.decoding.max_new_tokens}",
        f"PARAMETER num_ctx {context}",
        *(f"PARAMETER stop {_quoted(stop)}" for stop in stops),
    ]
    return "\n".join(lines) + "\n"


def vllm_command(folder: str, name: str, dtype: str, context: int) -> str:
    """Return the command that serves a merged model."""
    return (
        f"vllm serve {folder} --served-model-name {name} --dtype {dtype} --max-model-len {context}"
    )


def _escaped(text: str) -> str:
    """Return a text as a Go template that stands for itself."""
    return text.replace("{{", '{{ "{{" }}')


def _quoted(text: str) -> str:
    """Return a text as Ollama's parser reads one: it knows no escapes, but lines inside quotes."""
    return f'"""{text}"""' if '"' in text else f'"{text}"'
