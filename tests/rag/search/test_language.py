from __future__ import annotations

import pytest

from ladder.errors import InputError
from rag.search.language import LANGUAGES, check_language, language_of, languages_of, words_of

TEXTS = {
    "de": "Die Lieferung dauert drei Tage, wenn sie nicht auf die Inseln geht.",
    "en": "The delivery takes three days, if it does not go to the islands.",
    "es": "El env\u00edo tarda tres d\u00edas si no es para las islas.",
    "fr": "La livraison prend trois jours si elle ne va pas dans les \u00eeles.",
    "it": "La consegna richiede tre giorni, se non \u00e8 per le isole.",
    "nl": "De levering duurt drie dagen, als het niet naar de eilanden gaat.",
    "pt": "A entrega demora tr\u00eas dias se n\u00e3o for para as ilhas, mas isso \u00e9 raro.",
    "ru": "\u0414\u043e\u0441\u0442\u0430\u0432\u043a\u0430 \u043d\u0430 \u043e\u0441\u0442\u0440"
    "\u043e\u0432\u0430 \u0438\u0434\u0451\u0442 \u043d\u0435 \u0431\u043e\u043b\u0435\u0435 "
    "\u0442\u0440\u0451\u0445 \u0434\u043d\u0435\u0439.",
    "sv": "Leveransen tar tre dagar om den inte ska till n\u00e5gon av \u00f6arna.",
    "tr": "Teslimat \u00fc\u00e7 g\u00fcn s\u00fcrer ve bu adalar i\u00e7in de b\u00f6yle.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert language_of(TEXTS[code]) == code


@pytest.mark.parametrize("text", ["", "4711", "Zebra", "x = f(y) + 3"])
def test_what_has_no_common_words_is_in_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_a_text_of_a_few_words_takes_the_language_of_the_others() -> None:
    assert languages_of([TEXTS["de"], TEXTS["de"], "Zebra 4711", "Kosten: 4,90"]) == ["de"] * 4
    assert languages_of(["Zebra", "4711"]) == ["", ""]
    assert languages_of([]) == []


def test_one_odd_text_among_many_is_not_a_language_of_the_collection() -> None:
    assert languages_of([TEXTS["en"]] * 30 + [TEXTS["nl"]]) == ["en"] * 31


def test_words_are_folded_stemmed_and_rid_of_stop_words() -> None:
    assert words_of("The Islands' DELIVERY, it costs \uff14.90!", "en") == [
        "island", "deliveri", "cost", "4", "90",
    ]  # fmt: skip
    assert words_of("The Islands") == ["the", "islands"]
    assert words_of("Stra\u00dfen", "de") == words_of("STRASSE", "de")


def test_scripts_without_blanks_are_cut_into_pairs_of_letters() -> None:
    assert words_of("\u6807\u51c6\u914d\u9001 AB12") == [
        "\u6807\u51c6", "\u51c6\u914d", "\u914d\u9001", "ab12",
    ]  # fmt: skip
    assert words_of("\u7532") == ["\u7532"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_a_stemmer(code: str) -> None:
    check_language(code)
    assert words_of("Zebras", code)


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    check_language("auto")
    with pytest.raises(InputError, match="klingon"):
        check_language("klingon")
