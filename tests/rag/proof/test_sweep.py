from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ladder import commands_proof
from ladder.answering import RetrievalSettings, Setup
from ladder.costs.basis import PriceBasis
from ladder.errors import InputError, ModelError, ProjectError
from ladder.evaluation.search import Budget
from ladder.evaluation.space import Space
from ladder.jobs.context import RunContext
from ladder.methods import preset
from ladder.models.fakes import use_fakes
from ladder.project import Project, Task, TaskFolder
from rag.proof.bench import Bench
from rag.proof.evaluation_set import ProofQuestion, documents_of, make_set, proof_folder
from rag.proof.jobs import kept, proof_setup, run_prove, run_sweep, use_settings
from rag.proof.sweep import halves, short_name, space_of, sweep
from rag.retrieval import open_retriever


@pytest.fixture(autouse=True)
def _fakes(small_space: Space) -> Iterator[None]:
    with use_fakes():
        yield


@pytest.fixture
def folder(library: Project) -> TaskFolder:
    return library.add_task(Task("answer", "qa", "Answer briefly."))


@pytest.fixture
def setup(folder: TaskFolder) -> Setup:
    return preset("rag", folder.task)


@pytest.fixture
def asked(library: Project) -> list[ProofQuestion]:
    return make_set(library, most=48)


def run(library: Project, setup: Setup, asked: list[ProofQuestion], **more: Any) -> Any:
    return sweep(setup, documents_of(library), asked, "e", **more)


def test_the_bench_finds_what_chat_finds(library: Project, asked: list[ProofQuestion]) -> None:
    table = "part,price\n" + "".join(f"ring {n} of Corfe,{n} euros\n" for n in range(40))
    library.add_document("parts.csv", table.encode())
    documents = documents_of(library)
    for settings in (RetrievalSettings(), RetrievalSettings(retriever="bm25", k=2)):
        bench = Bench(documents, asked, "e", 6)
        chat = open_retriever(library, settings, "e")
        for question in asked[:10]:
            found = [(p.doc, p.start) for p in chat.search(question.question, 6)]
            mine = bench._retriever(settings)[0].search(question.question, 6)
            assert [(p.doc, p.start) for p in mine] == found
    assert len(list((library.path / "index").iterdir())) == 1, "the bench leaves no index behind"


