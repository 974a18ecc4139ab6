"""The sweep: which settings of retrieval are worth it on these documents?

Chunk length, overlap, retriever, weight, reranking and k are varied; where people's questions are
there, so is the weight that they fit. Each point has a quality
(nDCG at its k: is the right passage among those that the model reads, and how far up?) and costs:
tokens that the model reads, milliseconds, memory. Settings are chosen on one half of the questions
and what is recommended is confirmed on the other half, against what is used now, by a paired test.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from ladder.answering import RetrievalSettings, Setup
from ladder.costs.basis import PriceBasis
from ladder.costs.prices import cost_per_1k
from ladder.errors import ProjectError
from ladder.evaluation.code_version import code_version, files_version
from ladder.evaluation.search import Budget, Found, Measured, Trial, front, search
from ladder.evaluation.space import Space, with_fields
from ladder.files import content_hash
from ladder.project.reading.content import DocumentText
from rag.proof.bench import Bench
from rag.proof.evaluation_set import PEOPLE, Origin, ProofQuestion, set_hash
from rag.proof.measures import gain, measures
from rag.proof.recommend import Recommendation, recommended
from rag.proof.verdicts import FEWEST_PEOPLE, Agreement, agreement

__all__ = ["COSTS", "Point", "Sweep", "halves", "short_name", "space_of", "sweep"]

COSTS = ("tokens", "milliseconds", "megabytes")
"""What a setting costs on each query; the less, the better."""
FEWEST = 40
"""Questions below which a sweep would tell little."""
_CHUNKS = (64, 128, 192, 256)
_OVERLAPS = (0, 32)
_KS = (2, 4, 8)
_WEIGHTS = (0.3, 0.5, 0.7)
_UNFELT = {"tokens": 1.0, "milliseconds": 20.0, "megabytes": 100.0}
"""Costs below which one is as good as another."""


@dataclass(frozen=True)
class Point:
    """One setting of the sweep, as it is shown."""

    name: str
    settings: dict[str, Any]
    """The fields in which points differ, named with dots."""
    ndcg: dict[str, float]
    """value, low, high, on the questions that settings are chosen by; so the two below."""
    recall: dict[str, float]
    mrr: dict[str, float]
    tokens: float
    """Mean tokens of the passages that the model reads, in the embedder's tokens."""
    milliseconds: float
    megabytes: float
    cost_per_1k: float | None
    """$ per 1,000 queries for finding and reading the passages; None without a price."""
    best_at_its_cost: bool
    """Whether no other setting is as good and as cheap in everything, and better in one."""
    now: bool
    """Whether it is what is used now."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep found."""

    points: tuple[Point, ...]
    recommendation: Recommendation
    agreement: Agreement
    chosen_by: str
    """Which questions settings were chosen by, in words."""
    n_chosen: int
    n_confirmed: int
    failed: tuple[tuple[str, str], ...]
    """Settings that could not be measured, with the reason."""
    untried: int
    stopped: str

    def to_json(self) -> dict[str, Any]:
        """Return the sweep as plain data."""
        return asdict(self) | {
            "recommendation": self.recommendation.to_json(),
            "agreement": self.agreement.to_json(),
        }


