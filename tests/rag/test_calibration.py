from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.project.task import Example
from rag.calibration import INPUTS, calibrated, drawn_inputs, mean_prior, normalised

LOG = st.floats(-30, 0, allow_nan=False)
TOLD = st.dictionaries(st.sampled_from("abcdef"), LOG, min_size=2)


@given(TOLD)
def test_normalised_scores_are_probabilities_in_the_same_order(told: dict[str, float]) -> None:
    found = normalised(told)
    assert sum(map(math.exp, found.values())) == pytest.approx(1)
    assert {k: v - found["abcdef"[0]] for k, v in found.items() if "a" in found} == pytest.approx(
        {k: v - told["a"] for k, v in told.items() if "a" in told}, abs=1e-9
    )


@given(TOLD)
def test_what_a_model_says_of_everything_is_taken_out_whole(told: dict[str, float]) -> None:
    found = calibrated(told, mean_prior([told, told]))
    likely = [v for label, v in found.items() if normalised(told)[label] > math.log(1e-11)]
    assert likely == pytest.approx([likely[0]] * len(likely), abs=1e-6)


def test_a_label_that_is_preferred_anyway_loses_to_one_that_the_text_speaks_for() -> None:
    told = {"card": math.log(0.6), "refund": math.log(0.4)}
    prior = mean_prior([{"card": math.log(0.9), "refund": math.log(0.1)}])
    found = calibrated(told, prior)
    assert prior == pytest.approx({"card": 0.9, "refund": 0.1})
    assert math.exp(found["refund"]) == pytest.approx((0.4 / 0.1) / (0.4 / 0.1 + 0.6 / 0.9))


def test_inputs_for_a_batch_prior_are_drawn_by_seed() -> None:
    pool = [Example(str(i), f"text {i}", "a") for i in range(100)]
    assert len(drawn_inputs(pool, 0)) == INPUTS
    assert drawn_inputs(pool, 0) == drawn_inputs(pool, 0) != drawn_inputs(pool, 1)
    assert len(drawn_inputs(pool[:3], 0)) == 3
