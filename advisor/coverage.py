"""How well tokenizers know the language of a project: tokens a word, against English.

A tokenizer that never saw a language cuts its words small, and a model that was trained with it
has seldom seen them. Only `tokenizer.json` is read, no weights; what was found is kept by the
content of the texts, so that a page never reads one. Writing without spaces (Chinese, Japanese)
is counted by characters, which flatters a tokenizer that knows single characters only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from ladder.answering import ASKS_MODEL
from ladder.errors import LadderError
from ladder.files import content_hash, read_json, write_json
from ladder.methods import DEFAULT_EMBEDDER, DEFAULT_MODEL
from ladder.project import TaskFolder, home

__all__ = ["NOT_COVERED", "coverage", "known_coverage", "tokens_a_word"]

NOT_COVERED = 2.5
"""Times the tokens of English from which a model is taken not to know a language (our
assumption: the bundled model needs 1.4 times for French, 1.9 for German, 3.2 for Turkish)."""
_LETTERS = 20_000
_NAMES = ("fertility", "embedder_fertility")
_FEWEST = 200  # letters: less says little (our assumption)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+")
_ENGLISH = (
    "Thank you for your message. I ordered two of these last week, and one of them arrived with a "
    "broken handle. Could you tell me how to send it back, and whether the new one will reach me "
    "before the end of the month? My neighbour was at home when the parcel came, so I have no "
    "receipt from the driver. If it is easier, I would also take the money back. I can be reached "
    "by phone in the morning, or in writing at any time; please do not call after nine. The "
    "number of the order is in the attached picture, together with a short description of what "
    "happened and of the work that would be needed to repair it here."
)
"""English as people write it to a help desk, ours; each tokenizer is held against itself on it."""


def coverage(folder: TaskFolder) -> dict[str, Any]:
    """Return `fertility`, `embedder_fertility` and, where it follows, `language_covered`.

    Empty where there is too little text. A tokenizer that cannot be read is left out.
    """
    text = _sample(folder)
    if len(text) < _FEWEST:
        return {}
    file = _file(text, *_models(folder))
    if not file.is_file():
        here = {
            name: reference
            for name, reference in zip(_NAMES, _models(folder), strict=True)
            if not reference.startswith(("server:", "gguf:"))
        }
        read = {name: _tokenizer_of(reference) for name, reference in here.items()}
        found = {name: _against_english(one, text) for name, one in read.items() if one}
        if len(found) < len(here):
            return _answers(found)  # one may come yet: it is asked again next time
        write_json(file, found)
    return _answers(read_json(file))


def known_coverage(folder: TaskFolder) -> dict[str, Any]:
    """Return what `coverage` found before for these texts; empty if it was not asked yet."""
    text = _sample(folder)
    file = _file(text, *_models(folder))
    return _answers(read_json(file)) if file.is_file() else {}


def tokens_a_word(tokenizer: Any, text: str) -> float:
    """Return how many tokens a tokenizer makes of a word, on average."""
    words = len(_WORD.findall(text))
    return len(tokenizer.encode(text, add_special_tokens=False).ids) / max(1, words)


def _answers(found: dict[str, float]) -> dict[str, Any]:
    unknown = found.get("fertility", 0) >= NOT_COVERED
    return found | ({"language_covered": False} if unknown else {})


def _against_english(tokenizer: Any, text: str) -> float:
    """Return the tokens a word against English, to two digits."""
    return round(tokens_a_word(tokenizer, text) / tokens_a_word(tokenizer, _ENGLISH), 2)


def _tokenizer_of(reference: str) -> Any:
    """Return the tokenizer of a model that lies here; None where there is none yet.

    Nothing is downloaded and nothing prepared for it.
    """
    from ladder.models import bundled
    from ladder.models.places import locate
    from ladder.models.references import BUNDLED_GENERATOR, parse_reference

    parsed = parse_reference(reference)
    if parsed.kind == "hf":
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(parsed.name, "tokenizer.json")
        return _read(Path(cached)) if isinstance(cached, str) else None
    if parsed.kind == "bundled" and parsed.name == BUNDLED_GENERATOR:
        return _read(bundled.models_folder() / parsed.name / "tokenizer.json")
    try:
        return _read(locate(parsed).folder / "tokenizer.json")
    except LadderError:
        return None


def _read(file: Path) -> Any:
    return _tokenizer(file) if file.is_file() else None


@lru_cache(maxsize=4)
def _tokenizer(file: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _sample(folder: TaskFolder) -> str:
    """Return the beginning of what people ask, in the order of the file."""
    texts: list[str] = []
    for example in folder.examples():
        texts.append(example.input)
        if sum(map(len, texts)) >= _LETTERS:
            break
    return " ".join(texts)[:_LETTERS]


def _models(folder: TaskFolder) -> tuple[str, str]:
    """Return the model and the embedder of the task's Setup, or those that come with it."""
    setup = folder.setup()
    model = setup.model if setup and setup.answerer in ASKS_MODEL else None
    embedder = setup.embedder if setup else None
    return model or DEFAULT_MODEL, embedder or DEFAULT_EMBEDDER


def _file(text: str, model: str, embedder: str) -> Path:
    key = content_hash([text, model, embedder])
    return home() / "cache" / "coverage" / f"{key}.json"
