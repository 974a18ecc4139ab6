"""The jobs of proof: `prove` measures the search that is used now, `sweep` looks for a better one.

What they find is kept in `PROJECT/proof/` for the page: `proof.json` and `sweep.json`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ladder.answering import Setup
from ladder.errors import InputError
from ladder.evaluation.search import Budget
from ladder.evaluation.space import with_fields
from ladder.files import content_hash, read_json, write_json
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import Project, TaskFolder
from rag.conversation import chat_setup, chat_task
from rag.proof.evaluation_set import make_set, proof_folder, set_hash, texts_of
from rag.proof.prove import collections_of, prove
from rag.proof.sweep import sweep

if TYPE_CHECKING:
    from ladder.jobs import RunContext

__all__ = ["kept", "proof_setup", "run_prove", "run_sweep", "use_settings"]


def run_prove(context: RunContext) -> dict[str, Any]:
    """Measure the search that is used now; the spec may name `task`, `setup`, `model`."""
    spec, project = context.spec, context.project
    _, setup = _asked(project, spec)
    embedder = setup.embedder or DEFAULT_EMBEDDER
    found = prove(project, setup.retrieval, embedder, spec.get("model"), context.progress)
    write_json(proof_folder(project) / "proof.json", found | {"of": state_of(project)})
    return found


def run_sweep(context: RunContext) -> dict[str, Any]:
    """Look for better settings; the spec may name `task`, `setup`, `minutes`, `rerank`."""
    spec, project = context.spec, context.project
    folder, setup = _asked(project, spec)
    embedder = setup.embedder or DEFAULT_EMBEDDER
    context.progress(0, 1, "making questions from the documents")
    questions = make_set(project, embedder, spec.get("model"))
    found = sweep(
        setup,
        texts_of(project),
        questions,
        embedder,
        price=folder.task.price,
        rerankers=spec.get("rerank") or (),
        collections=collections_of(project),
        budget=Budget(minutes=spec.get("minutes")),
        file=proof_folder(project) / "trials.jsonl",
        progress=context.progress,
    ).to_json()
    write_json(proof_folder(project) / "sweep.json", found | {"of": state_of(project)})
    return found


def kept(project: Project, name: str) -> tuple[dict[str, Any], bool] | None:
    """Return what a job found last, and whether documents or questions changed since.

    Args:
        project: whose.
        name: "proof" or "sweep".
    """
    try:
        found = read_json(proof_folder(project) / f"{name}.json")
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    return found, found.get("of") != state_of(project)


def state_of(project: Project) -> str:
    """Return what names the documents and the evaluation set as they are."""
    from ladder.project.index_state import document_hashes
    from rag.proof.evaluation_set import read_set

    return content_hash([document_hashes(project), set_hash(read_set(project))])


def proof_setup(folder: TaskFolder, own: Setup | None = None) -> Setup:
    """Return the Setup whose search is judged: the task's own, as far as it searches."""
    setup = chat_setup(folder, own=own)
    if setup.retrieval.source == "index":
        return setup
    return replace(setup, retrieval=replace(setup.retrieval, source="index"))


def use_settings(folder: TaskFolder, settings: dict[str, Any]) -> Setup:
    """Make settings part of the task's Setup, and return it.

    Raises:
        InputError: a field is none of retrieval, or a value is refused.
    """
    if any(not name.startswith("retrieval.") for name in settings):
        raise InputError("Only settings of retrieval are taken over from a sweep.")
    setup = with_fields(chat_setup(folder), settings)
    folder.save_setup(setup)
    return setup


def _asked(project: Project, spec: dict[str, Any]) -> tuple[TaskFolder, Setup]:
    folder = chat_task(project, spec.get("task"))
    own = Setup.from_dict(spec["setup"]) if spec.get("setup") else None
    return folder, proof_setup(folder, own)
