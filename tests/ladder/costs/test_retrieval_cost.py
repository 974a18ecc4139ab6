from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.costs import Band
from ladder.costs.people import BUILD_DAYS, labels_figure
from ladder.costs.retrieval import embedding_figure, index_bytes, index_figure
from ladder.errors import InputError

KINDS = ("flat", "fp16", "sq8", "hnsw", "ivf-pq")


def test_a_million_chunks_take_what_the_faiss_wiki_says() -> None:
    size = {kind: index_bytes(1e6, 768, kind) / 1e6 for kind in KINDS}  # type: ignore[arg-type]
    assert size == {"flat": 3072, "fp16": 1536, "sq8": 768, "hnsw": 3328, "ivf-pq": 72}


def test_an_unknown_index_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="ivf-pq"):
        index_bytes(1, 768, "tree")  # type: ignore[arg-type]


def test_a_billion_tokens_cost_twenty_dollars_to_embed_at_the_small_price() -> None:
    none = Band(0, 0, 0)
    assert embedding_figure(1e9, Band(0.02, 0.02, 0.02), none).value.p50 == pytest.approx(20)
    assert embedding_figure(1e9).value.p90 == pytest.approx(130 * 1.3)


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_documents_never_cost_less(tokens: float, more: float) -> None:
    for figure in (embedding_figure, index_figure):
        few, many = figure(tokens).value, figure(tokens + more).value
        assert few.p10 <= many.p10
        assert few.p50 <= many.p50
        assert few.p90 <= many.p90


def test_labels_cost_minutes_at_a_wage_and_their_checks() -> None:
    figure = labels_figure(600, minutes=3, hourly=40, checked_share=0.25)
    assert figure.value.p50 == pytest.approx(600 * 3 / 60 * 40 * 1.25)
    assert (figure.value.p10, figure.value.p90) == (750, 3000)
    assert figure.inputs["minutes each"] == 3
    with pytest.raises(InputError, match="minutes"):
        labels_figure(1, minutes=-1)


def test_every_method_has_days_to_build() -> None:
    assert len(BUILD_DAYS) == 16
