"""Code cut by its indentation: functions and classes stay whole where they fit.

No parser is asked, so one rule serves every language that is laid out in lines: what is indented
under a line belongs to it. Strings over several lines, comments and open parentheses count for
nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.cutting.ruler import Span, trimmed

__all__ = ["SUFFIXES", "Part", "comment_sign", "parts"]

_BY_SIGN = {
    "#": "py python pyi rb ruby sh bash zsh r pl perl yaml yml toml ini cfg conf ps1 make mk jl "
    "dockerfile cmake tf properties env gd nim ex exs pm",
    "//": "js javascript jsx mjs cjs ts typescript tsx java kt kts kotlin scala go rs rust c h cc "
    "cpp c++ hpp cs csharp php swift dart m mm css scss less proto gradle groovy graphql sass cxx "
    "zig sol vue svelte cu glsl",
    "--": "sql lua hs haskell elm ada vhdl",
    ";": "clj lisp el asm",
    "": "json geojson jsonc xml svg bat vb",
}
_SIGNS = {name: sign for sign, names in _BY_SIGN.items() for name in names.split()}
SUFFIXES = frozenset(f".{name}" for name in _SIGNS)
"""Endings of files that are cut as code."""

_CLOSES = re.compile(
    r"[})\]]|</|(?:```|~~~)|(?:else|elif|elsif|except|finally|catch|rescue|ensure|end|fi|done|esac)\b"
)
_CONTROLS = re.compile(
    r"[{}()\[\]<\"']|(?:if|for|foreach|while|until|switch|try|else|elif|except|finally|catch|do"
    r"|with|case|match|return|when|begin|loop|unless|and|or|not|await|yield|raise|throw)\b"
)
_WORD = re.compile(r"\w")
_DEEPEST = 12
"""Levels of indentation that are looked into."""
_ENDS = {'"""': '"""', "'''": "'''", "/*": "*/", "`": "`"}
_STRINGS = r"\"\"\"|'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[()\n]"
_LONGEST_OPEN = 200
"""Lines that an open parenthesis may reach over; beyond, it was none."""


@dataclass(frozen=True)
class Part:
    """A part of code, and what it stands in."""

    span: Span
    path: tuple[str, ...] = ()
    """The lines that open what it stands in: ("class Shop", "def price(self)")."""
    scope: Span | None = None
    """All of the innermost of these."""
    lines: bool = False
    """Whether it is a run of lines that do not fit together, to be cut between them."""


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    indent: int
    """Columns; -1 for a blank line, -2 for one that goes on from the line before."""
    closes: bool


def comment_sign(language: str) -> str:
    """Return what begins a comment in a language or a file of this ending; "" if unknown."""
    return _SIGNS.get(language.removeprefix("."), "")


def parts(
    text: str, span: Span, sign: str, fits: Callable[[Span, tuple[str, ...]], bool]
) -> Iterator[Part]:
    """Yield the parts of code, in order: blocks that fit, and what is in those that do not.

    Args:
        text: the whole text.
        span: where the code stands in it.
        sign: what begins a comment.
        fits: whether a part fits into a passage, under the lines that open it.
    """
    return _parts(text, _lines(text, span, sign), (), None, fits)


def _parts(
    text: str,
    lines: Sequence[_Line],
    path: tuple[str, ...],
    scope: Span | None,
    fits: Callable[[Span, tuple[str, ...]], bool],
    depth: int = 0,
) -> Iterator[Part]:
    for block in _blocks(lines):
        whole = trimmed(text, (block[0].start, block[-1].end))
        if whole[0] >= whole[1]:
            continue
        if fits(whole, path):
            yield Part(whole, path, scope)
            continue
        opening = ""
        for deeper, run in _runs(block):
            inside = trimmed(text, (run[0].start, run[-1].end))
            if not _WORD.search(text, *inside):  # a closing bracket alone says nothing
                continue
            if not deeper:
                opening = _opening(text, run) or opening
                yield Part(inside, path, scope, lines=not fits(inside, path))
            elif depth >= _DEEPEST:
                yield Part(inside, path, scope, lines=True)
            else:
                under = (*path, opening) if opening else path
                yield from _parts(text, run, under, whole if opening else scope, fits, depth + 1)


def _blocks(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """Yield the blocks at the outermost level: lines with all that is indented under them.

    A line with nothing under it (a decorator, an import, a comment) goes with the next one,
    unless a blank line parts them.
    """
    outermost = min((line.indent for line in lines if line.indent >= 0), default=0)
    block: list[_Line] = []
    complete = False
    for line in lines:
        begins = line.indent == outermost and not line.closes
        if begins and complete and block:
            yield block
            block = []
        if begins or not block:
            complete = False
        elif line.indent > outermost or line.indent == -1:
            complete = True
        block.append(line)
    if block:
        yield block


def _runs(block: Sequence[_Line]) -> Iterator[tuple[bool, list[_Line]]]:
    """Yield the lines of a block in runs at its own level and deeper."""
    outermost = min((line.indent for line in block if line.indent >= 0), default=0)
    run: list[_Line] = []
    deeper = False
    for line in block:
        now = line.indent > outermost if line.indent >= 0 else deeper
        if run and now != deeper:
            yield deeper, run
            run = []
        deeper = now
        run.append(line)
    if run:
        yield deeper, run


def _opening(text: str, run: Sequence[_Line]) -> str:
    """Return the line that opens a block, as it is named above its parts; "" for none to name."""
    bare = [text[line.start : line.end].strip() for line in run if line.indent >= 0]
    named = [line.rstrip("{:([=> \t") for line in bare if not _CONTROLS.match(line.lstrip("} "))]
    return named[-1] if named else ""


def _lines(text: str, span: Span, sign: str) -> list[_Line]:
    """Return the lines with their indentation."""
    held = _held(text, span, sign)
    found, place = [], span[0]
    for line in re.split(r"(?<=\n)", text[slice(*span)]):
        bare = line.lstrip(" \t")
        if not bare.strip():
            indent = -1
        elif place in held:
            indent = -2
        else:
            indent = len(line[: len(line) - len(bare)].expandtabs(4))
        found.append(_Line(place, place + len(line), indent, bool(_CLOSES.match(bare))))
        place += len(line)
    return found


def _held(text: str, span: Span, sign: str) -> set[int]:
    """Return where the lines begin that stand in a string, a comment or an open parenthesis."""
    several = {"//": r"/\*|`|", "--": r"/\*|"}.get(sign, "")
    comment = f"{re.escape(sign)}[^\n]*|" if sign else ""
    mark = re.compile(comment + several + _STRINGS)
    held: set[int] = set()
    never: set[str] = set()
    place, depth, since = span[0], 0, 0
    while match := mark.search(text, place, span[1]):
        place = match.end()
        found = match[0]
        if found == "\n":
            since += 1
            if depth and since <= _LONGEST_OPEN:
                held.add(place)
            elif depth:
                depth = 0
        elif found in "()":
            since = since if depth else 0
            depth = max(0, depth + (1 if found == "(" else -1))
        elif (ends := _ENDS.get(found)) and found not in never:
            stop = text.find(ends, place, span[1])
            if stop < 0:  # it is never closed, so it opens nothing
                never.add(found)
                continue
            held.update(place + at.end() for at in re.finditer("\n", text[place:stop]))
            place = stop + len(ends)
    return held
