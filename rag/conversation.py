"""Ask a project's documents: which task and Setup answer, one question, one turn of a chat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from ladder.answering import Answerer, Message, Query, Setup
from ladder.errors import InputError, ModelError, ProjectError
from ladder.evaluation.runner import method_of
from ladder.methods import DEFAULT_MODEL, METHODS, preset
from ladder.models.runs import trained_setup
from ladder.project import Example, Project, Task, TaskFolder
from ladder.project.index_state import index_state
from rag.abstention import sure_words, unsure_words
from rag.answerers import GenerateAnswerer, Prompt, build_answerer
from rag.citations import Support
from rag.default_answer import SMALL_HERE, default_method, quotes_by_default
from rag.extract import ExtractAnswerer
from rag.retrieval import questions
from rag.shown import Found
from rag.turn import Turn

__all__ = [
    "EARLIER_TURNS",
    "answerer_of",
    "ask",
    "chat_setup",
    "chat_task",
    "query_of_turn",
    "reply",
]

EARLIER_TURNS = 3
"""How many earlier turns of a conversation the model is sent."""

_KINDS = METHODS["rag"].kinds
_QUESTIONS = Task(
    "documents",
    "qa",
    instruction="Answer the question from the passages, in a few words.",
    input_name="Question",
)
"""What is asked of the documents of a project that has no such task of its own."""


def chat_task(project: Project, name: str | None = None) -> TaskFolder:
    """Return the task under which questions are asked.

    Without a name it is the only task that may be answered from documents; a project without one
    is asked under a task of its own, which is not stored.

    Raises:
        ProjectError: there is no such task, or there are several and none was named.
    """
    if name is not None:
        return project.task(name)
    folders = [project.task(each) for each in project.tasks()]
    fitting = [folder for folder in folders if folder.task.kind in _KINDS]
    if len(fitting) > 1:
        known = ", ".join(folder.task.name for folder in fitting)
        raise ProjectError(f"Several tasks can be asked; choose one of {known} with --task.")
    if fitting:
        return fitting[0]
    return TaskFolder(project.path / "tasks" / _QUESTIONS.name, _QUESTIONS, project)


def chat_setup(folder: TaskFolder, model: str | None = None, own: Setup | None = None) -> Setup:
    """Return the Setup that answers: the task's own, else the default (`default_method`).

    A run that answers with labels is asked as it was trained to be.

    Args:
        folder: the task.
        model: answers instead of the Setup's own model, where that uses one.
        own: stands for the task's own Setup.
    """
    setup = own or folder.setup()
    if model and model.startswith("run:") and folder.task.kind not in _KINDS:
        return replace(trained_setup(model), task=folder.task.name)
    if setup is None:
        method = default_method(folder.task, model)
        return preset(method, folder.task, model or DEFAULT_MODEL)
    return replace(setup, model=model) if model and setup.model else setup


def answerer_of(folder: TaskFolder, setup: Setup, *, meanwhile: bool = False) -> Answerer:
    """Return the Answerer of a Setup; it may show every labelled example but the test split's.

    With `meanwhile` an index that is there is searched as it is, while another process renews it.
    """
    kept_back = set(folder.split().test) if folder.examples() else set()
    pool: list[Example] = [e for e in folder.examples() if e.labelled and e.id not in kept_back]
    return build_answerer(setup, folder, pool, meanwhile=meanwhile)


def ask(
    project: Project,
    question: str,
    *,
    task: str | None = None,
    model: str | None = None,
    setup: Setup | None = None,
    embedder: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Return the answer to one question as plain data, with its citations.

    Args:
        project: whose documents are asked.
        question: what is asked.
        task: under which task; see `chat_task`.
        model: answers instead of the Setup's own.
        setup: answers instead of the task's own.
        embedder: searches the documents instead of the Setup's own.
        tell: is told what takes its time before the answer.

    Raises:
        ProjectError: there is no such task, or no documents.
        ModelError: the model cannot be had, or does not answer.
        InputError: the question is empty, or a model or an embedder is named where none would be
            asked.
    """
    if not question.strip():
        raise InputError("The question is empty; type one.")
    folder = chat_task(project, task)
    setup = setup or chat_setup(folder, model)
    if model and setup.model is None:
        raise InputError(
            f"{method_of(setup)} asks no language model, so {model} would not be asked; name a "
            "Setup that does with --setup FILE."
        )
    if model:
        setup = replace(setup, model=model)
    if embedder is not None:
        if setup.retrieval.source != "index":
            raise InputError(
                f"{method_of(setup)} searches no documents, so {embedder} would not be asked; "
                "leave --embedder out."
            )
        setup = replace(setup, embedder=embedder)
    if tell is not None and setup.retrieval.source == "index" and not _indexed(project, setup):
        tell("The documents are new or changed; they are indexed first.")
    answerer = answerer_of(folder, setup)
    query = Query.of("asked", question)
    answer = next(iter(answerer.answer([query])))
    if answer.error is not None:
        raise ModelError(answer.error)
    prompt: Prompt | Found | None = None
    if isinstance(answerer, GenerateAnswerer | ExtractAnswerer):
        prompt = answerer.prompt(query)
    passages = prompt.passages if prompt and setup.retrieval.source == "index" else []
    why = _why(setup, prompt) if prompt else ""
    return {
        "answer": answer.text,
        "abstained": answer.abstained,
        "why": why,
        "confidence": prompt.confidence if prompt else None,
        "citations": [asdict(citation) for citation in answer.citations],
        "passages": [asdict(passage) for passage in passages],
        "task": folder.task.name,
        "method": method_of(setup),
        "model": setup.model or "",
        "note": SMALL_HERE if quotes_by_default(setup, folder) else "",
        "prompt_tokens": answer.prompt_tokens,
        "cached_tokens": answer.cached_tokens,
        "completion_tokens": answer.completion_tokens,
        "seconds": round(answer.seconds, 3),
    }


