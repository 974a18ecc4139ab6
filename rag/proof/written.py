"""Questions that a capable language model writes about sentences of the documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ladder.answering import DecodingSettings, PromptSettings, Query, Setup
from ladder.errors import ModelError
from ladder.files import content_hash
from ladder.project.task import Task
from rag.proof.questions import Made, Sentence
from rag.search.language import words_of

__all__ = ["written_questions"]

_INSTRUCTION = (
    "Write one question that this passage answers, as a customer or a colleague would ask it who "
    "has not read it. Use other words than the passage where you can, name what it is about, and "
    "write it in the language of the passage. Give the question alone, in one line."
)
_LONGEST = 300
"""Characters of a question; what is longer is no question."""
_COPIED = 0.8
"""Share of a question's words that may be the sentence's; above it, it was copied."""
_HOPELESS = 5
"""So many answers in a row that are no question, and the model is not asked any more."""


def written_questions(
    pool: Sequence[Sentence],
    model: str,
    most: int,
    tell: Callable[[int, int, str], None] = lambda *_: None,
) -> Iterator[Made]:
    """Yield at most `most` questions that a model writes, one a sentence.

    Raises:
        ModelError: the model cannot be had, or writes no questions.
    """
    from ladder.models import load_generator
    from ladder.prompt import render

    if most < 1:
        return
    task = Task("questions", "generation", _INSTRUCTION, input_name="Passage")
    setup = Setup(
        "generate", "questions", model,
        prompt=PromptSettings("chat"), decoding=DecodingSettings(max_new_tokens=64),
    )  # fmt: skip
    generator = load_generator(model)
    made = failed = 0
    for sentence in sorted(pool, key=lambda each: content_hash([each.doc, each.text])):
        if made >= most:
            return
        tell(made, most, "questions are written")
        passage = "\n".join(part for part in (sentence.heading, sentence.text) if part)
        messages = render(setup, Query.of(sentence.doc, passage), task=task)
        said = generator.complete(messages, max_new_tokens=setup.decoding.max_new_tokens).text
        question = _cleaned(said, sentence)
        if question:
            made, failed = made + 1, 0
            yield Made(question, sentence, "model")
            continue
        failed += 1
        if failed >= _HOPELESS and not made:
            raise ModelError(
                f"{model} writes no questions: its last answer was {said[:100]!r}. Choose a more "
                "capable model, or make the set without one."
            )


def _cleaned(said: str, sentence: Sentence) -> str | None:
    """Return the question in what a model said; None where it is none, or copied."""
    lines = [line.strip().strip('"\u201c\u201d*').strip() for line in said.strip().splitlines()]
    question = next((line for line in lines if line.endswith(("?", "\uff1f", "\u061f"))), None)
    if question is None or len(question) > _LONGEST:
        return None
    words = set(words_of(question, sentence.language))
    copied = words & set(words_of(sentence.text, sentence.language))
    return question if words and len(copied) / len(words) <= _COPIED else None
