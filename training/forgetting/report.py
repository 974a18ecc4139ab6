"""Before against after: what a run forgot, with intervals, and in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ladder.evaluation.intervals import wilson
from ladder.evaluation.paired import Verdict, compare_values
from training.forgetting.abilities import Abilities
from training.forgetting.skills import KINDS

__all__ = ["Forgetting", "Kind", "compared", "forgetting_words"]


@dataclass(frozen=True)
class Kind:
    """One kind of small task."""

    kind: str
    n: int
    before: int
    """How many the base did right."""
    after: int
    lost: int
    """Done right before and not after."""
    gained: int


@dataclass(frozen=True)
class Forgetting:
    """What a run forgot of what its base can do."""

    base: str
    run: str
    dtype: str
    perplexity_before: float
    perplexity_after: float
    windows: int
    of_windows: int
    window: int
    """Tokens of a window."""
    ratio: float
    """Perplexity after over before: 1 where nothing changed, 1.1 where a tenth was lost."""
    ratio_low: float
    ratio_high: float
    """Its 95 % interval: paired bootstrap over windows."""
    prose: Literal["worse", "better", "same"]
    """"same" where the interval cannot tell."""
    skills: Verdict | None
    """The paired test on the small tasks; None for a model without a chat template."""
    kinds: tuple[Kind, ...]
    seconds: float
    """How long both measurements took."""

    @property
    def tokens(self) -> int:
        """Return how many tokens of prose each model read."""
        return self.windows * self.window

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, with its sentences."""
        skills = self.skills.to_json() if self.skills else None
        kinds = [asdict(kind) for kind in self.kinds]
        more = {"skills": skills, "kinds": kinds, "words": forgetting_words(self)}
        return asdict(self) | more


def compared(before: Abilities, after: Abilities) -> Forgetting:
    """Return what the second model forgot of what the first can do, on what both were asked."""
    n = min(len(before.losses), len(after.losses))
    losses = [
        {str(place): loss for place, loss in enumerate(each.losses[:n])} for each in (before, after)
    ]
    prose = compare_values(*losses, noun="windows")
    common = before.done.keys() & after.done.keys()
    skills = None
    if common:
        values = [{id: float(each.done[id]) for id in common} for each in (before, after)]
        skills = compare_values(*values, a="before", b="after", noun="small tasks")
    worse = {"a": "better", "b": "worse", None: "same"}  # of losses, more is worse
    return Forgetting(
        base=before.reference,
        run=after.reference,
        dtype=after.dtype,
        perplexity_before=math.exp(prose.value_a),
        perplexity_after=math.exp(prose.value_b),
        windows=n,
        of_windows=after.of_windows,
        window=after.window,
        ratio=math.exp(prose.difference),
        ratio_low=math.exp(prose.low),
        ratio_high=math.exp(prose.high),
        prose=worse[prose.better],  # type: ignore[arg-type]
        skills=skills,
        kinds=_kinds(before, after),
        seconds=before.seconds + after.seconds,
    )


def forgetting_words(found: Forgetting) -> list[str]:
    """Return what was forgotten, in sentences: prose, then small tasks."""
    n = f"{found.tokens:,} tokens of public-domain prose"
    if found.windows < found.of_windows:
        n += f", a sample: the first {found.windows} of {found.of_windows} windows"
    change = f"{abs(found.ratio - 1):.1%} {'higher' if found.ratio >= 1 else 'lower'}"
    interval = f"{found.ratio_low - 1:+.1%} to {found.ratio_high - 1:+.1%}"
    ends = {
        "worse": "it forgot some of its language",
        "better": "it reads it better than before",
        "same": "whether it changed cannot be told",
    }
    words = [
        f"Perplexity {found.perplexity_before:.1f} before and {found.perplexity_after:.1f} after, "
        f"{change} ({interval}; {n}): {ends[found.prose]}."
    ]
    if found.skills is None:
        words.append("The small tasks were not asked: the model has no chat template.")
    else:
        words.append(_skills_words(found, found.skills))
    return words


def _skills_words(found: Forgetting, skills: Verdict) -> str:
    before, after = (sum(getattr(k, name) for k in found.kinds) for name in ("before", "after"))
    shares = [wilson(done / skills.n, skills.n) for done in (before, after)]
    shown = [
        f"{done} ({low:.0%} to {high:.0%})"
        for done, (low, high) in zip((before, after), shares, strict=True)
    ]
    ends = {"a": "it forgot some", "b": "it does more than before", None: "cannot tell yet"}
    p = "p < 0.001" if skills.p < 0.001 else f"p = {skills.p:.2g}"
    lost, gained = (sum(getattr(k, name) for k in found.kinds) for name in ("lost", "gained"))
    most = max(found.kinds, key=lambda k: k.before - k.after)
    where = (
        f" Most was lost in {most.kind} ({most.before} of {most.n} before, {most.after} after)."
        if skills.better == "a"
        else ""
    )
    return (
        f"Of {skills.n} small tasks {shown[0]} were done before and {shown[1]} after; {lost} were "
        f"lost and {gained} gained ({p}): {ends[skills.better]}.{where}"
    )


def _kinds(before: Abilities, after: Abilities) -> tuple[Kind, ...]:
    found = []
    for kind in KINDS:
        ids = [id for id in before.done if id in after.done and id.startswith(f"{kind}-")]
        pairs = [(before.done[id], after.done[id]) for id in ids]
        if pairs:
            found.append(
                Kind(
                    kind,
                    len(pairs),
                    sum(x for x, _ in pairs),
                    sum(y for _, y in pairs),
                    pairs.count((True, False)),
                    pairs.count((False, True)),
                )
            )
    return tuple(found)
