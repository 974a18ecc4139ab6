"""The words of answering: a `Setup` decides every answer, an `Answerer` gives `Answer`s.

A Setup is what is evaluated, chatted with, exported, promoted and trained under. Zero-shot,
few-shot and RAG are presets of it (`ladder.methods`). It holds no data and no weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, Literal, Protocol, get_args, get_origin, get_type_hints

from ladder.errors import InputError
from ladder.files import content_hash

__all__ = [
    "ASKS_MODEL",
    "AbstentionRule",
    "Answer",
    "Answerer",
    "AnswererName",
    "Calibration",
    "Citation",
    "DecodingSettings",
    "ExampleSettings",
    "Message",
    "PromptSettings",
    "Query",
    "RetrievalSettings",
    "Selection",
    "Setup",
]

AnswererName = Literal[
    "majority", "1-nn", "knn", "logistic", "generate", "labels", "classify", "extract"
]
ASKS_MODEL = ("generate", "labels")
"""The answerers that put a prompt to a language model: it writes, or its labels are scored."""
Selection = Literal["nearest", "bm25", "mmr", "per-label", "nearest+per-label", "random"]
Calibration = Literal["none", "contextual", "batch"]
Message = dict[str, str]


@dataclass(frozen=True)
class PromptSettings:
    """How the task is put to the model."""

    format: Literal["plain", "chat"] = "plain"
    """"plain" is running text (`Text: .. / Intent: ..`); "chat" is the model's own template."""
    system: str = ""
    """The system message, always explicit: an empty one is sent as empty."""
    instruction: str = ""
    """What to do, in one or two sentences; empty takes the task's instruction."""
    show_labels: bool = False
    """List the labels in the prompt (classification); costs their tokens on every call."""


@dataclass(frozen=True)
class ExampleSettings:
    """Which labelled examples are shown in the prompt, or vote in a k-NN baseline."""

    count: int = 0
    """How many examples; 0 is zero-shot."""
    selection: Selection = "nearest"
    """"nearest" by embedding, "bm25" by words, "mmr" near but unlike each other, "per-label" the
    nearest of each label, "nearest+per-label" half of either, "random" by `seed`, the same for
    all."""
    order: Literal["nearest-last", "nearest-first"] = "nearest-last"
    """Where the most similar example stands; last is best for small models."""
    seed: int = 0
    """Seed of the random choice."""

    def __post_init__(self) -> None:
        if not 0 <= self.count <= 1000:
            raise InputError(f"examples.count is {self.count}; give a number from 0 to 1000.")


@dataclass(frozen=True)
class AbstentionRule:
    """How sure it is that passages answer a question: a logistic model of what was found.

    With no weight but that of the cosine, the cosine itself is the confidence, as it stands; of
    other weights that were not fitted, the weighted sum is.
    """

    cosine: float = 1.0
    """Weight of the best passage's cosine with the question."""
    gap: float = 0.0
    """Weight of how far the best passage stands above the tenth."""
    coverage: float = 0.0
    """Weight of the share of the question's rare words that the best passage has."""
    support: float = 0.0
    """Weight of how well the best sentence answers the question."""
    intercept: float = 0.0
    fitted: bool = False
    """Whether the weights were fitted; then the confidence is the logistic function's value."""


@dataclass(frozen=True)
class RetrievalSettings:
    """Which passages of the documents are shown in the prompt."""

    source: Literal["none", "all-documents", "index"] = "none"
    """"all-documents" puts every document in the prompt; "index" retrieves passages."""
    k: int = 4
    """How many passages are retrieved."""
    chunk_tokens: int = 128
    """The longest passage, in tokens of the embedder; its headings count."""
    overlap_tokens: int = 0
    """How many tokens of the passage before a passage may begin with, in whole sentences."""
    retriever: Literal["dense", "bm25", "hybrid"] = "hybrid"
    """By meaning (cosine of embeddings), by words (BM25), or by both."""
    fusion: Literal["weighted", "rrf"] = "weighted"
    """How "hybrid" joins the two: a weighted sum of standardised scores, or reciprocal ranks."""
    weight: float = 0.5
    """Share of the meaning in a weighted hybrid; the words have the rest."""
    rerank: str | None = None
    """Reference of a cross-encoder that sorts the best passages anew; none by default."""
    language: str = "auto"
    """Language of the documents for BM25, as "en" or "de"; "auto" tells it from the text."""
    collections: tuple[str, ...] = ()
    """Only documents of these collections are searched; none named means all."""
    threshold: float = 0.3
    """What the best passage must reach by the rule of `abstention`; below it, nothing is said."""
    abstention: AbstentionRule = field(default_factory=AbstentionRule)
    """How sure it is that the documents answer a question."""

    def __post_init__(self) -> None:
        if not 1 <= self.k <= 1000:
            raise InputError(f"retrieval.k is {self.k}; give a number from 1 to 1000.")
        if not 16 <= self.chunk_tokens <= 8192:
            raise InputError(
                f"retrieval.chunk_tokens is {self.chunk_tokens}; give a number from 16 to 8192."
            )
        if not 0 <= self.overlap_tokens <= self.chunk_tokens // 2:
            raise InputError(
                f"retrieval.overlap_tokens is {self.overlap_tokens}; give a number from 0 to half "
                f"of chunk_tokens, {self.chunk_tokens // 2}."
            )
        if not 0 <= self.weight <= 1:
            raise InputError(f"retrieval.weight is {self.weight}; give a share from 0 to 1.")
        if not -1 <= self.threshold <= 1:
            raise InputError(
                f"retrieval.threshold is {self.threshold}; give a cosine from -1 to 1, such as 0.3."
            )


