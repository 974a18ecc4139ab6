"""The texts that the linter is fitted on: instructions to a model, look-alikes, documents.

An injection's sentences that hold its demand are instructions; its other sentences, and all of the
harmless texts, are none. Author b's and e's texts and d's instructions are never among them: they
are left to measure on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ladder.errors import InputError
from ladder.files import read_json_lines
from rag.lint.disguise import plain
from rag.lint.sentences import sentences

__all__ = [
    "AUTHORS",
    "Example",
    "data_folder",
    "examples",
    "harmless",
    "injections",
    "of_injection",
    "ordinary",
    "read_mes",
    "without",
]

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "tests" / "rag" / "injections"
CLEAN = ROOT / "tests" / "rag" / "lint" / "clean"
OURS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
AUTHORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ours": (OURS, ("handbook.txt", "languages.txt", "author-d.jsonl")),
    "pairs": (("pairs",), ("pairs.jsonl",)),
    "later-pairs": (("later-pairs",), ("later-pairs.jsonl",)),
    "varied": (("varied",), ("varied.jsonl",)),
    "author-a": (("author-a",), ("author-a.jsonl",)),
    "author-c": (("author-c",), ("author-c.jsonl",)),
}
"""Who wrote which injections and which harmless texts."""
READ_BEFORE = {
    "author-a": ("pairs", "later-pairs", "varied"),
    "author-c": ("later-pairs", "varied"),
}
"""What was written by one who had read some texts of that author: to test on the author, it is
left out, too."""
POSITIVE = 3.0
"""How much an English instruction weighs beside a harmless sentence. In other languages there is
so little harmless text to learn from that instructions would else outweigh it."""
LONGEST = 15_000
"""Characters of a package's description that are taken."""


@dataclass(frozen=True)
class Example:
    """A sentence, and whether it is an instruction to a model."""

    sentence: str
    instruction: bool
    weight: float = 1.0


def data_folder() -> Path:
    """Return the folder of the data sets.

    Raises:
        InputError: `LADDER_DATA` does not name one with what is needed.
    """
    named = os.environ.get("LADDER_DATA", "")
    missing = [each for each in ("xquad", "wikitext2") if not (Path(named) / each).is_dir()]
    if not named or missing:
        raise InputError(
            f"LADDER_DATA is {named or 'not set'}; the linter is fitted on documents, too: set it "
            "to the folder that holds xquad, wikitext2, banking77 and gsm8k."
        )
    return Path(named)


def injections(author: str) -> list[dict[str, Any]]:
    """Return an author's injections: `id`, `style`, `language`, `text`, `demand`."""
    names = AUTHORS[author][0] if author in AUTHORS else (author,)
    return [row for name in names for row in read_json_lines(PLANTED / f"{name}.jsonl")]


def harmless(author: str) -> list[str]:
    """Return an author's texts that look like instructions to a model and are none."""
    found = []
    for name in AUTHORS[author][1] if author in AUTHORS else (f"{author}.jsonl",):
        if name.endswith(".jsonl"):
            found += [row["text"] for row in read_json_lines(CLEAN / name)]
        else:
            found += (CLEAN / name).read_text(encoding="utf-8").splitlines()
    return found


def read_mes(measured: bool) -> dict[str, str]:
    """Return the descriptions of half of the packages installed here, by name.

    Args:
        measured: the half that is left to measure on, not the one to fit on.
    """
    held = {}
    for package in metadata.distributions():
        name, about = package.metadata["Name"], package.metadata
        text = about.get("Description") or about.get_payload() or ""  # type: ignore[attr-defined]
        half = bool(int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2)
        if half == measured and len(text) > 300:
            held[f"{name}.md"] = text[:LONGEST]
    return dict(sorted(held.items()))


def ordinary() -> dict[str, str]:
    """Return documents that mean no harm, by name: of this repository, packages, `LADDER_DATA`.

    The rest is left for measuring: fitting never sees the test half of wikitext-2, every other
    article of XQuAD, half of the packages, nor most of the source code.
    """
    held = {}
    for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "examples/**/*.html", "ladder/*/*.py"):
        found = sorted(ROOT.glob(pattern))
        for path in found[::6] if pattern.endswith(".py") else found:
            if path.name != "injection.md":  # it quotes what is to be found
                held[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    data = data_folder()
    for language in ("en", "de"):
        file = data / "xquad" / f"xquad.{language}.json"
        for article in json.loads(file.read_text("utf-8"))["data"][::2]:
            text = "\n".join(part["context"] for part in article["paragraphs"])
            held[f"XQuAD {language} {article['title']}"] = text
    held["wikitext2 valid"] = (data / "wikitext2" / "valid.txt").read_text(encoding="utf-8")
    for name in ("banking77/train.csv", "gsm8k/train.jsonl"):
        lines = (data / name).read_text(encoding="utf-8").splitlines()
        held[name] = "\n".join(lines[:: len(lines) // 400])
    return held | read_mes(measured=False)


def of_injection(row: dict[str, Any]) -> Iterable[Example]:
    """Yield the sentences of an injection; none of one whose demand cannot be read as it is."""
    text, demand = plain(row["text"]), plain(row["demand"])
    start = text.find(demand)
    for place, sentence in sentences(text) if start >= 0 and demand else ():
        shared = min(place + len(sentence), start + len(demand)) - max(place, start)
        told = shared >= min(25, 0.3 * min(len(demand), len(sentence)))
        weight = POSITIVE if told and row["language"] == "en" else 1.0
        yield Example(sentence, told, weight)


def examples(authors: Iterable[str], documents: Iterable[str]) -> list[Example]:
    """Return all sentences to learn from, each once."""
    found: dict[str, Example] = {}
    for author in authors:
        for text in harmless(author):
            found |= {s: Example(s, False) for _, s in sentences(plain(text))}
        for row in injections(author):
            found |= {each.sentence: each for each in of_injection(row)}
    for text in documents:
        found |= {s: Example(s, False) for _, s in sentences(plain(text)) if s not in found}
    return list(found.values())


def without(author: str) -> list[str]:
    """Return the authors to fit on in order to test on another one."""
    return [each for each in AUTHORS if each not in (author, *READ_BEFORE.get(author, ()))]
