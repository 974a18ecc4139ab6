"""Fit what the linter weighs sentences with, from the texts in this repository.

    python -m rag.lint.fit

writes `weights.npz` anew, in some minutes; it needs `LADDER_DATA`. How good the outcome is for
somebody else's texts is measured by `benchmarks/lint_by_author.py`, which fits without an author
and tests on that author's texts; the limits in `rag.lint.linter` come from there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import InputError
from rag.lint import reading, weights, wording
from rag.lint.texts import AUTHORS, Example, examples, ordinary

__all__ = ["Fitted", "fit"]

EPOCHS, FILTERS, WIDTH, RATE, DECAY = 20, 32, 3, 1.5e-3, 0.3
RARE = 2
"""Texts that a gram must stand in."""
LOOSE = 30.0
"""How little the worth of grams is held back."""
SMALL = 0.2
"""Worth below which a gram is left out."""
SMOOTHED = 0.02
DISMISSED, KEPT = -5.0, 10
"""Of harmless sentences whose wording is dismissed by so much, one in ten is read while fitting."""


@dataclass(frozen=True)
class Fitted:
    """What was fitted: the worth of grams, that of a sentence without any, the convolution."""

    worth: dict[str, float]
    bias: float
    read: dict[str, Any]


def fit(rows: Sequence[Example], trunk: reading.Trunk, seed: int = 0) -> Fitted:
    """Fit both models to sentences."""
    worth, bias, log_odds = _wording(rows)
    far = [place for place, value in enumerate(log_odds) if value < DISMISSED]
    dull = {place for number, place in enumerate(far) if number % KEPT}
    read = [row for place, row in enumerate(rows) if row.instruction or place not in dull]
    return Fitted(worth, bias, _reading(read, trunk, seed))


def _wording(rows: Sequence[Example]) -> tuple[dict[str, float], float, list[float]]:
    """Fit the linear model of words; return it, and the log-odds that it gives the sentences."""
    import numpy
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    held = [wording.grams(each.sentence) for each in rows]
    seen = Counter(gram for grams in held for gram in grams)
    known = {gram: i for i, gram in enumerate(sorted(g for g in seen if seen[g] >= RARE))}
    cells = [
        (number, known[gram], max(len(grams), wording.FEWEST) ** -0.5)
        for number, grams in enumerate(held)
        for gram in sorted(grams & known.keys())
    ]
    number, place, value = (numpy.array(each) for each in zip(*cells, strict=True))
    matrix = csr_matrix((value, (number, place)), shape=(len(rows), len(known)))
    wanted = numpy.array([each.instruction for each in rows])
    model = LogisticRegression(C=LOOSE, max_iter=1_000)
    model.fit(matrix, wanted, sample_weight=[each.weight for each in rows])
    worth = {gram: float(model.coef_[0, i]) for gram, i in known.items()}
    worth = {gram: each for gram, each in worth.items() if abs(each) >= SMALL}
    return worth, float(model.intercept_[0]), model.decision_function(matrix).tolist()


def _reading(rows: Sequence[Example], trunk: reading.Trunk, seed: int) -> dict[str, Any]:
    """Fit the convolution over the tokens' states."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, dropout

    torch.manual_seed(seed)
    batches = [
        (
            states.clone(),
            mask,
            torch.tensor([float(rows[place].instruction) for place in places]),
            torch.tensor([rows[place].weight for place in places]),
        )
        for places, states, mask in trunk.states([each.sentence for each in rows])
    ]
    width = batches[0][0].shape[2]
    start = {
        "filters": torch.randn(FILTERS, width, WIDTH) / (width * WIDTH) ** 0.5,
        "bias": torch.zeros(FILTERS),
        "worth": torch.randn(2 * FILTERS) / (2 * FILTERS) ** 0.5,
        "start": torch.zeros(()),
    }
    read = {name: value.requires_grad_() for name, value in start.items()}
    optimizer = torch.optim.AdamW(list(read.values()), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * len(batches)
    )
    for _ in range(EPOCHS):
        for place in torch.randperm(len(batches)).tolist():
            states, mask, wanted, weight = batches[place]
            found = reading.logits(dropout(states, 0.2), mask, read, unsure=0.3)
            losses = binary_cross_entropy_with_logits(
                found, wanted * (1 - 2 * SMOOTHED) + SMOOTHED, reduction="none"
            )
            optimizer.zero_grad()
            (losses * weight).mean().backward()
            optimizer.step()
            schedule.step()
    return {name: value.detach().numpy() for name, value in read.items()}


def main() -> int:
    """Fit to all texts and write the weights."""
    try:
        rows = examples(AUTHORS, ordinary().values())
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    told = sum(each.instruction for each in rows)
    sys.stdout.write(f"{len(rows)} sentences, {told} of them instructions to a model\n")
    fitted = fit(rows, reading.Trunk())
    weights.save(fitted.worth, fitted.bias, fitted.read)
    return 0


if __name__ == "__main__":
    sys.exit(main())
