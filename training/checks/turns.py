"""Conversations whose turns are not those of a user and an assistant in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ladder.answering import Message
from training.checks.finding import Finding, Numbered, error, quoted, rows_words, warning, where
from training.checks.seen import Seen

__all__ = ["turns"]

_KNOWN = ("system", "user", "assistant")


def turns(seen: Seen) -> Iterator[Finding]:
    """Yield what is wrong with the order or the names of turns."""
    talks = [each for each in seen.rows if each.example.messages]
    yield from _unknown(talks)
    swapped = [each for each in talks if _looks_swapped(each)]
    first = [each for each in talks if _spoken(each)[0]["role"] == "assistant"]
    if swapped and len(swapped) == len(first) and len(swapped) > len(seen.rows) // 2:
        yield _swapped(swapped, len(seen.rows))
    elif first:
        yield _assistant_first(first)
    yield from _twice(talks)
    yield from _system_inside(talks)


def _unknown(talks: Sequence[Numbered]) -> Iterator[Finding]:
    found = [each for each in talks if _stranger(each) is not None]
    if found:
        place, role = _stranger(found[0]) or (0, "")
        # Refused: a prompt would put a stranger's words into the user's mouth.
        yield error(
            "unknown-role",
            found,
            f"An unknown role speaks in {where(found, 'conversation')}: "
            f"turn {place} of row {found[0].row} is of {quoted(role)}. Known are "
            f"{', '.join(_KNOWN)}; rename the role, or take the turn out.",
        )


def _swapped(found: Sequence[Numbered], count: int) -> Finding:
    # Refused: most of the data would teach the wrong side, and has no answer to teach.
    begins = _spoken(found[0])[0]["content"]
    return error(
        "roles-swapped",
        found,
        f"User and assistant seem to be swapped: {len(found)} of {count} conversations begin with "
        f"the assistant and end with the user ({rows_words(found)}); row {found[0].row} begins "
        f"with {quoted(begins)} and ends with {quoted(found[0].example.input)}. Exchange the two "
        "roles in the file and import it again.",
    )


def _assistant_first(found: Sequence[Numbered]) -> Finding:
    # A warning: a greeting is legitimate, and a chat template that minds refuses it by itself.
    return warning(
        "assistant-first",
        found,
        f"The assistant begins in {where(found, 'conversation')}: "
        f"{quoted(_spoken(found[0])[0]['content'])} in row {found[0].row}. A plain prompt shows it "
        "as if the user had said it; take the first turn out, or make it the system message.",
    )


def _twice(talks: Sequence[Numbered]) -> Iterator[Finding]:
    for role, code in (("user", "consecutive-user"), ("assistant", "consecutive-assistant")):
        found = [each for each in talks if _pair(each, role)]
        if found:
            one, two = _pair(found[0], role) or ("", "")
            # A warning: people do write twice, but a template may mind, and one has no answer.
            yield warning(
                code,
                found,
                f"The {role} speaks twice in a row in {where(found, 'conversation')}: "
                f"{quoted(one, 40)}, then {quoted(two, 40)} in row "
                f"{found[0].row}. Join the two turns, or put back the one between them.",
            )


def _system_inside(talks: Sequence[Numbered]) -> Iterator[Finding]:
    found = [each for each in talks if _system_place(each)]
    if found:
        place = _system_place(found[0])
        said = found[0].example.messages[place - 1]["content"]
        # A warning: the prompt is the same in training and in use, though not as in the file.
        yield warning(
            "system-inside",
            found,
            f"A system message comes later than first in {where(found, 'conversation')}: "
            f"{quoted(said)} is turn {place} of row {found[0].row}. A prompt"
            " has one, at its beginning: the first counts, others are dropped. Move it there.",
        )


def _spoken(each: Numbered) -> list[Message]:
    """Return the turns without the system's; the last is what is asked."""
    said = [turn for turn in each.example.messages if turn["role"] != "system"]
    return [*said, {"role": "user", "content": each.example.input}]


def _stranger(each: Numbered) -> tuple[int, str] | None:
    """Return the place and the role of the first turn of an unknown role."""
    roles = enumerate((turn["role"] for turn in each.example.messages), 1)
    return next(((place, role) for place, role in roles if role not in _KNOWN), None)


def _looks_swapped(each: Numbered) -> bool:
    """Return whether the assistant begins and the user has the last word."""
    return _spoken(each)[0]["role"] == "assistant" and not each.example.output


def _pair(each: Numbered, role: str) -> tuple[str, str] | None:
    """Return the first two turns in a row of a role."""
    said = _spoken(each)
    for one, two in pairwise(said):
        if one["role"] == two["role"] == role:
            return one["content"], two["content"]
    return None


def _system_place(each: Numbered) -> int:
    """Return the place of the first system message that is not the first turn, or 0."""
    roles = [turn["role"] for turn in each.example.messages]
    return next((place for place, role in enumerate(roles, 1) if role == "system" and place > 1), 0)
