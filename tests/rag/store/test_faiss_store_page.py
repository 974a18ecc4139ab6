"""The examples of docs/faiss-store.md, carried out one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faiss
import numpy as np
import pytest
from langchain_core.documents import Document

from ladder.models.fakes import HashEmbedder
from ladder.models.stand_ins import ANY, standing_in
from rag.store import FaissStore

PAGE = Path(__file__).parents[3] / "docs" / "faiss-store.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def archived_store(texts: list[str]) -> SimpleNamespace:
    """Return what langchain-community's store looks like from outside."""
    index = faiss.IndexFlatL2(64)
    index.add(np.asarray(HashEmbedder().embed_documents(texts), dtype=np.float32))
    documents = {f"old{n}": Document(text, metadata={"n": n}) for n, text in enumerate(texts)}
    return SimpleNamespace(
        index=index,
        index_to_docstore_id=dict(enumerate(documents)),
        docstore=SimpleNamespace(search=documents.__getitem__),
    )


def test_the_page_s_examples_work_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old = ["my card is lost", "where is my parcel"]
    names: dict[str, Any] = {"old": archived_store(old)}
    assert len(BLOCKS) == 6
    with standing_in(embedders={ANY: HashEmbedder()}):
        for block in BLOCKS:
            exec(compile(block, str(PAGE), "exec"), names)
    moved = FaissStore.load(tmp_path / "moved", HashEmbedder())
    assert (moved.ids(), moved.texts()) == (["old0", "old1"], old)
    assert moved.similarity_search_with_score(old[1], 1)[0][1] == pytest.approx(1, abs=1e-5)
    assert FaissStore.load(tmp_path / "my-store", HashEmbedder()).ids() == ["r1", "d2"]