def test_longer_prompts_cost_more_tokens_and_find_no_less(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    found = run(library, setup, asked, price=PriceBasis(hourly=1.0, hourly_source="a list"))
    assert len(found.points) == 1 + 12
    by = {point.name: point for point in found.points}
    two, four = by["bm25, 2 x 64 tokens"], by["bm25, 4 x 64 tokens"]
    assert two.tokens < four.tokens
    assert two.recall["value"] <= four.recall["value"]
    assert all(point.cost_per_1k is not None and point.milliseconds > 0 for point in found.points)
    assert by["dense, 2 x 64 tokens"].megabytes < two.megabytes, "words take memory too"
    assert [point.now for point in found.points].count(True) == 1
    assert any(point.best_at_its_cost for point in found.points)
    assert found.n_chosen + found.n_confirmed == len(asked)
    json.dumps(found.to_json())
    unpriced = run(library, setup, asked)
    assert unpriced.points[0].cost_per_1k is None


def test_choosing_and_confirming_share_no_question(asked: list[ProofQuestion]) -> None:
    choosing, confirming = halves(asked)
    assert not set(choosing) & set(confirming)
    assert abs(len(choosing) - len(confirming)) <= 2
    assert set(choosing) | set(confirming) == {question.id for question in asked}


def test_an_origin_has_the_same_halves_whatever_else_is_asked(asked: list[ProofQuestion]) -> None:
    team = [replace(each, id=f"t{n}", origin="team") for n, each in enumerate(asked[:15])]
    alone = halves(team)
    assert abs(len(alone[0]) - len(alone[1])) == 1
    for others in (asked[:20], asked[:21]):
        both = halves([*others, *team])
        assert [set(half) & {q.id for q in team} for half in both] == [set(each) for each in alone]


def test_the_weight_that_peoples_questions_fit_is_tried_too(
    library: Project, setup: Setup, asked: list[ProofQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    space = Space({"retrieval.weight": (0.5, 0.3)})

    def tried(*known: Any) -> Space:
        given.append(known[3])
        return space

    monkeypatch.setattr("rag.proof.sweep.space_of", tried)
    run(library, setup, asked)
    team = [replace(each, id=f"t{n}", origin="team") for n, each in enumerate(asked[:24])]
    seen: list[str] = []
    fit = Bench.fitted_weight

    def fitting(self: Bench, settings: Any, questions: Any) -> Any:
        seen.extend(question.id for question in questions)
        return fit(self, settings, questions)

    monkeypatch.setattr(Bench, "fitted_weight", fitting)
    run(library, setup, [*asked, *team])
    assert given[0] is None  # made questions fit none
    assert 0 <= given[1] <= 1
    assert round(given[1] * 20, 9) % 1 == 0
    assert set(seen) == set(halves(team)[0])
    tried_weights = space_of(setup.retrieval, 200, (), 0.35).values["retrieval.weight"]
    assert tried_weights == (0.5, 0.3, 0.7, 0.35)


def test_the_fitted_weight_is_the_one_that_ranks_what_answers_first(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    bench = Bench(documents_of(library), asked, "e", 6)
    fitted = bench.fitted_weight(setup.retrieval, asked)
    assert fitted is not None
    assert fitted.n == len(asked)
    for weight in (0.0, 0.25, 0.5, 0.75, 1.0):
        ranks = bench.ranking(replace(setup.retrieval, weight=weight)).ranks
        other = bench.ranking(replace(setup.retrieval, weight=fitted.weight)).ranks
        assert mean_rank(other) >= mean_rank(ranks) - 0.02  # only the first six are looked at
    assert bench.fitted_weight(setup.retrieval, asked[:9]) is None


def mean_rank(ranks: Any) -> float:
    return sum(1 / rank if rank else 0.0 for rank in ranks.values()) / len(ranks)


def test_where_all_settings_are_equal_it_says_so(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    same = Space({"retrieval.language": ("auto", "en"), "retrieval.retriever": ("dense",)})
    dense = replace(setup, retrieval=replace(setup.retrieval, retriever="dense"))
    found = run(library, dense, asked, space=same)
    assert found.recommendation.kind == "keep"
    assert "Nothing that was tried helps on your documents" in found.recommendation.sentence
    assert found.points[0].now


def test_people_decide_alone_where_made_questions_disagree(
    library: Project, setup: Setup, asked: list[ProofQuestion], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.proof.verdicts import Agreement

    people = [replace(q, id=f"p{n}", origin="team") for n, q in enumerate(asked[:40])]
    monkeypatch.setattr(
        "rag.proof.sweep.agreement", lambda *_: Agreement(12, 40, 40, 0.3, 0.1, 0.5)
    )
    found = run(library, setup, [*people, *asked[40:]])
    assert found.chosen_by == "40 questions of people"
    monkeypatch.setattr(
        "rag.proof.sweep.agreement", lambda *_: Agreement(12, 40, 40, 0.8, 0.7, 0.9)
    )
    found = run(library, setup, [*people, *asked[40:]])
    assert found.chosen_by.endswith("made questions and 40 of people")


def test_a_stopped_sweep_goes_on_and_a_short_one_says_what_is_missing(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    file = library.path / "trials.jsonl"
    short = run(library, setup, asked, file=file, budget=Budget(minutes=1e-6))
    assert short.untried == 12
    assert "budget" in short.stopped
    assert len(file.read_text().splitlines()) == 1
    run(library, setup, asked, file=file)
    assert len(file.read_text().splitlines()) == 13


def test_a_reranker_that_cannot_be_had_is_listed(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    space = Space({"retrieval.rerank": (None, "hf:nobody/nothing")})
    found = run(library, setup, asked, space=space)
    assert len(found.failed) == 1
    assert "nobody/nothing" in found.failed[0][0]


def test_too_few_questions_or_too_long_passages_are_refused(
    library: Project, setup: Setup, asked: list[ProofQuestion]
) -> None:
    with pytest.raises(ProjectError, match="needs 40 questions or more, and the evaluation set"):
        run(library, setup, asked[:10])
    with pytest.raises(ModelError, match="longer than the 256"):
        Bench(documents_of(library), asked, "e").ranking(RetrievalSettings(chunk_tokens=400))


def test_the_space_has_what_is_used_now_first_and_nothing_twice() -> None:
    settings = RetrievalSettings(source="index", k=5, weight=0.4)
    setup = Setup("generate", "t", retrieval=settings)
    points = space_of(settings, 200, ["path:x"]).points(setup)
    assert points[0] == {
        "retrieval.chunk_tokens": 128, "retrieval.overlap_tokens": 0,
        "retrieval.retriever": "hybrid", "retrieval.fusion": "weighted", "retrieval.weight": 0.4,
        "retrieval.rerank": None, "retrieval.k": 5,
    }  # fmt: skip
    assert len({json.dumps(point) for point in points}) == len(points)
    assert sum(p["retrieval.retriever"] == "dense" for p in points) == 3 * 2 * 2 * 4
    assert short_name(settings) == "hybrid 0.4, 5 x 128 tokens"


def test_the_jobs_keep_what_they_found_until_documents_change(
    library: Project,
    folder: TaskFolder,
    asked: list[ProofQuestion],
) -> None:
    job = RunContext(library, {"task": "answer"}, library.path)
    first = run_prove(job)
    assert first["measures"][0]["origin"] == "all"
    assert first["before"] is None
    run_sweep(job)
    assert kept(library, "proof") is not None
    for name in ("proof", "sweep"):
        found = kept(library, name)
        assert found is not None
        assert not found[1]
    setup = use_settings(folder, {"retrieval.k": 2, "retrieval.retriever": "bm25"})
    assert folder.setup() == setup
    second = run_prove(job)
    assert second["before"]["n"] == second["measures"][0]["n"]
    assert "what is used now" in second["before"]["sentence"]
    library.add_document("new.md", b"# New\n\nSomething else altogether stands in this document.")
    found = kept(library, "proof")
    assert found is not None
    assert found[1], "the documents changed since"
    with pytest.raises(InputError, match="Only settings of retrieval"):
        use_settings(folder, {"model": "x"})
    assert proof_setup(folder).retrieval.source == "index"
    (proof_folder(library) / "proof.json").write_text("[")
    assert kept(library, "proof") is None


def test_the_commands_print_tables_and_json(
    library: Project, folder: TaskFolder, monkeypatch: pytest.MonkeyPatch
) -> None:

    class Done:
        def __init__(self, result: dict[str, Any]) -> None:
            self.result = result

    asked: list[dict[str, Any]] = []

    def submitted(project: Project, kind: str, spec: dict[str, Any]) -> Any:
        asked.append(spec)
        return {"prove": run_prove, "sweep": run_sweep}[kind](
            RunContext(project, spec, project.path)
        )

    monkeypatch.setattr("ladder.jobs.submit", submitted)
    app = typer.Typer()
    commands_proof.register(app, Done)
    out = CliRunner().invoke(app, ["prove", "library"]).output
    assert "found in 4" in out
    assert "tokens of passages a question" in out
    out = CliRunner().invoke(app, ["sweep", "library", "--minutes", "5"]).output
    assert "settings measured, by" in out
    assert "* is what is used now" in out
    assert asked[-1] == {"minutes": 5.0}
    found = json.loads(CliRunner().invoke(app, ["sweep", "library", "--json"]).output)
    assert {"points", "recommendation", "agreement", "untried"} <= found.keys()