def space_of(
    settings: RetrievalSettings,
    max_tokens: int,
    rerankers: Sequence[str] = (),
    fitted: float | None = None,
) -> Space:
    """Return the settings to try; what is used now comes first in each field.

    Args:
        settings: what is used now.
        max_tokens: the longest passage that the embedder reads.
        rerankers: cross-encoders to try.
        fitted: a weight to try besides the others.
    """
    weights = _WEIGHTS if fitted is None else (*_WEIGHTS, fitted)

    def values(name: str, others: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(dict.fromkeys((getattr(settings, name), *others)))

    lengths = [length for length in _CHUNKS if length <= max_tokens]
    hybrid = {"retrieval.retriever": "hybrid"}
    return Space(
        {
            "retrieval.chunk_tokens": values("chunk_tokens", lengths),
            "retrieval.overlap_tokens": values("overlap_tokens", _OVERLAPS),
            "retrieval.retriever": values("retriever", ("hybrid", "bm25", "dense")),
            "retrieval.fusion": values("fusion", ("weighted", "rrf")),
            "retrieval.weight": values("weight", weights),
            "retrieval.rerank": values("rerank", (None, *rerankers)),
            "retrieval.k": values("k", _KS),
        },
        only={
            "retrieval.fusion": hybrid,
            "retrieval.weight": {**hybrid, "retrieval.fusion": "weighted"},
        },
    )


def sweep(
    setup: Setup,
    documents: Mapping[str, DocumentText],
    questions: Sequence[ProofQuestion],
    embedder: str,
    *,
    price: PriceBasis | None = None,
    rerankers: Sequence[str] = (),
    collections: Mapping[str, str] | None = None,
    budget: Budget | None = None,
    file: Path | None = None,
    space: Space | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Sweep:
    """Measure settings around a Setup's, and say which is worth it.

    Args:
        setup: what is used now.
        documents: the documents by name.
        questions: the evaluation set.
        embedder: reference of the embedding model.
        price: prices a query; no costs without one.
        rerankers: cross-encoders to try.
        collections: the collection of each document that is in one.
        budget: what it may take.
        file: where measurements are kept, so that a stopped sweep goes on.
        space: the settings to try; those of `space_of` by default.
        progress: told before every setting.

    Raises:
        ProjectError: there are too few questions.
        ModelError: the embedder cannot be had.
    """
    if len(questions) < FEWEST:
        raise ProjectError(
            f"A sweep needs {FEWEST} questions or more, and the evaluation set has "
            f"{len(questions)}; add documents, or label questions with the place that answers them."
        )
    bench = Bench(documents, questions, embedder, 1, collections)
    if space is None:
        fitted = bench.fitted_weight(setup.retrieval, _to_fit_on(questions))
        weight = None if fitted is None else fitted.weight
        space = space_of(setup.retrieval, bench.max_tokens, rerankers, weight)
    bench.depth = max(int(k) for k in space.values.get("retrieval.k", (setup.retrieval.k,)))
    found = search(
        setup,
        space,
        lambda each, items: _measure(bench, each.retrieval, items),
        [question.id for question in questions],
        budget=budget,
        file=file,
        scope=_scope(setup, documents, questions, embedder),
        progress=progress,
    )
    agreed = _agreement(found, questions)
    return _sweep(found, setup, questions, agreed, price or PriceBasis())


def halves(questions: Sequence[ProofQuestion]) -> tuple[list[str], list[str]]:
    """Return the ids of the questions to choose by and of those to confirm on, drawn by hash.

    Each origin is halved by itself, so that its halves are the same whatever else is asked.
    """
    order = sorted(questions, key=lambda q: content_hash(q.id))
    both: tuple[list[str], list[str]] = ([], [])
    for number, origin in enumerate(get_args(Origin)):
        own = [q.id for q in order if q.origin == origin]
        both[number % 2].extend(own[::2])
        both[1 - number % 2].extend(own[1::2])
    return both


def _to_fit_on(questions: Sequence[ProofQuestion]) -> list[ProofQuestion]:
    """Return the questions of people that nothing is confirmed on."""
    people = [question for question in questions if question.origin in PEOPLE]
    choosing = set(halves(people)[0])
    return [question for question in people if question.id in choosing]


def _measure(bench: Bench, settings: RetrievalSettings, items: Sequence[str]) -> Measured:
    ranking = bench.ranking(settings)
    return Measured(
        {item: gain(ranking.ranks[item], settings.k) for item in items},
        {
            "tokens": ranking.tokens[settings.k - 1],
            "milliseconds": ranking.milliseconds,
            "megabytes": ranking.megabytes,
        },
    )


def _scope(
    setup: Setup,
    documents: Mapping[str, DocumentText],
    questions: Sequence[ProofQuestion],
    embedder: str,
) -> str:
    """Return what names everything that decides a value besides the fields that are varied."""
    from ladder.models.fingerprint import fingerprint

    retrieval = setup.retrieval
    texts = {name: document.text for name, document in documents.items()}
    own = [Path(__file__).with_name(f"{name}.py") for name in ("bench", "measures", "sweep")]
    code = [code_version(), files_version(own)]
    fixed = [retrieval.language, list(retrieval.collections), *code]
    return content_hash([fixed, fingerprint(embedder), embedder, texts, set_hash(questions)])


def _agreement(found: Found, questions: Sequence[ProofQuestion]) -> Agreement:
    """Return how far made and people's questions agree on the settings that were measured."""
    people = {question.id for question in questions if question.origin in PEOPLE}
    tables: tuple[dict[str, dict[str, float]], ...] = ({}, {})
    for trial in found.trials:
        for table, wanted in zip(tables, (False, True), strict=True):
            values = {id: v for id, v in trial.values.items() if (id in people) == wanted}
            table[trial.key] = values
    return agreement(*tables)


def _sweep(
    found: Found,
    setup: Setup,
    questions: Sequence[ProofQuestion],
    agreed: Agreement,
    price: PriceBasis,
) -> Sweep:
    """Choose on one half of the questions that count, confirm on the other, put it all together."""
    counting = [question for question in questions if question.origin in PEOPLE]
    chosen_by = f"{len(counting)} questions of people"
    if agreed.trust != "no" or len(counting) < 2 * FEWEST_PEOPLE:
        made = len(questions) - len(counting)
        chosen_by = f"{made} made questions" + f" and {len(counting)} of people" * bool(counting)
        counting = list(questions)
    choosing, confirming = halves(counting)
    half = {trial.key: _on(trial, choosing) for trial in found.trials}
    other = {trial.key: _on(trial, confirming) for trial in found.trials}
    base = half[found.base.key]
    ranked = sorted(half.values(), key=lambda trial: (-trial.value, trial is not base))
    best = {trial.key for trial in front([_felt(trial) for trial in ranked], COSTS)}
    names = {t.key: short_name(with_fields(setup, t.settings).retrieval) for t in ranked}
    points = tuple(
        _point(trial, setup, price, trial.key in best, trial is base) for trial in ranked
    )
    return Sweep(
        points,
        recommended(base, ranked, other, names),
        agreed,
        chosen_by,
        len(choosing),
        len(confirming),
        tuple((trial.name, trial.error) for trial in found.dropped if trial.error),
        found.untried,
        found.stopped,
    )


def _point(trial: Trial, setup: Setup, price: PriceBasis, best: bool, now: bool) -> Point:
    """Return a setting as it is shown."""
    settings = with_fields(setup, trial.settings).retrieval
    of = asdict(measures({id: _rank(v) for id, v in trial.values.items()}, settings.k))
    figures = trial.figures
    seconds = figures["milliseconds"] / 1000
    return Point(
        short_name(settings), trial.settings, of["ndcg"], of["recall"], of["mrr"],
        tokens=round(figures["tokens"], 1),
        milliseconds=round(figures["milliseconds"], 2),
        megabytes=round(figures["megabytes"], 3),
        cost_per_1k=cost_per_1k(price, seconds, figures["tokens"], 0, 0),
        best_at_its_cost=best,
        now=now,
    )  # fmt: skip


def _felt(trial: Trial) -> Trial:
    """Return a setting with costs that differ only where it is felt: in steps of a quarter."""
    steps = {
        name: float(round(math.log(max(trial.figures[name], least), 1.25)))
        for name, least in _UNFELT.items()
    }
    return Trial(trial.settings, trial.values, steps)


def short_name(settings: RetrievalSettings) -> str:
    """Return settings of retrieval in a few words: "hybrid 0.5, 4 x 128 tokens"."""
    way: str = settings.retriever
    if way == "hybrid":
        way += " rrf" if settings.fusion == "rrf" else f" {settings.weight:g}"
    if settings.rerank:
        way += f", reranked by {settings.rerank}"
    overlap = f", overlap {settings.overlap_tokens}" if settings.overlap_tokens else ""
    return f"{way}, {settings.k} x {settings.chunk_tokens} tokens{overlap}"


def _on(trial: Trial, items: Sequence[str]) -> Trial:
    return Trial(trial.settings, {id: trial.values[id] for id in items}, trial.figures)


def _rank(value: float) -> int | None:
    """Return the rank that a gain stands for."""
    return round(2 ** (1 / value) - 1) if value > 0 else None
