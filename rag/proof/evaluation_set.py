"""The evaluation set of a project's documents: `PROJECT/proof/questions.jsonl`.

Each line is a question and the place that answers it. Some are made from the documents; the
team's labelled examples with evidence and the thumbs of the Chat page join them. The set is kept:
made questions stay as long as the text that they ask for stands where it stood, so that what is
measured before and after a change is measured on the same questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ladder.errors import InputError, ProjectError
from ladder.files import content_hash, locked, read_json_lines, write_json_lines
from ladder.methods import DEFAULT_EMBEDDER
from ladder.project import Project, document_text
from ladder.project.task import Evidence

__all__ = [
    "PEOPLE",
    "Origin",
    "ProofQuestion",
    "make_set",
    "proof_folder",
    "read_set",
    "set_hash",
    "texts_of",
]

Origin = Literal["cloze", "keywords", "model", "team", "thumbs"]
PEOPLE = ("team", "thumbs")
"""The origins of questions that people asked."""
MOST_MADE = 300
"""Made questions of a set, at most: with 300 the share found is known to about 5 points."""
_FILE = "questions.jsonl"
Tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class ProofQuestion:
    """A question and what answers it: characters `start` to `end` of a document's text."""

    id: str
    question: str
    doc: str
    start: int
    end: int
    origin: Origin
    quote: str = ""
    """What stood there when the question was made; it is dropped once something else does."""
    also: tuple[Evidence, ...] = ()
    """Other places that answer it as well."""

    @property
    def places(self) -> tuple[tuple[str, int, int], ...]:
        """Return all places that answer it."""
        others = ((each.doc, each.start, each.end) for each in self.also)
        return ((self.doc, self.start, self.end), *others)

    def to_dict(self) -> dict[str, Any]:
        """Return the question as a line of the file."""
        return {name: value for name, value in asdict(self).items() if name != "also" or value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ProofQuestion:
        """Build a question from a line of the file."""
        also = tuple(Evidence(**each) for each in data.get("also", ()))
        return cls(**{**data, "also": also})


def proof_folder(project: Project) -> Path:
    """Return the folder of the evaluation set and of what was measured on it."""
    return project.path / "proof"


def read_set(project: Project) -> list[ProofQuestion]:
    """Return the questions of the set; none where it was not made."""
    found = []
    for line in read_json_lines(proof_folder(project) / _FILE):
        try:
            found.append(ProofQuestion.from_dict(line))
        except TypeError:  # a line of somebody else
            continue
    return found


def set_hash(questions: Sequence[ProofQuestion]) -> str:
    """Return what names the questions of a set."""
    return content_hash([question.to_dict() for question in questions])


def make_set(
    project: Project,
    embedder: str = DEFAULT_EMBEDDER,
    model: str | None = None,
    most: int = MOST_MADE,
    tell: Tell | None = None,
) -> list[ProofQuestion]:
    """Make the evaluation set, or bring it up to date, and return it.

    Args:
        project: whose documents.
        embedder: gives made questions other words than the documents'.
        model: a capable model that writes questions as well; none by default.
        most: made questions at most.
        tell: told what is being done.

    Raises:
        ProjectError: there are no documents, or they hold no sentence to ask about.
        ModelError: the embedder or the model cannot be had.
        StorageError: it cannot be written; the old one stays.
    """
    tell = tell or (lambda *_: None)
    tell(0, 3, "reading the documents")
    texts = texts_of(project)
    if not texts:
        raise ProjectError(
            f'The project "{project.name}" has no documents that can be read; add some on the '
            f"Chat page, or with: ladder index {project.name} --documents FOLDER"
        )
    folder = proof_folder(project)
    with locked(folder):
        kept = [q for q in read_set(project) if q.origin not in PEOPLE and _stands(q, texts)][:most]
        new = _made(texts, embedder, model, kept, most, tell)
        asked = [q for q in (*_team(project), *_thumbs(project)) if _stands(q, texts)]
        questions = _once([*asked, *kept, *new])
        if not questions:
            raise ProjectError(
                f'The documents of "{project.name}" hold no sentence that a question can be made '
                "of: a sentence needs six words or more that do not all stand in its heading."
            )
        write_json_lines(folder / _FILE, (question.to_dict() for question in questions))
    return questions


def texts_of(project: Project) -> dict[str, str]:
    """Return the text of every document that can be read, by name."""
    found = {}
    for path in project.documents():
        try:
            found[path.name] = document_text(path)
        except InputError:
            continue
    return found


def _made(
    texts: Mapping[str, str],
    embedder: str,
    model: str | None,
    kept: Sequence[ProofQuestion],
    most: int,
    tell: Tell,
) -> Iterator[ProofQuestion]:
    """Yield new questions on sentences that none is kept of, as many as there is room for."""
    from rag.proof.own_words import own_words
    from rag.proof.questions import made_questions, sentences_of
    from rag.proof.written import written_questions

    pool = sentences_of(texts)
    before = {(question.doc, question.start): question.question for question in kept}
    if model is not None:
        free = [sentence for sentence in pool if (sentence.doc, sentence.start) not in before]
        written_before = sum(question.origin == "model" for question in kept)
        wanted = min(most // 3 - written_before, most - len(kept))
        for made in written_questions(free, model, wanted, tell):
            before[made.sentence.doc, made.sentence.start] = made.question
            yield _question(made)
    room = most - len(before)
    if room > 0 and len(before) < len(pool):
        tell(1, 3, "learning the documents' words")
        changed = own_words(pool, embedder)
        tell(2, 3, "making questions")
        yield from map(_question, made_questions(pool, room, changed, before=before))


def _question(made: Any) -> ProofQuestion:
    place = made.sentence
    id = content_hash([made.origin, place.doc, place.text], 12)
    return ProofQuestion(
        id, made.question, place.doc, place.start, place.end, made.origin, place.text
    )


def _team(project: Project) -> Iterator[ProofQuestion]:
    """Yield the labelled examples whose evidence is known."""
    for name in project.tasks():
        for example in project.task(name).examples():
            if example.evidence and example.answerable and not example.messages:
                first, *others = example.evidence
                yield ProofQuestion(
                    f"{name}/{example.id}", example.input, first.doc, first.start, first.end,
                    "team", also=tuple(others),
                )  # fmt: skip


def _thumbs(project: Project) -> Iterator[ProofQuestion]:
    """Yield the questions whose cited answer got a thumb up; of two thumbs the later counts."""
    for path in sorted(project.path.glob("tasks/*/feedback.jsonl")):
        last = {line["id"]: line for line in read_json_lines(path) if _is_feedback(line)}
        for id, line in last.items():
            places = [Evidence(p["doc"], p["start"], p["end"]) for p in line["passages"]]
            if line["up"] and places:
                first, *others = places
                yield ProofQuestion(
                    f"{path.parent.name}/{id}", line["question"], first.doc, first.start, first.end,
                    "thumbs", also=tuple(others),
                )  # fmt: skip


def _is_feedback(line: Any) -> bool:
    return (
        isinstance(line, dict)
        and isinstance(line.get("question"), str)
        and {"id", "up", "passages"} <= line.keys()
        and all({"doc", "start", "end"} <= each.keys() for each in line["passages"])
    )


def _stands(question: ProofQuestion, texts: Mapping[str, str]) -> bool:
    """Return whether what answers a question still stands in the documents."""
    text = texts.get(question.doc)
    if text is None or not 0 <= question.start < question.end <= len(text):
        return False
    return not question.quote or text[question.start : question.end] == question.quote


def _once(questions: Sequence[ProofQuestion]) -> list[ProofQuestion]:
    """Return questions without those whose words, or id, an earlier one has."""
    found: dict[str, ProofQuestion] = {}
    ids = set()
    for question in questions:
        words = " ".join(question.question.casefold().split())
        if words and words not in found and question.id not in ids:
            found[words] = question
            ids.add(question.id)
    return list(found.values())
