"""Calibration of label scores: what a model says anyway is taken out of what it says here.

A model prefers some labels whatever the text: frequent words, or what its examples show last. That
preference, the prior, is what it finds likely for texts without content (contextual calibration,
Zhao et al. 2021, 2102.09690, section 5) or on average over many inputs (batch calibration, Zhou et
al. 2024, 2309.17249, section 3.3). Each label's probability is divided by its prior.

Batch calibration here takes its inputs from the pool of labelled examples, whose labels it does not
look at, and not from what is asked together: an answer must not depend on who else asks.
Where the pool holds what is asked (leave-one-out), that is neither drawn nor shown.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import TypeVar

__all__ = ["CONTENT_FREE", "calibrated", "drawn_inputs", "mean_prior", "normalised"]

CONTENT_FREE = ("N/A", "[MASK]", "")
"""The texts without content of the paper (its section 5)."""
INPUTS = 32
"""Inputs that a batch prior is the mean of: our choice, the paper's curve is flat from there."""
_T = TypeVar("_T")
_LEAST = 1e-12  # a probability that is no more than rounding must not decide


def normalised(logprobs: Mapping[str, float]) -> dict[str, float]:
    """Return log-probabilities that sum to one over the labels given."""
    highest = max(logprobs.values())
    whole = highest + math.log(sum(math.exp(each - highest) for each in logprobs.values()))
    return {label: each - whole for label, each in logprobs.items()}


def mean_prior(told: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean probability of each label over several answers' log-probabilities."""
    shares = [normalised(each) for each in told]
    return {label: sum(math.exp(each[label]) for each in shares) / len(shares) for label in told[0]}


def calibrated(logprobs: Mapping[str, float], prior: Mapping[str, float]) -> dict[str, float]:
    """Return log-probabilities divided by a prior, summing to one."""
    return normalised(
        {label: each - math.log(max(prior[label], _LEAST)) for label, each in logprobs.items()}
    )


def drawn_inputs(pool: Sequence[_T], seed: int, without: Collection[int] = ()) -> list[_T]:
    """Return the examples whose inputs a batch prior is taken from.

    Args:
        pool: all examples.
        seed: draws them.
        without: places of examples that must not be among them; the next ones take their part.
    """
    order = Random(seed).sample(range(len(pool)), len(pool))
    return [pool[place] for place in order if place not in without][:INPUTS]
