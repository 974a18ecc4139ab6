"""Rows as the model reads them: too long, without room for an answer, with special tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ladder.evaluation import query_of
from ladder.files import read_json
from ladder.models.classifier import longest_text
from ladder.prompt import encode, render
from training.checks.finding import Finding, Numbered, error, quoted, warning, where
from training.checks.seen import Seen
from training.checks.texts import texts_of
from training.data import completion_ids
from training.prepare import Prepared

__all__ = ["lengths", "special_tokens"]


def lengths(seen: Seen, plan: Prepared, labels: list[str]) -> Iterator[Finding]:
    """Yield the rows that are longer than a run reads.

    They are never cut in the middle of their answer: a generating head leaves them out.
    """
    limit = _limit(plan)
    left = seen.of(plan.data.too_long)
    if not left:
        return
    if plan.data.labels:
        # A warning: the beginning of a text usually names its label.
        yield warning(
            "cut",
            left,
            f"Cut, for it is longer than {limit:,} tokens: {where(left, 'training example')}. "
            f"Of {quoted(left[0].example.input)} in row {left[0].row} the end"
            " is not read. Raise `longest`, or shorten them.",
        )
        return
    sizes = {each.row: _size(each, seen, plan, labels) for each in left}
    # Both are warnings: the rest trains. If nothing is left, `make_rows` refuses.
    no_room = [each for each in left if sizes[each.row][0] >= limit]
    over = [each for each in left if sizes[each.row][0] < limit]
    if no_room:
        prompt, _ = sizes[no_room[0].row]
        yield warning(
            "no-target",
            no_room,
            f"No room is left for the answer in {where(no_room, 'training example')}: "
            f"the prompt alone of row {no_room[0].row} has {prompt:,} "
            f"tokens of at most {limit:,}. It is left out, for what is cut before its answer "
            "teaches nothing; raise `longest`, or shorten the texts.",
        )
    if over:
        prompt, answer = sizes[over[0].row]
        yield warning(
            "too-long",
            over,
            f"Left out, for it is longer than {limit:,} tokens: "
            f"{where(over, 'training example')}: "
            f"row {over[0].row} has {prompt + answer:,}, its answer "
            f"{answer:,} of them. Raise `longest`, or shorten them.",
        )


def special_tokens(seen: Seen, plan: Prepared) -> Iterator[Finding]:
    """Yield the rows that hold a special token of the tokenizer as text."""
    special = sorted(map(str, set(plan.tokenizer.all_special_tokens)), key=len, reverse=True)
    special = [token for token in special if token.strip()]
    if not special:
        return
    pattern = re.compile("|".join(map(re.escape, special)))
    taught = [e for e in seen.train if pattern.search(e.example.output or "")]
    read = [e for e in seen.train if any(map(pattern.search, texts_of(e))) and e not in taught]
    for found, what in ((taught, "answer"), (read, "text")):
        if not found:
            continue
        match = next(m for text in texts_of(found[0]) if (m := pattern.search(text)))
        # In an answer it refuses: it would be trained as a command of the format, such as to end.
        # In what is asked it warns: the turns are not where they seem, but nothing of it trains.
        generates = plan.recipe.head == "generate"
        make = error if what == "answer" and generates else warning
        yield make(
            f"special-tokens-in-{what}s",
            found,
            f"A special token of the model is in {where(found, what)}: "
            f"{quoted(match[0])} in row {found[0].row}. The model reads it as a mark of its own "
            "format, not as text; take it out, or write it differently.",
        )


def _limit(plan: Prepared) -> int:
    config = read_json(plan.base / "config.json")
    return min(plan.recipe.longest, longest_text(config, plan.tokenizer))


def _size(each: Numbered, seen: Seen, plan: Prepared, labels: list[str]) -> tuple[int, int]:
    """Return the tokens of a row's prompt and of its answer."""
    messages: Any = render(plan.setup, query_of(each.example), task=seen.task, labels=labels)
    prompt = encode(messages, plan.tokenizer)
    answer = completion_ids(plan.setup, messages, prompt, each.example, plan.tokenizer)
    return len(prompt), len(answer)
