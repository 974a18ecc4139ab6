"""What is wrong with labelled examples: too few of a label, repeated, contradicting, cut off.

All pairs are looked at, exactly. 10,000 short texts take some seconds once they are embedded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ladder.project.near_duplicates import groups, normalised
from ladder.project.task import Example, Kind, fold_label
from rag.few_shot.conflicts import NEARLY_THE_SAME, Conflicts, answer_key

__all__ = ["Contradiction", "LabelCount", "Problems", "problems_of"]

T = TypeVar("T")
_LONG = 2000
"""Letters of a text that is called very long, where the embedder does not say what it reads (our
assumption)."""


@dataclass(frozen=True)
class LabelCount:
    """How many examples have a label."""

    label: str
    count: int


@dataclass(frozen=True)
class Contradiction:
    """Two examples with nearly the same text and different answers."""

    left: Example
    right: Example
    similarity: float
    """Cosine of the two; 1 for equal texts."""


@dataclass(frozen=True)
class Problems:
    """What was found; every list is empty where nothing is wrong."""

    labelled: int
    """How many labelled examples were looked at."""
    labels: tuple[LabelCount, ...]
    """The most frequent first (classification only)."""
    spellings: tuple[tuple[str, ...], ...]
    """Labels that differ only in case or blanks, together."""
    duplicates: tuple[tuple[Example, ...], ...]
    """Equal texts, after folding, with the same answer."""
    near_duplicates: tuple[tuple[Example, ...], ...]
    """Texts of which nine tenths are the same, linked into groups; equal ones stand here once."""
    contradictions: tuple[Contradiction, ...]
    """The closest first; each example stands with the one that contradicts it most."""
    empty: tuple[Example, ...]
    """Without a text, or without an answer though one is known."""
    long: tuple[Example, ...]
    long_why: str
    """What makes a text very long."""

    @property
    def rarest(self) -> tuple[LabelCount, ...]:
        """Return the labels with the fewest examples, where some have more."""
        least = min((each.count for each in self.labels), default=0)
        rare = tuple(each for each in self.labels if each.count == least)
        return rare if len(rare) < len(self.labels) else ()

    @property
    def sentences(self) -> list[str]:
        """Return each kind of problem in a sentence; the worst first."""
        n, empty, long = self.labelled, len(self.empty), len(self.long)
        repeats, near = _extra(self.duplicates), _extra(self.near_duplicates)
        lack = _by(empty, "lacks its text or its", "lack their text or their")
        pairs = _by(len(self.contradictions), "pair", "pairs")
        contradict = _by(len(self.contradictions), "contradicts itself", "contradict each other")
        found = [
            (self.empty, f"{empty:,} of {n:,} examples {lack} answer."),
            (
                self.contradictions,
                f"{len(self.contradictions):,} {pairs} of examples {contradict}: nearly the same "
                f"text (similarity {NEARLY_THE_SAME} or more) with another answer.",
            ),
            (self.spellings, f"{_several(self.spellings, 'label')} spelled in more than one way: "
             f"{_listed(self.spellings)}."),
            (
                self.duplicates,
                f"{repeats:,} of {n:,} examples {_by(repeats, 'repeats', 'repeat')} the text and "
                "the answer of another.",
            ),
            (
                self.near_duplicates,
                f"{near:,} more {_by(near, 'differs', 'differ')} from another by a few letters.",
            ),
            (self.long, f"{long:,} of {n:,} texts {_by(long, 'is', 'are')} very long: "
             f"{self.long_why}."),
            (self.rarest, _rare_words(self.rarest, self.labels)),
        ]  # fmt: skip
        return [sentence for wrong, sentence in found if wrong]


def problems_of(pool: Sequence[Example], kind: Kind, embedder: str | None = None) -> Problems:
    """Return what is wrong with labelled examples.

    Args:
        pool: labelled examples.
        kind: of the task; only a classification has labels.
        embedder: reference of the embedding model, by which texts are nearly the same; without
            one, only equal texts contradict each other.

    Raises:
        ModelError: the embedder cannot be had.
    """
    answers = [each.output or "" for each in pool] if kind == "classification" else []
    labels = Counter(answers)
    counts = sorted(labels.items(), key=lambda entry: (-entry[1], entry[0]))
    spelled = _grouped(labels, fold_label)
    long, why = _long_texts(pool, embedder)
    return Problems(
        labelled=len(pool),
        labels=tuple(LabelCount(label, count) for label, count in counts),
        spellings=tuple(tuple(sorted(group)) for group in spelled),
        duplicates=tuple(map(tuple, _grouped(pool, _same_and_answered))),
        near_duplicates=tuple(_near(pool)),
        contradictions=tuple(_contradictions(pool, embedder)),
        empty=tuple(each for each in pool if _is_empty(each)),
        long=tuple(long),
        long_why=why,
    )


def _same_and_answered(example: Example) -> Hashable:
    said = tuple(normalised(turn["content"]) for turn in example.messages)
    return normalised(example.input), normalised(example.context), said, answer_key(example)


def _grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Return the items that share a key, where several do."""
    found: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return [group for group in found.values() if len(group) > 1]


