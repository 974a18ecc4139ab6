"""Answers held to a schema, by a toy model that would write anything but JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ladder.answering import Message
from ladder.errors import ModelError
from ladder.models import load_generator
from ladder.models.json_mask import JsonMasks, json_grammar
from ladder.models.json_schema import schema_of

OUTPUTS = [
    '{"paid": true, "note": null, "to": {"home": false}}',
    '{"paid": false, "note": null, "to": {"home": true, "near": false}}',
]
SCHEMA = schema_of(OUTPUTS)
"""What even a toy model comes to an end of: it would write digits and letters for ever."""
FORMATS = ("plain", "chat")


@pytest.fixture(scope="module")
def generator(tiny_llama_folder: Path) -> Any:
    """Return the toy model as a generator."""
    return load_generator(f"path:{tiny_llama_folder}", "float32")


def prompt(format: str, text: object) -> list[Message]:
    if format == "plain":
        return [{"role": "plain", "content": f"Text: {text}\nAnswer:"}]
    return [{"role": "system", "content": ""}, {"role": "user", "content": str(text)}]


def is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


@pytest.mark.parametrize("format", FORMATS)
def test_every_held_answer_has_exactly_the_fields_of_the_schema(
    generator: Any, format: str
) -> None:
    fits = Draft202012Validator(SCHEMA)
    seen = set()
    for number in range(8):
        asked = prompt(format, number)
        done = generator.complete(asked, max_new_tokens=400, schema=SCHEMA)
        assert done.finish == "stop"
        assert fits.is_valid(json.loads(done.text)), done.text
        assert done.text.startswith(("{", " {") if format == "plain" else "{")
        assert not is_json(generator.complete(asked, max_new_tokens=400).text)
        seen.add(done.text)
    assert len(seen) > 4


@pytest.mark.parametrize("format", FORMATS)
def test_a_held_answer_streams_as_it_is_completed(generator: Any, format: str) -> None:
    asked = prompt(format, "streamed")
    whole = generator.complete(asked, max_new_tokens=400, schema=SCHEMA, shared_prefix=5)
    pieces = generator.stream(asked, max_new_tokens=400, schema=SCHEMA, shared_prefix=5)
    assert "".join(pieces) == whole.text


def test_an_object_that_the_limit_cuts_has_ended_by_its_length(generator: Any) -> None:
    asked = prompt("plain", "cut")
    whole = generator.complete(asked, max_new_tokens=400, schema=SCHEMA)
    exactly = generator.complete(asked, max_new_tokens=whole.completion_tokens, schema=SCHEMA)
    assert (exactly.text, exactly.finish) == (whole.text, "stop")
    cut = generator.complete(asked, max_new_tokens=whole.completion_tokens - 1, schema=SCHEMA)
    assert (cut.text, cut.finish) == (whole.text[:-1], "length")


def test_an_answer_without_a_schema_is_what_it_was(generator: Any) -> None:
    asked = prompt("chat", "free")
    before = generator.complete(asked, max_new_tokens=20)
    generator.complete(asked, max_new_tokens=20, schema=SCHEMA)
    assert generator.complete(asked, max_new_tokens=20).token_ids == before.token_ids


def begun(tokenizer: Any, text: str, blank: bool) -> tuple[int, bool]:
    """Return how many bytes of a text fit a schema, and whether it is complete then."""
    import torch

    schema = schema_of(['{"name": "a", "n": 1}'])
    mask = JsonMasks(tokenizer, {2}).begin(json_grammar(schema, blank=blank))
    ids = tokenizer(text)["input_ids"]
    for place, token in enumerate(ids):
        if mask.held(torch.zeros(len(tokenizer) + 5))[token] != 0:
            return place, False
        mask.take(token)
    return len(ids), mask.done


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "Zoë", "n": 12}',
        '{"name":"x","n":-1}',
        '{\n  "name": "a\\n\\"b\\"",\n  "n": 1\n}',
        '{"name": "M\\u00fcller", "n": 1}',
    ],
)
def test_every_usual_way_of_writing_json_fits(tiny_tokenizer: Any, text: str) -> None:
    assert begun(tiny_tokenizer, text, blank=False) == (len(text.encode()), True)
    assert begun(tiny_tokenizer, f" {text}", blank=True) == (len(text.encode()) + 1, True)


@pytest.mark.parametrize(
    ("text", "blank", "fits"),
    [
        (' {"name"', False, 0),  # a blank first, in chat
        ('  {"name"', True, 1),  # two blanks first
        ('{"name":  "a"', False, 9),  # blanks without an end
        ('{"n": 1', False, 3),  # a field is left out
        ('{"name": "a", "n": 1}\n', False, 21),  # something behind it
        ('{"name": "a", "n": 1, "m": 2}', False, 20),  # a further field
        ('{"name": 1', False, 9),  # another type
    ],
)
def test_what_is_not_in_the_schema_does_not_fit(
    tiny_tokenizer: Any, text: str, blank: bool, fits: int
) -> None:
    assert begun(tiny_tokenizer, text, blank)[0] == fits


def test_the_end_fits_when_the_object_is_complete_and_tokens_without_text_never(
    tiny_tokenizer: Any,
) -> None:
    import torch

    mask = JsonMasks(tiny_tokenizer, {0, 2}).begin(json_grammar({"type": "object"}, blank=False))
    room = torch.zeros(1, 1, len(tiny_tokenizer) + 9)
    assert not mask.held(room)[..., [0, 1, 2]].isfinite().any()
    mask.take(tiny_tokenizer("{")["input_ids"][0])
    mask.take(tiny_tokenizer("}")["input_ids"][0])
    assert mask.held(room)[0, 0].isfinite().nonzero().flatten().tolist() == [0, 2]


def test_what_cannot_be_followed_is_a_sentence(tiny_tokenizer: Any, generator: Any) -> None:
    with pytest.raises(ModelError, match=r"held to its JSON schema.*json_schema to false"):
        generator.complete(prompt("chat", 1), max_new_tokens=5, schema={"type": "nonsense"})
    mask = JsonMasks(tiny_tokenizer, {2}).begin(json_grammar(SCHEMA, blank=False))
    with pytest.raises(ModelError, match="cannot be held"):
        mask.take(tiny_tokenizer("x")["input_ids"][0])
    with pytest.raises(ModelError, match=r"tokenizer of this model cannot be held"):
        JsonMasks(object(), {2})
