"""How good is the search that is used now? Measured on the project's own evaluation set.

Each measurement is kept with the rank of every question, so that the next one, after a change of
settings or of documents, is compared with it question by question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ladder.answering import RetrievalSettings
from ladder.errors import InputError
from ladder.evaluation.paired import compare_values
from ladder.files import append_json, content_hash, read_json_lines
from ladder.project import Project
from rag.proof.bench import Bench
from rag.proof.evaluation_set import PEOPLE, ProofQuestion, documents_of, make_set, proof_folder
from rag.proof.measures import gain, measures
from rag.proof.sweep import short_name

__all__ = ["measured_before", "prove", "risk_of"]

_MEASURED = "measured.jsonl"
_DEPTH = 10
_ABSTAINED_ON = 80
"""Questions that the rule for saying nothing is fitted and judged on, at most: each takes two
searches and the sentences of their passages."""


def prove(
    project: Project,
    settings: RetrievalSettings,
    embedder: str,
    model: str | None = None,
    tell: Callable[[int, int, str], None] | None = None,
) -> dict[str, Any]:
    """Make or renew the evaluation set, measure the settings on it, and return what was found.

    Args:
        project: whose documents.
        settings: how passages are found now.
        embedder: reference of the embedding model.
        model: a capable model that writes questions too; none by default.
        tell: told what is being done.

    Raises:
        ProjectError: there are no documents, or nothing in them to ask about.
        ModelError: the embedder or the model cannot be had.
    """
    tell = tell or (lambda *_: None)
    questions = make_set(project, embedder, model, tell=lambda n, _, said: tell(min(n, 2), 5, said))
    documents = documents_of(project)
    tell(3, 5, f"searching {len(questions)} questions")
    depth = max(_DEPTH, settings.k)
    bench = Bench(documents, questions, embedder, depth, project.collections())
    ranking = bench.ranking(settings)
    line = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": asdict(settings),
        "name": short_name(settings),
        "embedder": embedder,
        "documents": content_hash({name: each.text for name, each in documents.items()}),
        "ranks": dict(ranking.ranks),
    }
    before = next((old for old in reversed(measured_before(project)) if _other(old, line)), None)
    tell(4, 5, "fitting the rule for saying nothing")
    risk = risk_of(
        project, settings, embedder, questions,
        tell=lambda n, of: tell(4, 5, f"fitting the rule for saying nothing, question {n} of {of}"),
    )  # fmt: skip
    append_json(proof_folder(project) / _MEASURED, line)
    tell(5, 5, "done")
    return {
        "name": line["name"],
        "questions": {o: sum(q.origin == o for q in questions) for o in _origins(questions)},
        "measures": _by_origin(questions, ranking.ranks, settings.k),
        "tokens": ranking.tokens[settings.k - 1],
        "milliseconds": ranking.milliseconds,
        "megabytes": ranking.megabytes,
        "passages": ranking.passages,
        "before": None if before is None else _against(before, line, settings.k),
        "risk": risk,
    }


def measured_before(project: Project) -> list[dict[str, Any]]:
    """Return the earlier measurements of a project, the oldest first."""
    lines = read_json_lines(proof_folder(project) / _MEASURED)
    return [line for line in lines if isinstance(line, dict) and "ranks" in line]


def risk_of(
    project: Project,
    settings: RetrievalSettings,
    embedder: str,
    questions: Sequence[ProofQuestion],
    tell: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any] | None:
    """Return the risk-coverage curve of saying nothing, and the rule that it belongs to.

    Questions that the documents do not answer come from leaving a question's own document out of
    the search. The rule is fitted on one half of the questions and judged on the other. People's
    questions are used where there are enough of them. None where there are too few questions.
    """
    from rag.abstention import auroc, confidence, features_with_and_without, fit, risk_coverage
    from rag.retrieval import open_retriever

    people = [question for question in questions if question.origin in PEOPLE]
    used = people if len(people) >= _ABSTAINED_ON // 2 else list(questions)
    used = sorted(used, key=lambda question: content_hash(question.id))[:_ABSTAINED_ON]
    retriever = open_retriever(project, settings, embedder)

    def asked() -> Iterator[tuple[str, str]]:
        for number, question in enumerate(used, 1):
            tell(number, len(used))
            yield question.question, question.doc

    able, unable = features_with_and_without(retriever, asked(), embedder, settings.k)
    try:
        rule, threshold = fit(able[::2], unable[::2])
    except InputError:
        return None
    sure = [confidence(rule, each) for each in able[1::2]]
    unsure = [confidence(rule, each) for each in unable[1::2]]
    points = risk_coverage([*sure, *unsure], [True] * len(sure) + [False] * len(unsure))
    return {
        "rule": asdict(rule),
        "threshold": threshold,
        "points": points,
        "auroc": auroc(sure, unsure),
        "answered": sum(each >= threshold for each in sure) / len(sure),
        "stopped": sum(each < threshold for each in unsure) / len(unsure),
        "n": len(sure),
        "people": used is not questions and bool(people) and used[0].origin in PEOPLE,
    }


def _by_origin(
    questions: Sequence[ProofQuestion], ranks: Mapping[str, int | None], k: int
) -> list[dict[str, Any]]:
    """Return the measures of all questions, then of those of each origin."""
    groups = {"all": list(questions)}
    for origin in _origins(questions):
        groups[origin] = [question for question in questions if question.origin == origin]
    return [
        {"origin": name} | measures({q.id: ranks[q.id] for q in group}, k).to_json()
        for name, group in groups.items()
    ]


def _origins(questions: Sequence[ProofQuestion]) -> list[str]:
    return sorted({question.origin for question in questions})


def _other(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether a measurement was made under other settings, or of other documents."""
    return any(old.get(name) != new[name] for name in ("settings", "documents", "embedder"))


def _against(old: Mapping[str, Any], new: Mapping[str, Any], k: int) -> dict[str, Any] | None:
    """Return the paired verdict on the questions that both measurements have."""
    then, now = ({id: gain(r, k) for id, r in line["ranks"].items()} for line in (old, new))
    if not then.keys() & now.keys():
        return None
    a = f"what was measured before ({old['name']})" if old["name"] != new["name"] else "before"
    verdict = compare_values(then, now, a=a, b="what is used now", noun="questions")
    return verdict.to_json() | {"created": old["created"]}
