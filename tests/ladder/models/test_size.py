from __future__ import annotations

import json
from pathlib import Path

import pytest

from ladder.models.fakes import use_fakes
from ladder.models.size import is_small, parameters


@pytest.mark.parametrize(
    ("reference", "size"),
    [
        ("smollm2-135m-instruct", 135e6),
        ("server:qwen3:0.6b@http://127.0.0.1:9/v1", 0.6e9),
        ("server:gpt-5.4-mini@http://127.0.0.1:9/v1", None),
        ("gguf:/models/Qwen3-8B-Q4_K_M.gguf", 8e9),
        ("run:none", None),
        ("no reference", None),
    ],
)
def test_a_size_is_told_from_what_is_at_hand(
    home: Path, reference: str, size: float | None
) -> None:
    assert parameters(reference) == size
    assert is_small(reference) == (size is not None and size < 1e9)


def test_a_local_models_config_tells_its_size(tmp_path: Path) -> None:
    config = {
        "num_hidden_layers": 30, "hidden_size": 576, "num_attention_heads": 9,
        "num_key_value_heads": 3, "intermediate_size": 1536, "vocab_size": 49152,
        "hidden_act": "silu", "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert parameters(f"path:{tmp_path}") == pytest.approx(134.5e6, rel=0.01)
    (tmp_path / "config.json").write_text("{")
    assert parameters(f"path:{tmp_path}") is None


def test_a_fake_has_no_size_unless_it_says_so() -> None:
    with use_fakes():
        assert parameters("smollm2-135m-instruct") is None
