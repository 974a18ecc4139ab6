"""The linter on texts by authors whom it was not fitted on, and what it costs.

Author b's texts are never fitted on, nor are limits chosen by them: they meet the weights that are
shipped. For each of two other authors the weights are fitted anew without that author's texts
(`--refit`, some minutes each), at the limits that were chosen there. Reported are
injections found; harmless texts flagged that were written to look like instructions; and passages
flagged of ordinary documents that fitting never sees: the other articles of XQuAD, the test half of
wikitext-2, half of the installed packages' descriptions, other source code. Then the cost of a
passage is compared with that of embedding it, in processor time. It needs `LADDER_DATA`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from ladder.evaluation.intervals import wilson
from ladder.methods import DEFAULT_EMBEDDER
from ladder.models import load_embedder
from ladder.models.embedder import CountsTokens
from ladder.models.sentence_embedder import SentenceEmbedder
from rag.chunks import chunks_of
from rag.lint import findings_of, fit, linter, reading, texts, wording

SHIPPED, REFITTED = "author-b", ("author-a", "author-c")
WANTED = 0.80
MOST = 0.02
"""Harmless passages of ordinary documents that may be flagged."""
COST = 0.075
"""Of embedding a passage, which leaves indexing at 0.9 of the raw rate."""
LIMITS = -1.75, -2.75
"""`ENOUGH` and `WORTH_READING` where less than half as many instructions are fitted on: log-odds
come out lower then, and as many ordinary passages are flagged as by the shipped weights at theirs.
"""


def passages(counts: CountsTokens) -> dict[str, list[str]]:
    """Return passages of 128 tokens of documents that fitting never sees."""
    data = texts.data_folder()
    held: dict[str, dict[str, str]] = {}
    for language in ("en", "de"):
        file = data / "xquad" / f"xquad.{language}.json"
        articles: list[Any] = json.loads(file.read_text(encoding="utf-8"))["data"]
        held[f"XQuAD {language}"] = {
            f"{article['title']}.md": "\n\n".join(part["context"] for part in article["paragraphs"])
            for article in articles[1::2]
        }
    wiki = (data / "wikitext2" / "test.txt").read_text(encoding="utf-8")
    starts = range(0, len(wiki), 80_000)
    held["wikitext-2"] = {f"{start}.md": wiki[start : start + 20_000] for start in starts}
    held["packages"] = texts.read_mes(measured=True)
    code = sorted(texts.ROOT.glob("ladder/*/*.py"))[3::6]
    held["source code"] = {path.name: path.read_text(encoding="utf-8") for path in code}
    return {
        source: [
            chunk.text
            for name, text in documents.items()
            for chunk in chunks_of(name, text, counts.token_spans, 128)
        ]
        for source, documents in held.items()
    }


def use(fitted: fit.Fitted, trunk: reading.Trunk) -> None:
    """Let the linter weigh with these weights instead of those that are shipped."""
    import torch

    arrays = {name: torch.tensor(value) for name, value in fitted.read.items()}
    reading._loaded = lambda: (trunk, arrays)  # type: ignore[assignment]
    wording._model = lambda: (fitted.worth, fitted.bias)  # type: ignore[assignment]


def share(held: Sequence[str]) -> tuple[float, str]:
    """Return which share of some texts is flagged, and that in words with its interval."""
    count = sum(map(bool, findings_of(held)))
    low, high = wilson(count / len(held), len(held))
    return count / len(held), f"{count}/{len(held)} ({low:.3f} to {high:.3f})"


def measured(author: str, weights: str, ordinary: dict[str, list[str]]) -> bool:
    """Print what is found and flagged; return whether a limit is missed."""
    planted = [row["text"] for row in texts.injections(author)]
    clean = texts.harmless(author)
    found, said = share(planted)
    flagged = {source: share(held) for source, held in ordinary.items()}
    kept, linter.readable = linter.readable, lambda: False
    words = f"{share(planted)[1]}, look-alikes {share(clean)[1]}"
    linter.readable = kept
    print(f"lint of {author}, weights {weights}: finds {said}, flags look-alikes {share(clean)[1]}")
    print("  ordinary passages flagged: " + "; ".join(f"{s} {e[1]}" for s, e in flagged.items()))
    print(f"  by wording alone: finds {words}")
    return found < WANTED or max(rate for rate, _ in flagged.values()) > MOST


def cost(held: Sequence[str], embedder: SentenceEmbedder) -> float:
    """Return what looking at passages costs, as a share of embedding them; print it."""
    findings_of(held[:32])
    embedder._model.encode(held[:32])
    began = time.process_time()
    findings_of(held)
    middle = time.process_time()
    embedder._model.encode(held)
    taken = (middle - began) / (time.process_time() - middle)
    print(
        f"lint: {(middle - began) / len(held) * 1e3:.2f} ms of processor time a passage, "
        f"{taken:.3f} of embedding it ({len(held)} passages)"
    )
    return taken


def main() -> int:
    """Measure, print the comparison, and return 1 where a limit is missed."""
    embedder = load_embedder(DEFAULT_EMBEDDER)
    assert isinstance(embedder, SentenceEmbedder)
    ordinary = passages(embedder)
    failed = cost(ordinary["XQuAD en"], embedder) > COST
    failed |= measured(SHIPPED, "as shipped", ordinary)
    if "--refit" in sys.argv:
        trunk, documents = reading.Trunk(), texts.ordinary().values()
        for author in REFITTED:
            use(fit.fit(texts.examples(texts.without(author), documents), trunk), trunk)
            linter.ENOUGH, linter.WORTH_READING = LIMITS
            failed |= measured(author, "fitted without it", ordinary)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
