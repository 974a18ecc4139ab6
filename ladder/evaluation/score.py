"""A Score: what one Setup is worth on one split, with everything needed to judge the number."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from ladder.errors import InputError

__all__ = ["Scheme", "Score", "Split"]

Split = Literal["validation", "test"]
Scheme = Literal["held-out", "leave-one-out", "5-fold"]
"""How the scored items were kept from the examples that answered them."""

_NAMES = {"value": "score", "low": "ci_low", "high": "ci_high"}
_ESSENTIAL = ("method", "setup_hash", "split", "metric", "value", "low", "high", "n")
_UNWRITTEN: dict[str, Any] = {
    **dict.fromkeys(("errors", "abstained", "invalid"), 0),
    **dict.fromkeys(("prompt_tokens", "cached_tokens", "completion_tokens", "seed"), 0),
    **dict.fromkeys(("p50_ms", "p95_ms", "cost_per_1k", "deploy_cost_per_1k", "limit")),
    **dict.fromkeys(("model", "dtype", "created", "code_version", "key"), ""),
    "scheme": "held-out",
    "seconds": 0.0,
}
"""What a line that lacks a field is taken to say."""


@dataclass(frozen=True)
class Score:
    """What one Setup is worth on one split of one task.

    Tokens and seconds are sums over the items; costs are $ per 1,000 queries.
    """

    method: str
    """Runnable name of the method, or the answerer of a Setup that is none's preset."""
    setup_hash: str
    split: Split
    metric: str
    value: float
    """The score, from 0 to 1."""
    low: float
    high: float
    """95 % confidence interval."""
    n: int
    """How many items were scored."""
    errors: int
    abstained: int
    invalid: int
    """Answers that were none of the labels, or no JSON."""
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    p50_ms: float | None
    p95_ms: float | None
    """Latency of single requests after a warm-up; None where none was measured."""
    cost_per_1k: float | None
    """By the task's price basis; None without one."""
    deploy_cost_per_1k: float | None
    """The same tokens at the price of the model that will be deployed; None without one."""
    model: str
    """Who answered: the reference of a model, else of an embedder, else empty."""
    dtype: str
    """Arithmetic of a local language model; empty for the others."""
    seed: int
    """Seed of the sample that `limit` takes."""
    limit: int | None
    scheme: Scheme
    created: str
    """When it was measured, ISO 8601 in UTC."""
    seconds: float
    """How long answering took, all items together."""
    code_version: str
    """Hash of the source files that decide answers."""
    key: str
    """Names the per-item rows: `answers/KEY.jsonl`."""
    interval: str = "wilson"
    interval_note: str = ""
    """Why the interval is not the metric's usual one; empty if it is."""
    value_without_near_duplicates: float | None = None
    low_without_near_duplicates: float | None = None
    high_without_near_duplicates: float | None = None
    n_without_near_duplicates: int | None = None
    """The same score over the test items that have no near-duplicate outside the test split."""
    setup: dict[str, Any] | None = None
    """The Setup itself, as plain data."""
    items_hash: str = ""
    """Names all items that the split had, also those that a sample left out."""
    stale: bool = False
    """Whether the split has other items, or other right answers, by now: such a score stands
    beside no other. It is set when scores are read; see `scoreboard`."""

    @property
    def sampled(self) -> bool:
        """Return whether a sample was scored (`limit`) instead of the whole split."""
        return self.limit is not None

    @property
    def near_duplicates(self) -> int:
        """Return how many of the items have a near-duplicate outside the test split."""
        if self.n_without_near_duplicates is None:
            return 0
        return self.n - self.n_without_near_duplicates

    def to_json(self) -> dict[str, Any]:
        """Return the Score under the names that commands print (`score`, `ci_low`, `ci_high`)."""
        return {_NAMES.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Score:
        """Build a Score from a line of `scores.jsonl`; keys of other versions are left out.

        Raises:
            InputError: it lacks what makes a score, such as its value or interval. What only
                describes one, and another version did not write, is empty.
        """
        names = {_NAMES.get(field.name, field.name): field.name for field in fields(cls)}
        values = {names[key]: value for key, value in data.items() if key in names}
        if missing := [name for name in _ESSENTIAL if name not in values]:
            raise InputError(
                f"A score lacks {', '.join(_NAMES.get(name, name) for name in missing)}; "
                "measure again."
            )
        return cls(**(_UNWRITTEN | values))