def _near(pool: Sequence[Example]) -> Iterator[tuple[Example, ...]]:
    """Yield groups of texts that are nearly but not quite equal."""
    firsts: dict[str, Example] = {}
    for example in pool:
        firsts.setdefault(normalised(example.input), example)
    unique = list(firsts.values())
    linked: dict[int, list[Example]] = defaultdict(list)
    for example, group in zip(unique, groups(list(firsts)), strict=True):
        linked[group].append(example)
    yield from (tuple(group) for group in linked.values() if len(group) > 1)


def _contradictions(pool: Sequence[Example], embedder: str | None) -> list[Contradiction]:
    """Return the pairs, the closest first; of equally close ones, those that stand first."""
    from ladder.models import embed_texts

    vectors = embed_texts(embedder, [each.input for each in pool]) if embedder and pool else None
    pairs: dict[tuple[int, int], float] = {}
    for place, found in enumerate(Conflicts(pool, vectors).of(range(len(pool)))):
        if found is not None:
            pairs[min(place, found.place), max(place, found.place)] = found.similarity
    ranked = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Contradiction(pool[a], pool[b], similarity) for (a, b), similarity in ranked]


def _is_empty(example: Example) -> bool:
    lacks_answer = example.answerable and not (example.output or "").strip()
    return lacks_answer or not example.input.strip()


def _long_texts(pool: Sequence[Example], embedder: str | None) -> tuple[list[Example], str]:
    """Return the texts that the embedder does not read to their end, and a word about it."""
    from ladder.models import load_embedder
    from ladder.models.embedder import CountsTokens

    reader: object = load_embedder(embedder) if embedder else None
    if not isinstance(reader, CountsTokens):
        long = [each for each in pool if len(each.input) > _LONG]
        return long, f"more than {_LONG:,} letters"
    most = reader.max_tokens
    # A token has a letter at least, so that shorter texts need not be cut into tokens.
    perhaps = [each for each in pool if len(each.input) > most]
    long = [each for each in perhaps if len(reader.token_spans(each.input)) > most]
    return long, f"they are compared by their first {most:,} tokens alone"


def _several(found: Sequence[object], what: str) -> str:
    return f"{len(found):,} {what}{' is' if len(found) == 1 else 's are'}"


def _by(count: int, one: str, more: str) -> str:
    return one if count == 1 else more


def _extra(found: Sequence[Sequence[object]]) -> int:
    """Return how many there are beside the first of each group."""
    return sum(len(group) - 1 for group in found)


def _listed(spellings: Sequence[Sequence[str]]) -> str:
    return "; ".join(" and ".join(f'"{label}"' for label in group) for group in spellings[:3])


def _rare_words(rarest: Sequence[LabelCount], labels: Sequence[LabelCount]) -> str:
    if not rarest:
        return ""
    names = ", ".join(each.label or "(empty)" for each in rarest[:3])
    more = f" and {len(rarest) - 3:,} more" if len(rarest) > 3 else ""
    examples = f"{rarest[0].count:,} example{'' if rarest[0].count == 1 else 's'}"
    have = f"has {examples}" if len(rarest) == 1 else f"have {examples} each"
    return (
        f"The rarest of {len(labels):,} labels ({names}{more}) {have}, the most frequent "
        f"{labels[0].count:,}."
    )
