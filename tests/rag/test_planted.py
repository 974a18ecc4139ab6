"""Forty answers with one false sentence each, and what the app says of every sentence."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from rag.citations import supports
from rag.retrieval import Passage

HERE = Path(__file__).parent / "planted"
EMBEDDER = "all-minilm-l6-v2"


def flagged() -> dict[str, list[bool]]:
    """Return by kind (true, number, date, name) whether each sentence was found unsupported."""
    sources = yaml.safe_load((HERE / "sources.yaml").read_text(encoding="utf-8"))
    passages = []
    for name, text in sources.items():
        heading, _, body = text.partition("\n\n")
        place = len(heading) + 2
        title = heading.removeprefix("# ")
        passages.append(Passage(f"{name}.md", place, place + len(body), body, title))
    found: dict[str, list[bool]] = defaultdict(list)
    for line in (HERE / "answers.jsonl").read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        own = [p for p in passages if p.doc == f"{each['source']}.md"]
        shown = [*own, *(p for p in passages if p not in own)][:4]
        said = [*each["true"][:1], each["false"], *each["true"][1:]]
        judged = supports(" ".join(said), each["question"], shown, EMBEDDER)
        assert len(judged) == len(said), said
        for sentence, support in zip(said, judged, strict=True):
            kind = each["kind"] if sentence == each["false"] else "true"
            found[kind].append(support.citation is None)
            if support.citation is not None:
                source = sources[support.citation.doc.removesuffix(".md")]
                quoted = source[support.citation.start : support.citation.end]
                assert quoted == support.citation.quote
    return found


@pytest.mark.real
def test_wrong_numbers_dates_and_names_are_flagged_and_true_sentences_are_not(home: Path) -> None:
    found = flagged()
    assert sum(len(found[kind]) for kind in ("number", "date", "name")) == 40
    for kind in ("number", "date", "name"):
        assert sum(found[kind]) >= 0.8 * len(found[kind]), kind
    assert len(found["true"]) > 40
    assert sum(found["true"]) <= 0.1 * len(found["true"])
