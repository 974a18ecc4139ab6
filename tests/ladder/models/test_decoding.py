from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ladder.models.decoding import PrefixCache, StopText, TokenText

SAME_TOKENIZER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)


@SAME_TOKENIZER
@given(text=st.text(max_size=30))
def test_text_shown_piece_by_piece_is_the_text_decoded_at_once(
    text: str, tiny_tokenizer: Any
) -> None:
    ids = tiny_tokenizer(text)["input_ids"]
    words = TokenText(tiny_tokenizer)
    pieces = [words.add(token) for token in ids] + [words.rest()]
    assert "".join(pieces) == tiny_tokenizer.decode(ids)
    assert "".join(pieces) == text


def test_half_a_letter_is_held_back_until_it_is_whole_or_the_text_ends(
    tiny_tokenizer: Any,
) -> None:
    first, second = tiny_tokenizer("é")["input_ids"]
    words = TokenText(tiny_tokenizer)
    assert [words.add(first), words.add(second)] == ["", "é"]
    words = TokenText(tiny_tokenizer)
    assert [words.add(first), words.rest()] == ["", "\ufffd"]


@given(
    pieces=st.lists(st.text("ab\n", max_size=4), max_size=12),
    stops=st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3),
)
def test_what_is_shown_is_the_text_before_the_first_stop(
    pieces: list[str], stops: list[str]
) -> None:
    gate = StopText(stops)
    shown = ""
    for piece in pieces:
        shown += gate.add(piece)
        if gate.stopped:
            break
    shown += gate.rest()
    text = "".join(pieces)
    found = [text.find(stop) for stop in stops if stop in text]
    if gate.stopped:
        assert found
        assert text.startswith(shown)
        assert not any(stop in shown for stop in stops)
        assert any(text.startswith(stop, len(shown)) for stop in stops)
    else:
        assert not found
        assert shown == text


def test_the_beginning_of_a_stop_text_is_never_shown() -> None:
    gate = StopText(["\n\nText:"])
    assert [gate.add(piece) for piece in ("one\n", "\nTe", "st\n\nText", ": two")] == [
        "one", "", "\n\nTest", "",
    ]  # fmt: skip
    assert gate.stopped
    assert gate.rest() == ""


def test_the_prefix_cache_keeps_a_few_and_gives_copies() -> None:
    cache, computed = PrefixCache(entries=2), list[str]()

    def get(name: str, tokens: tuple[int, ...], adapter: str | None = None) -> Any:
        return cache.get(adapter, tokens, lambda: computed.append(name) or [name])

    value, found = get("a", (1, 2))
    value.append("changed")
    assert (value, found) == (["a", "changed"], False)
    assert get("a", (1, 2)) == (["a"], True)
    assert get("b", (1, 2), "adapter") == (["b"], False)
    get("a", (1, 2))
    get("c", (3,))
    assert get("b", (1, 2), "adapter")[1] is False
    assert computed == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_the_prefix_cache_is_bounded_in_tokens_but_keeps_the_last() -> None:
    cache = PrefixCache(entries=9, tokens=10)
    for start in range(5):
        cache.get(None, tuple(range(start, start + 4)), list)
    assert len(cache) == 2
    cache.get(None, tuple(range(50)), list)
    assert len(cache) == 1
