"""The linter on texts by an author whom it was not fitted on, against its quick half alone.

For each of two authors the weights are fitted without that author's texts and tried on them:
injections found, and harmless texts flagged that look like instructions. The harmless documents are
those that fitting never sees: the other articles of XQuAD and the test half of wikitext-2. Then
the cost of a passage is compared with that of embedding it, in processor time. Takes some minutes
an author, and needs `LADDER_DATA`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ladder.evaluation.intervals import wilson
from ladder.methods import DEFAULT_EMBEDDER
from ladder.models import load_embedder
from ladder.models.embedder import CountsTokens
from ladder.models.sentence_embedder import SentenceEmbedder
from rag.chunks import chunks_of
from rag.lint import findings_of, fit, linter, reading, wording

TESTED = ("author-a", "author-c")
WANTED = 0.80
MOST = 0.02
"""Harmless passages of ordinary documents that may be flagged."""
COST = 0.075
"""Of embedding a passage, which leaves indexing at 0.9 of the raw rate."""


def passages(counts: CountsTokens) -> dict[str, list[str]]:
    """Return passages of 128 tokens of documents that fitting never sees."""
    data = Path(os.environ["LADDER_DATA"])
    texts: dict[str, list[str]] = {}
    for language in ("en", "de"):
        file = data / "xquad" / f"xquad.{language}.json"
        articles: list[Any] = json.loads(file.read_text(encoding="utf-8"))["data"]
        texts[f"XQuAD {language}"] = [
            "\n\n".join(part["context"] for part in article["paragraphs"])
            for article in articles[1::2]
        ]
    wiki = (data / "wikitext2" / "test.txt").read_text(encoding="utf-8")
    texts["wikitext-2"] = [wiki[start : start + 20_000] for start in range(0, len(wiki), 80_000)]
    return {
        source: [c.text for text in held for c in chunks_of("a.md", text, counts.token_spans, 128)]
        for source, held in texts.items()
    }


def use(weights: fit.Weights, trunk: reading.Trunk) -> None:
    """Let the linter weigh with these weights instead of those that are shipped."""
    import torch

    arrays = {name: torch.tensor(value) for name, value in weights.arrays.items()}
    reading._loaded = lambda: (trunk, arrays)  # type: ignore[assignment]
    wording._model = lambda: (weights.worth, weights.bias)  # type: ignore[assignment]


def share(texts: Sequence[str]) -> tuple[int, str]:
    """Return how many of some texts are flagged, and that as a share with its interval."""
    count = sum(map(bool, findings_of(texts)))
    low, high = wilson(count / len(texts), len(texts))
    return count, f"{count}/{len(texts)} ({low:.2f} to {high:.2f})"


def main() -> int:
    """Measure, print the comparison, and return 1 where a limit is missed."""
    embedder = load_embedder(DEFAULT_EMBEDDER)
    assert isinstance(embedder, SentenceEmbedder)
    ordinary, trunk, failed = passages(embedder), reading.Trunk(), False
    documents = fit.ordinary().values()
    for author in TESTED:
        use(fit.fit(fit.examples(fit.without(author), documents), trunk), trunk)
        planted = [row["text"] for row in fit.injections(author)]
        clean = fit.harmless(author)
        found, said = share(planted)
        flagged = {source: share(held)[0] / len(held) for source, held in ordinary.items()}
        with_words = f"harmless look-alikes {share(clean)[1]}; " + ", ".join(
            f"{source} {each:.3f}" for source, each in flagged.items()
        )
        linter.readable, kept = (lambda: False), linter.readable
        words = share(planted)[1], share(clean)[1]
        linter.readable = kept
        print(
            f"lint, fitted without {author}: finds {said}, flags {with_words}; "
            f"by wording alone finds {words[0]}, look-alikes {words[1]}"
        )
        failed |= found / len(planted) < WANTED or max(flagged.values()) > MOST
    held = ordinary["XQuAD en"]
    findings_of(held[:32])
    embedder._model.encode(held[:32])
    began = time.process_time()
    findings_of(held)
    middle = time.process_time()
    embedder._model.encode(held)
    ended = time.process_time()
    cost = (middle - began) / (ended - middle)
    print(
        f"lint: {(middle - began) / len(held) * 1e3:.2f} ms of processor time a passage, "
        f"{cost:.3f} of embedding it ({len(held)} passages of XQuAD en)"
    )
    return int(failed or cost > COST)


if __name__ == "__main__":
    sys.exit(main())