def _indexed(project: Project, setup: Setup) -> bool:
    """Return whether the index that a Setup searches covers the documents as they are."""
    embedder = setup.embedder or ""
    settings = setup.retrieval
    return index_state(project, embedder, settings.chunk_tokens, settings.overlap_tokens).ready


def query_of_turn(question: str, earlier: Sequence[Turn]) -> Query:
    """Return a question with the turns before it that were answered."""
    messages: list[Message] = []
    answered = [turn for turn in earlier if turn.text and not turn.error]
    for turn in answered[-EARLIER_TURNS:]:
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.text})
    return Query("chat", (*messages, {"role": "user", "content": question}))


def reply(answerer: Answerer, turn: Turn, earlier: Sequence[Turn]) -> Iterator[str]:
    """Answer a turn, yielding its text so far.

    The turn holds all there is before each yield, so that nothing is lost when nobody asks for
    more. What goes wrong is raised as a LadderError.
    """
    if turn.stop.is_set():  # while the models were loaded
        return
    turn.state = "answering"
    began = time.perf_counter()
    query = query_of_turn(turn.question, earlier)
    turn.searched = questions(query)[-1]
    if isinstance(answerer, ExtractAnswerer):
        _quoted(answerer, turn, query)
    elif not isinstance(answerer, GenerateAnswerer):
        answer = next(iter(answerer.answer([query])))
        turn.text, turn.error = answer.text, answer.error or ""
        turn.abstained = answer.abstained
        turn.prompt_tokens = answer.prompt_tokens
        turn.completion_tokens = answer.completion_tokens
    else:
        prompt = answerer.prompt(query)
        _note_found(turn, answerer.setup, prompt)
        if not prompt.abstains:
            turn.prompt_tokens = len(answerer.generator.encode(prompt.messages))
        turn.prompt_tokens += prompt.tokens_beside[0]
        for piece in answerer.stream(query, prompt, turn.stop.is_set):
            turn.text += piece
            turn.seconds = time.perf_counter() - began
            yield turn.text
        if turn.text:
            said = [{"role": "plain", "content": turn.text}]
            turn.completion_tokens = len(answerer.generator.encode(said))
        turn.text, _ = answerer.read(turn.text)
        turn.abstained = turn.abstained or not turn.text
        if answerer.task.kind in _KINDS:  # a label stands in no document
            turn.supports = answerer.supports(query, turn.text, prompt.passages)
    turn.seconds = time.perf_counter() - began
    turn.state = "stopped" if turn.stop.is_set() else "done"
    yield turn.text


def _quoted(answerer: ExtractAnswerer, turn: Turn, query: Query) -> None:
    """Answer a turn with a sentence of the documents."""
    found = answerer.prompt(query)
    _note_found(turn, answerer.setup, found)
    quote = answerer.quote(query, found)
    turn.abstained = quote is None
    if quote is not None:
        turn.text = quote.text
        value = min(1.0, max(0.0, quote.value))
        turn.supports = [Support(0, len(quote.text), quote.citation, value)]


def _note_found(turn: Turn, setup: Setup, found: Prompt | Found) -> None:
    """Let a turn hold what was found for it, before anything is said."""
    turn.passages, turn.closest = found.passages, found.closest
    turn.abstained, turn.confidence = found.abstains, found.confidence
    turn.why = _why(setup, found)
    if found.confidence is not None and not found.abstains:
        settings = setup.retrieval
        turn.sure = sure_words(settings.abstention, found.confidence, settings.threshold)


def _why(setup: Setup, found: Prompt | Found) -> str:
    """Return why nothing is said about what was found; empty where something is."""
    settings = setup.retrieval
    if not found.abstains or found.confidence is None:
        return ""
    return unsure_words(settings.abstention, found.confidence, settings.threshold)
