"""Rows as the model reads them: too long, without room for an answer, with special tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ladder.evaluation import query_of
from ladder.files import read_json
from ladder.models.classifier import longest_text
from ladder.prompt import encode, render
from training.checks.finding import Finding, Numbered, error, quoted, rows_words, warning
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
    left = [seen.by_id[id] for id in plan.data.too_long if id in seen.by_id]
    if not left:
        return
    if plan.data.labels:
        # A warning: the beginning of a text usually names its label.
        yield warning(
            "cut",
            left,
            f"{len(left):,} training examples are longer than {limit:,} tokens and cut there "
            f"({rows_words(left)}): of {quoted(left[0].example.input)} in row {left[0].row} the end"
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
            f"{len(no_room):,} training examples leave no room for their answer "
            f"({rows_words(no_room)}): the prompt alone of row {no_room[0].row} has {prompt:,} "
            f"tokens of at most {limit:,}. They are left out, for cut they would teach nothing; "
            "raise `longest`, or shorten the texts.",
        )
    if over:
        prompt, answer = sizes[over[0].row]
        yield warning(
            "too-long",
            over,
            f"{len(over):,} training examples are longer than {limit:,} tokens and left out "
            f"({rows_words(over)}): row {over[0].row} has {prompt + answer:,}, its answer "
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
    for found, what in ((taught, "answers"), (read, "texts")):
        if not found:
            continue
        match = next(m for text in texts_of(found[0]) if (m := pattern.search(text)))
        # In an answer it refuses: it would be trained as a command of the format, such as to end.
        # In what is asked it warns: the turns are not where they seem, but nothing of it trains.
        generates = plan.recipe.head == "generate"
        make = error if what == "answers" and generates else warning
        yield make(
            f"special-tokens-in-{what}",
            found,
            f"{len(found):,} {what} hold a special token of the model ({rows_words(found)}): "
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
