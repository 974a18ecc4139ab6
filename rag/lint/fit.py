"""Fit what the linter weighs sentences with, from the texts in this repository.

    python -m rag.lint.fit

writes `wording.json` and `reading.npz` anew, in some minutes. An injection's sentences that hold
its demand are instructions; its other sentences, and all of the harmless texts, are none. How good
the outcome is for somebody else's texts is measured by `benchmarks/lint_by_author.py`, which fits
without an author and tests on that author's texts; the limits in `rag.lint.linter` come from there.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.files import read_json_lines, write_bytes, write_json
from rag.lint import reading, wording
from rag.lint.disguise import plain
from rag.lint.sentences import sentences

__all__ = [
    "AUTHORS",
    "Example",
    "Weights",
    "examples",
    "fit",
    "harmless",
    "injections",
    "ordinary",
    "without",
]

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "tests" / "rag" / "injections"
CLEAN = ROOT / "tests" / "rag" / "lint" / "clean"
OURS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
)  # fmt: skip
AUTHORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ours": (OURS, ("handbook.txt", "languages.txt")),
    "pairs": (("pairs",), ("pairs.jsonl",)),
    "later-pairs": (("later-pairs",), ("later-pairs.jsonl",)),
    "author-a": (("author-a",), ("author-a.jsonl",)),
    "author-c": (("author-c",), ("author-c.jsonl",)),
}
"""Who wrote which injections and which harmless texts."""
READ_BEFORE = {"author-a": ("pairs", "later-pairs"), "author-c": ("later-pairs",)}
"""What was written by one who had read some texts of that author: to test on the author, it is
left out, too."""
EPOCHS, FILTERS, WIDTH, RATE, DECAY = 20, 32, 3, 1.5e-3, 0.3
POSITIVE = 3.0
"""How much an English instruction weighs beside a harmless sentence. In other languages there is
so little harmless text to learn from that instructions would else outweigh it."""
RARE = 2
"""Texts that a gram must stand in."""
SMOOTHED = 0.02


@dataclass(frozen=True)
class Example:
    """A sentence, and whether it is an instruction to a model."""

    sentence: str
    instruction: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Weights:
    """What was fitted."""

    worth: dict[str, float]
    bias: float
    arrays: dict[str, Any]

    def save(self) -> None:
        """Write it where `rag.lint` looks for it."""
        import numpy

        write_json(wording.FILE, {"bias": self.bias, "worth": dict(sorted(self.worth.items()))})
        held = io.BytesIO()
        numpy.savez(held, **{k: v.astype(numpy.float16) for k, v in self.arrays.items()})
        write_bytes(reading.FILE, held.getvalue())


def injections(author: str) -> list[dict[str, Any]]:
    """Return an author's injections: `id`, `style`, `language`, `text`, `demand`."""
    return [
        row for name in AUTHORS[author][0] for row in read_json_lines(PLANTED / f"{name}.jsonl")
    ]


def harmless(author: str) -> list[str]:
    """Return an author's texts that look like instructions to a model and are none."""
    found = []
    for name in AUTHORS[author][1]:
        if name.endswith(".jsonl"):
            found += [row["text"] for row in read_json_lines(CLEAN / name)]
        else:
            found += (CLEAN / name).read_text(encoding="utf-8").splitlines()
    return found


