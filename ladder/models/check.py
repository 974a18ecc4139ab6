"""Try a model once: does it answer here, and how quickly?"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import LadderError, ModelError
from ladder.models.catalogue import available
from ladder.models.embedder import load_embedder
from ladder.models.generation import load_generator
from ladder.models.references import BUNDLED_EMBEDDER, parse_reference
from ladder.models.servers import note_test

__all__ = ["ModelTest", "test_model"]

_PROMPT = [
    {"role": "system", "content": ""},
    {"role": "user", "content": "Which month comes after May? Answer in one sentence."},
]
_TOKENS = 24


@dataclass(frozen=True)
class ModelTest:
    """What came of trying a model."""

    ok: bool
    sentence: str
    """What it answered, or what is wrong and what to do."""
    seconds: float
    """Of the second request: loading the model and warming up are left out."""
    tokens_per_second: float | None = None
    """Tokens generated per second; None for an embedder or a failure."""


def test_model(reference: str) -> ModelTest:
    """Load a model, ask it twice, and say what came of it; never raises what a user can mend."""
    try:
        result = _TESTS[_kind(reference)](reference)
    except LadderError as error:
        result = ModelTest(False, str(error), 0.0)
    if reference.startswith("server:"):
        with suppress(LadderError):  # that it cannot be noted is no fault of the model
            note_test(reference, result.ok)
    return result


test_model.__test__ = False  # type: ignore[attr-defined]  # its name is no test's


def _kind(reference: str) -> str:
    """Return what sort of model a reference names: by its files, as far as they are here."""
    parsed = parse_reference(reference)
    if parsed.kind == "path":
        embeds = (Path(parsed.name).expanduser() / "modules.json").is_file()
        return "embedder" if embeds else "generator"
    if reference == BUNDLED_EMBEDDER:
        return "embedder"
    kinds = {card.reference: card.kind for card in available()}
    return kinds.get(reference, "generator")


def _test_embedder(reference: str) -> ModelTest:
    embedder = load_embedder(reference)
    embedder.embed_query("warm up")
    started = time.perf_counter()
    size = len(embedder.embed_query("Which month comes after May?"))
    seconds = time.perf_counter() - started
    return ModelTest(True, f"It embeds a text in {size} numbers.", seconds)


def _test_generator(reference: str) -> ModelTest:
    generator = load_generator(reference)
    messages = _PROMPT
    if not getattr(getattr(generator, "tokenizer", None), "chat_template", "server"):
        messages = [{"role": "plain", "content": "The month after May is"}]
    generator.complete(messages, max_new_tokens=2)
    done = generator.complete(messages, max_new_tokens=_TOKENS)
    if not done.completion_tokens:
        raise ModelError(f"{reference} loads but answers nothing; try another model.")
    text = " ".join(done.text.split())
    rate = done.completion_tokens / done.seconds if done.seconds else None
    return ModelTest(True, f"It answers: {text}", done.seconds, rate)


def _test_classifier(reference: str) -> ModelTest:
    from ladder.models.classifier import load_classifier

    classifier = load_classifier(reference)
    ids = classifier.tokenizer("Which month comes after May?")["input_ids"]
    classifier.predict([ids])
    started = time.perf_counter()
    label = classifier.predict([ids])[0].label
    seconds = time.perf_counter() - started
    return ModelTest(True, f"It names one of {len(classifier.labels)} labels: {label}", seconds)


_TESTS: dict[str, Callable[[str], ModelTest]] = {
    "classifier": _test_classifier,
    "embedder": _test_embedder,
    "generator": _test_generator,
}
