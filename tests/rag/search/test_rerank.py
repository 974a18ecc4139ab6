from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ladder.errors import ModelError
from rag.search import rerank
from rag.search.rerank import CrossEncoderReranker, load_reranker


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a tiny cross-encoder, made here."""
    return _made(tmp_path / "tiny", 1)


def _made(folder: Path, outputs: int) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    signs = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = signs + "how long does delivery take three days refund".split()  # noqa: SIM905
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    BertForSequenceClassification(
        BertConfig(
            vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=64, num_labels=outputs,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def test_a_cross_encoder_gives_each_text_a_number(folder: Path) -> None:
    reranker = load_reranker(f"path:{folder}")
    texts = ["delivery take three days", "refund", "three days delivery take"]
    scores = reranker.scores("how long does delivery take", texts)
    assert len(set(scores)) == 3
    assert reranker.scores("how long does delivery take", texts[1:]) == pytest.approx(
        scores[1:], abs=1e-4
    )
    assert reranker.scores("how long", []) == []
    assert load_reranker(f"path:{folder}") is reranker


def test_what_is_no_cross_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="give a cross-encoder as path:DIR"):
        load_reranker("all-minilm-l6-v2")
    with pytest.raises(ModelError, match="has 3 outputs"):
        load_reranker(f"path:{_made(tmp_path / 'three', 3)}")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ModelError):
        load_reranker(f"path:{empty}")
    assert not any("empty" in name or "three" in name for name in rerank._LOADED)


def test_the_question_is_put_before_each_text() -> None:
    seen: list[Any] = []

    class Model:
        def predict(self, pairs: list[tuple[str, str]], **settings: Any) -> list[float]:
            seen.extend(pairs)
            return [0.5] * len(pairs)

    assert CrossEncoderReranker(Model()).scores("q", ["a", "b"]) == [0.5, 0.5]
    assert seen == [("q", "a"), ("q", "b")]