def ordinary() -> dict[str, str]:
    """Return documents that mean no harm, by name: of this repository and of `LADDER_DATA`.

    Of the data sets a part is taken; the rest is left for measuring (`rag.lint.fit` never sees
    the test half of wikitext-2, nor every other article of XQuAD).
    """
    held = {}
    for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "examples/**/*.html", "ladder/*/*.py"):
        found = sorted(ROOT.glob(pattern))
        for path in found[::6] if pattern.endswith(".py") else found:
            if path.name != "injection.md":  # it quotes what is to be found
                held[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
    data = Path(os.environ["LADDER_DATA"])
    for language in ("en", "de"):
        articles = json.loads((data / "xquad" / f"xquad.{language}.json").read_text("utf-8"))[
            "data"
        ]
        for article in articles[::2]:
            text = "\n".join(part["context"] for part in article["paragraphs"])
            held[f"XQuAD {language} {article['title']}"] = text
    lines = (data / "wikitext2" / "valid.txt").read_text(encoding="utf-8").splitlines()
    held["wikitext2 valid"] = "\n".join(lines[::4])
    for name in ("banking77/train.csv", "gsm8k/train.jsonl"):
        lines = (data / name).read_text(encoding="utf-8").splitlines()
        held[name] = "\n".join(lines[:: len(lines) // 400])
    return held


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
    return [each for each in AUTHORS if each not in (author, *READ_BEFORE[author])]


def fit(rows: Sequence[Example], trunk: reading.Trunk, seed: int = 0) -> Weights:
    """Fit both models to sentences."""
    worth, bias = _wording(rows)
    return Weights(worth, bias, _reading(rows, trunk, seed))


def _wording(rows: Sequence[Example]) -> tuple[dict[str, float], float]:
    """Fit the linear model of words; what is worth next to nothing is left out."""
    import numpy
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    held = [set(wording.grams(each.sentence)) for each in rows]
    seen = Counter(gram for grams in held for gram in grams)
    known = {gram: i for i, gram in enumerate(sorted(g for g in seen if seen[g] >= RARE))}
    cells = [
        (number, known[gram], max(len(grams), wording.FEWEST) ** -0.5)
        for number, grams in enumerate(held)
        for gram in sorted(grams & known.keys())
    ]
    number, place, value = (numpy.array(each) for each in zip(*cells, strict=True))
    matrix = csr_matrix((value, (number, place)), shape=(len(rows), len(known)))
    wanted = numpy.array([each.instruction for each in rows])
    model = LogisticRegression(C=10.0, max_iter=1_000)
    model.fit(matrix, wanted, sample_weight=[each.weight for each in rows])
    worth = {gram: round(float(model.coef_[0, i]), 1) for gram, i in known.items()}
    return {g: w for g, w in worth.items() if abs(w) >= 0.2}, round(float(model.intercept_[0]), 2)


def _reading(rows: Sequence[Example], trunk: reading.Trunk, seed: int) -> dict[str, Any]:
    """Fit the convolution over the tokens' states."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, dropout

    torch.manual_seed(seed)
    batches = [
        (
            states.clone(),
            mask,
            torch.tensor([float(rows[place].instruction) for place in places]),
            torch.tensor([rows[place].weight for place in places]),
        )
        for places, states, mask in trunk.states([each.sentence for each in rows])
    ]
    width = batches[0][0].shape[2]
    start = {
        "filters": torch.randn(FILTERS, width, WIDTH) / (width * WIDTH) ** 0.5,
        "bias": torch.zeros(FILTERS),
        "worth": torch.randn(2 * FILTERS) / (2 * FILTERS) ** 0.5,
        "start": torch.zeros(()),
    }
    weights = {name: value.requires_grad_() for name, value in start.items()}
    optimizer = torch.optim.AdamW(list(weights.values()), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * len(batches)
    )
    for _ in range(EPOCHS):
        for place in torch.randperm(len(batches)).tolist():
            states, mask, wanted, weight = batches[place]
            found = reading.logits(dropout(states, 0.2), mask, weights, unsure=0.3)
            losses = binary_cross_entropy_with_logits(
                found, wanted * (1 - 2 * SMOOTHED) + SMOOTHED, reduction="none"
            )
            optimizer.zero_grad()
            (losses * weight).mean().backward()
            optimizer.step()
            schedule.step()
    return {name: value.detach().numpy() for name, value in weights.items()}


def main() -> int:
    """Fit to all texts and write the weights."""
    rows = examples(AUTHORS, ordinary().values())
    told = sum(each.instruction for each in rows)
    sys.stdout.write(f"{len(rows)} sentences, {told} of them instructions to a model\n")
    fit(rows, reading.Trunk()).save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