@dataclass(frozen=True)
class DecodingSettings:
    """How the model's output becomes an answer."""

    max_new_tokens: int = 32
    """The longest answer, in tokens."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of a local model; "auto" takes bfloat16 where the processor is fast at it."""
    calibration: Calibration = "none"
    """Correction of label scores for what the model says anyway: to a text without content
    ("contextual", Zhao et al. 2021) or to inputs of the pool ("batch", Zhou et al. 2024)."""
    json_schema: bool = False
    """Hold the answer to JSON with the fields of the labelled examples (extraction); where there
    are none yet, the model writes freely."""

    def __post_init__(self) -> None:
        if not 1 <= self.max_new_tokens <= 8192:
            raise InputError(
                f"decoding.max_new_tokens is {self.max_new_tokens}; give a number from 1 to 8192."
            )


@dataclass(frozen=True)
class Setup:
    """Everything that decides an answer; two equal Setups have equal hashes."""

    answerer: AnswererName
    """Who answers: a baseline without an LLM, or a way of asking a model."""
    task: str
    """Name of the task."""
    model: str | None = None
    """Reference of the language model; none for the baselines."""
    embedder: str | None = None
    """Reference of the embedding model, where one is used."""
    prompt: PromptSettings = field(default_factory=PromptSettings)
    """How the task is put to the model."""
    examples: ExampleSettings = field(default_factory=ExampleSettings)
    """Which labelled examples are used."""
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    """Which passages are used."""
    decoding: DecodingSettings = field(default_factory=DecodingSettings)
    """How the output becomes an answer."""

    def __post_init__(self) -> None:
        if self.answerer not in get_args(AnswererName):
            known = ", ".join(get_args(AnswererName))
            raise InputError(f'Unknown answerer "{self.answerer}"; choose one of {known}.')

    @property
    def hash(self) -> str:
        """Return sixteen hex digits that name this Setup."""
        return content_hash(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the Setup as plain data, as it stands in a YAML file."""
        return asdict(self, dict_factory=_plain)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Setup:
        """Build a Setup from plain data.

        Raises:
            InputError: a key is unknown, or a value is none of those allowed.
        """
        setup: Setup = _build(cls, data, "setup")
        return setup


@dataclass(frozen=True)
class Query:
    """One thing asked: the conversation so far, ending with what is asked now."""

    id: str
    messages: tuple[Message, ...]
    context: str = ""
    filters: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return what is asked now: the last message's content."""
        return self.messages[-1]["content"]

    @classmethod
    def of(cls, id: str, text: str, context: str = "") -> Query:
        """Return a single-turn query."""
        return cls(id, ({"role": "user", "content": text},), context)


@dataclass(frozen=True)
class Citation:
    """A span of a document: characters `start` to `end` of its extracted text."""

    doc: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Answer:
    """What an Answerer gave for one query; `error` is a sentence, never a traceback."""

    id: str
    text: str
    label: str | None = None
    logprobs: dict[str, float] | None = None
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    error: str | None = None
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Answerer(Protocol):
    """Built from a Setup by a builder; answers queries in the order given."""

    one_at_a_time: bool
    """Whether each Answer's seconds are those of a single request (else of a batch's share)."""

    def answer(self, queries: Sequence[Query]) -> Iterator[Answer]:
        """Yield one Answer per query, in order; a failed query yields an Answer with `error`."""
        ...

    def stream(self, query: Query) -> Iterator[str]:
        """Yield the answer's text piece by piece."""
        ...


def _plain(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return settings as a file holds them, where there are lists and no tuples."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs}


def _build(cls: Any, data: Any, where: str) -> Any:
    """Build a settings dataclass from plain data, refusing what it does not know."""
    if not isinstance(data, dict):
        raise InputError(f"{where} is {data!r}; give a mapping of settings.")
    hints = get_type_hints(cls)
    known = {f.name for f in fields(cls)}
    if unknown := sorted(set(data) - known):
        raise InputError(f"{where} has the unknown key {unknown[0]!r}; known: {sorted(known)}.")
    values = {name: _value(hints[name], value, f"{where}.{name}") for name, value in data.items()}
    try:
        return cls(**values)
    except TypeError as error:
        missing = sorted(f.name for f in fields(cls) if f.name not in data and f.name in str(error))
        raise InputError(f"{where} lacks {', '.join(missing)}; add it.") from error


def _value(hint: Any, value: Any, where: str) -> Any:
    """Check one value against its type hint."""
    if is_dataclass(hint):
        return _build(hint, value, where)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise InputError(f"{where} is {value!r}; give a list of texts.")
        return tuple(value)
    choices = get_args(hint)
    if choices and type(None) not in choices and value not in choices:
        raise InputError(f"{where} is {value!r}; choose one of {', '.join(map(str, choices))}.")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    expected = tuple(choices) if type(None) in choices else hint
    if not choices or type(None) in choices:
        wrong = not isinstance(value, expected) or (isinstance(value, bool) and hint is not bool)
        if wrong:
            name = getattr(hint, "__name__", str(hint))
            raise InputError(f"{where} is {value!r}; give a value of type {name}.")
    return value
