"""Indexing against the raw rate of `SentenceTransformer.encode` on the same texts, in one run.

The documents are paragraphs of XQuAD English, one a file; where they are not, the example's. Each
pair indexes them whole into an empty workspace (reading, cutting, looking for suspicious text,
counting, embedding, keeping vectors, BM25, checksums, writing) and encodes the same passages raw,
one right after the other, in turns which comes first; what else the machine does falls on both.
Processor time is compared, too, and decides: unlike the clock it does not change with what else
the machine does (waiting for the disk is not in it). Then one file in a hundred is changed.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ladder.files import write_text
from ladder.methods import DEFAULT_EMBEDDER
from ladder.models import load_embedder
from ladder.models.embedding_cache import EmbeddingCache
from ladder.models.sentence_embedder import SentenceEmbedder
from ladder.project import Project, create_project
from rag.indexing import index_documents, open_store

PAIRS = 13
FILES = 100
WANTED = 0.90
ROOT = Path(__file__).parents[1]


def documents() -> dict[str, str]:
    """Return the texts by file name."""
    data = Path(os.environ.get("LADDER_DATA", ROOT.parent / "shared" / "data"))
    file = data / "xquad" / "xquad.en.json"
    if not file.exists():
        folder = ROOT / "examples" / "helpdesk" / "documents"
        return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    articles: list[Any] = json.loads(file.read_text(encoding="utf-8"))["data"]
    found = {
        f"{number:02}-{place}.md": f"# {article['title'].replace('_', ' ')}\n\n{part['context']}\n"
        for number, article in enumerate(articles)
        for place, part in enumerate(article["paragraphs"])
    }
    return dict(list(found.items())[:FILES])


def fresh(name: str, texts: dict[str, str]) -> Project:
    """Return a new project of these documents."""
    project = create_project(name)
    for file, text in texts.items():
        write_text(project.path / "documents" / file, text)
    return project


def main() -> int:
    """Measure, print one comparison, and return 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LADDER_HOME"] = folder
        texts = documents()
        embedder = load_embedder(DEFAULT_EMBEDDER)
        assert isinstance(embedder, SentenceEmbedder)
        model, fingerprint = embedder._model, embedder.fingerprint
        project = fresh("first", texts)
        index_documents(project)  # whatever is loaded at first use
        passages = open_store(project, DEFAULT_EMBEDDER, 128).texts()
        model.encode(passages[:64])
        taken: dict[str, list[float]] = {"ours": [], "raw": []}
        busy = {"ours": 0.0, "raw": 0.0}
        for number in range(PAIRS):
            project = fresh(f"pair-{number}", texts)
            embedder._cache = EmbeddingCache(Path(folder) / f"cache-{number}.sqlite", fingerprint)
            for way in ("ours", "raw") if number % 2 == 0 else ("raw", "ours"):
                begin, computed = time.perf_counter(), time.process_time()
                if way == "ours":
                    report = index_documents(project)
                    assert report.embedded == len(set(passages))
                else:
                    model.encode(passages)
                taken[way].append(time.perf_counter() - begin)
                busy[way] += time.process_time() - computed
        changed = sorted(texts)[:: len(texts) // max(1, len(texts) // 100)][: len(texts) // 100]
        for file in changed:
            write_text(project.path / "documents" / file, texts[file].replace(". ", "; ", 1))
        after = index_documents(project)
    ours, raw = taken["ours"], taken["raw"]
    ratios = [theirs / mine for mine, theirs in zip(ours, raw, strict=True)]
    ratio = statistics.median(ratios)
    print(
        f"indexing rate: {len(passages) / statistics.median(ours):.1f} passages/s, raw encode "
        f"{len(passages) / statistics.median(raw):.1f}; {ratio:.3f} of it (median of {PAIRS} "
        f"pairs, {min(ratios):.3f} to {max(ratios):.3f}; {len(passages)} passages of "
        f"{len(texts)} files); by processor time {busy['raw'] / busy['ours']:.3f}; after "
        f"changing {len(changed)} of the files {after.read} were read and "
        f"{after.embedded} passages embedded"
    )
    return int(busy["raw"] / busy["ours"] < WANTED or after.read != len(changed))


if __name__ == "__main__":
    sys.exit(main())
