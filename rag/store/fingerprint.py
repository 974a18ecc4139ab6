"""What tells one embedding model from another: a store is only searched with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["Fingerprint", "differences", "fingerprint_of"]

_SAMPLE = "The parcel was sent on 3 May and came back unopened."
"""Embedded to learn what the model makes of it."""
_KEPT = 32
"""How many numbers of the sample's vector are kept."""
_ALIKE = 0.95
"""Their least cosine: other arithmetic takes less than a hundredth off, other models more."""


@dataclass(frozen=True)
class Fingerprint:
    """What decides an embedder's vectors; empty or None is what it does not tell."""

    model: str
    """Its name, as `model_name` or `model` of the embedder says it."""
    revision: str
    """The content of its weights and settings, as `fingerprint` of the embedder says it."""
    dimension: int
    normalised: bool
    """Whether its vectors come at unit length."""
    max_tokens: int | None
    """The longest text it reads, as `max_tokens` of the embedder says it."""
    sample: tuple[float, ...]
    """The first numbers of its vector of one fixed sentence: they betray a model that changed
    under the same name."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data for the manifest."""
        return asdict(self) | {"sample": list(self.sample)}


def fingerprint_of(embedding: Embeddings, revision: str | None = None) -> Fingerprint:
    """Return an embedder's fingerprint; one text is embedded for it.

    Args:
        embedding: the embedder.
        revision: its revision, where the caller knows better than the embedder.
    """
    import numpy as np

    vector = np.asarray(embedding.embed_query(_SAMPLE), dtype=np.float64)
    length = float(np.linalg.norm(vector))
    unit = vector / (length or 1.0)
    return Fingerprint(
        model=_said(embedding, str, "model_name", "model") or "",
        revision=revision or _said(embedding, str, "fingerprint") or "",
        dimension=len(vector),
        normalised=abs(length - 1) < 0.02,
        max_tokens=_said(embedding, int, "max_tokens", "max_seq_length"),
        sample=tuple(round(float(value), 5) for value in unit[:_KEPT]),
    )


def differences(then: Mapping[str, Any], now: Fingerprint) -> list[str]:
    """Return what a stored fingerprint and an embedder's differ in, each as words."""
    words: dict[str, tuple[str, Callable[[Any], str]]] = {
        "model": ("model", str),
        "revision": ("revision", str),
        "dimension": ("dimensions", str),
        "normalised": ("vectors", lambda unit: "of unit length" if unit else "of any length"),
        "max_tokens": ("longest text in tokens", str),
    }
    found = []
    for field, (name, say) in words.items():
        old, new = then.get(field), getattr(now, field)
        if old != new:
            said = ["not known" if value in ("", None) else say(value) for value in (old, new)]
            found.append(f"{name}: {said[0]} then, {said[1]} now")
    if not found and not _alike(then.get("sample"), now.sample):
        found.append("it gives another vector for the same sentence than then")
    return found


def _alike(then: Any, now: tuple[float, ...]) -> bool:
    import numpy as np

    if not isinstance(then, list) or len(then) != len(now):
        return False
    old, new = np.asarray(then, dtype=np.float64), np.asarray(now)
    lengths = float(np.linalg.norm(old) * np.linalg.norm(new))
    return lengths < 1e-6 or float(old @ new) / lengths >= _ALIKE


def _said(embedding: Embeddings, kind: type, *names: str) -> Any:
    """Return the first of these attributes that the embedder has, of this type."""
    values = (getattr(embedding, name, None) for name in names)
    return next((value for value in values if isinstance(value, kind) and value), None)
