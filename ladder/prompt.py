"""The one prompt: the only two functions that make prompts, and the one that reads answers.

`render` turns a Setup, a query and what is shown with it into messages; `encode` turns
messages into token ids. Training, evaluation, chat and export all go through these two, so
that a model is asked exactly as it was taught. `read_output` is their counterpart.

In the plain format there is one message, of the role "plain", whose content is running text:

    Route the ticket to a team.

    Text: My card has not arrived.
    Intent: card_arrival

    Text: I was charged twice.
    Intent:

Passages of documents stand in a fence (`ladder.fence`): what they say is quoted, not told.

In the chat format there is always a system message first, even an empty one: some templates
(SmolLM2's) would otherwise slip in a sentence of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ladder.answering import Message, Query, Setup
from ladder.errors import InputError
from ladder.fence import fenced
from ladder.project.task import Example, Task, fold_label

__all__ = ["encode", "fold_label", "read_output", "render", "shared_tokens", "stop_texts"]


def render(
    setup: Setup,
    query: Query,
    examples: Sequence[Example] = (),
    passages: Sequence[str] = (),
    *,
    task: Task,
    labels: Sequence[str] = (),
) -> list[Message]:
    """Return the messages that put `query` to a model.

    Args:
        setup: Says which format, what stands in the system message, and what is listed.
        query: What is asked; earlier turns of its conversation are kept.
        examples: Labelled examples to show, in the order in which they will stand.
        passages: Texts to answer from. Those of `retrieval.source` "all-documents" stand
            before the examples, where every query shares them; retrieved ones stand with the
            query. Both are fenced.
        task: Gives the instruction and the names of input and output.
        labels: The labels to list when `prompt.show_labels` is set.
    """
    everywhere = setup.retrieval.source == "all-documents"
    preamble = [setup.prompt.instruction or task.instruction]
    if setup.prompt.show_labels and labels:
        preamble.append(f"{task.output_name}s: {', '.join(labels)}")
    if everywhere and passages:
        preamble.append(fenced(_numbered(passages), None))  # for all queries the same
    asked = [query.messages, query.context]
    beside = fenced(_numbered(passages), asked) if passages and not everywhere else ""
    if setup.prompt.format == "plain":
        return [
            {"role": "plain", "content": _plain(setup, preamble, query, examples, beside, task)}
        ]
    return _chat(setup, preamble, query, examples, beside)


def encode(messages: Sequence[Message], tokenizer: Any) -> list[int]:
    """Return the token ids that the model reads before its answer.

    A plain message is tokenized as it stands (with the tokenizer's own start token, if it has
    one); others go through the tokenizer's chat template, ready for the assistant's turn.

    Raises:
        InputError: the tokenizer has no chat template, or plain and chat messages are mixed.
    """
    if any(message["role"] == "plain" for message in messages):
        if len(messages) != 1:
            raise InputError("A plain prompt is one message; it cannot be mixed with chat turns.")
        ids = tokenizer(messages[0]["content"], verbose=False)["input_ids"]
    else:
        if not getattr(tokenizer, "chat_template", None):
            raise InputError(
                "This model has no chat template; set the prompt format to plain instead of chat."
            )
        if not messages or messages[0]["role"] != "system":
            messages = [{"role": "system", "content": ""}, *messages]
        from jinja2 import TemplateError

        try:
            ids = tokenizer.apply_chat_template(
                list(messages), add_generation_prompt=True, tokenize=True, return_dict=False
            )
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise InputError(
                f"The model's chat template refuses a conversation of {roles}: {error}. Set the "
                "prompt format to plain, or bring turns of user and assistant by turns."
            ) from error
    return [int(token) for token in ids]


def stop_texts(setup: Setup, task: Task) -> tuple[str, ...]:
    """Return the texts at which a completion of this Setup ends.

    A plain prompt teaches the model to go on with the next example: a short answer ends with
    its line, a long one where the next example would begin. A chat turn ends by its own token.
    """
    if setup.prompt.format == "chat":
        return ()
    if task.kind in ("classification", "qa"):
        return ("\n",)
    return (f"\n\n{task.input_name}:", f"\n\n{_CONTEXT}:")


def read_output(
    text: str, task: Task, labels: Sequence[str] = (), *, format: str = "plain"
) -> tuple[str, str | None]:
    """Return the answer in a completion and, for classification, the label that it names.

    A label, and a short answer in the plain format, is the first line. A label counts if it
    equals one of `labels`, letter for letter or else after folding case and white space; anything
    else is no label.
    """
    text = text.strip()
    if task.kind == "classification" or (task.kind == "qa" and format == "plain"):
        text = text.split("\n", 1)[0].strip()
    if task.kind != "classification":
        return text, None
    if text in labels:
        return text, text
    folded = {fold_label(label): label for label in reversed(labels)}
    return text, folded.get(fold_label(text))


def shared_tokens(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many leading tokens two encoded prompts share."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


_CONTEXT = "Context"


def _numbered(passages: Sequence[str]) -> str:
    """Return passages with the numbers by which an answer may cite them."""
    return "\n\n".join(f"[{n}] {passage.strip()}" for n, passage in enumerate(passages, 1))


def _plain(
    setup: Setup,
    preamble: Sequence[str],
    query: Query,
    examples: Sequence[Example],
    beside: str,
    task: Task,
) -> str:
    """Return the running text of the plain format; it ends where the answer begins."""
    system = setup.prompt.system or _system_of(query.messages)
    blocks = [text.strip() for text in (system, *preamble)]
    for example in examples:
        blocks += _plain_turns(_turns(example.messages, example.input), example.context, task)
        blocks[-1] = f"{blocks[-1]} {(example.output or '').strip()}".rstrip()
    blocks.append(beside)
    blocks += _plain_turns(_turns(query.messages[:-1], query.text), query.context, task)
    return "\n\n".join(block for block in blocks if block)


def _plain_turns(turns: Sequence[Message], context: str, task: Task) -> list[str]:
    """Return a conversation as blocks of `Text: .. / Answer: ..`; the last lacks its answer."""
    blocks: list[str] = []
    for turn in turns:
        if turn["role"] == "assistant" and blocks:
            blocks[-1] = f"{blocks[-1]} {turn['content'].strip()}".rstrip()
        else:
            blocks.append(f"{task.input_name}: {turn['content'].strip()}\n{task.output_name}:")
    if context.strip():
        blocks[-1] = f"{_CONTEXT}: {context.strip()}\n{blocks[-1]}"
    return blocks


def _chat(
    setup: Setup,
    preamble: Sequence[str],
    query: Query,
    examples: Sequence[Example],
    beside: str,
) -> list[Message]:
    """Return the turns of the chat format, the system message first."""
    system = setup.prompt.system or _system_of(query.messages)
    said = [text.strip() for text in (system, *preamble)]
    messages = [_message("system", "\n\n".join(text for text in said if text))]
    for example in examples:
        messages += _with_context(_turns(example.messages, example.input), [example.context])
        messages.append(_message("assistant", (example.output or "").strip()))
    turns = _turns(query.messages[:-1], query.text)
    return messages + _with_context(turns, [beside, query.context])


def _with_context(turns: Sequence[Message], context: Sequence[str]) -> list[Message]:
    """Return the turns with `context` put before the last one's text."""
    parts = [part.strip() for part in (*context, turns[-1]["content"])]
    last = _message(turns[-1]["role"], "\n\n".join(part for part in parts if part))
    return [_message(turn["role"], turn["content"]) for turn in turns[:-1]] + [last]


def _turns(history: Sequence[Message], text: str) -> list[Message]:
    """Return what was said before, without a system message, and what is asked now."""
    turns = [_message(m["role"], m["content"]) for m in history if m["role"] != "system"]
    return [*turns, _message("user", text)]


def _system_of(messages: Sequence[Message]) -> str:
    """Return the system message that a conversation brings along, or an empty text."""
    return next((m["content"] for m in messages if m["role"] == "system"), "")


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
