from __future__ import annotations

from advisor.map_view import PLACES, map_chart, map_spec, map_words
from advisor.methods import MEASURE_FIRST, METHODS


def points(recommended: str, runner_up: str | None, out: frozenset[str]) -> dict[str, dict]:  # type: ignore[type-arg]
    spec = map_chart(recommended, runner_up, out).to_dict()
    (rows,) = spec["datasets"].values() if "datasets" in spec else [spec["data"]["values"]]
    return {row["title"]: row for row in rows}


def test_every_method_has_a_place_of_its_own() -> None:
    assert set(PLACES) == set(METHODS)
    assert len(set(PLACES.values())) == len(PLACES)


def test_the_axes_say_what_a_method_works_with() -> None:
    knowledge = {method: place[0] for method, place in PLACES.items()}
    change = {method: place[1] for method, place in PLACES.items()}
    assert min(knowledge["rag"], knowledge["rag+peft"]) > max(knowledge["peft"], knowledge["icl"])
    assert change["prompt"] < change["peft"] < change["full"] < change["pretrain"]


def test_the_recommended_method_is_lit_and_those_ruled_out_are_hollow() -> None:
    drawn = points("rag", "icl", frozenset({"full"}))
    assert drawn["Retrieval (RAG)"]["label"] == "★ RAG"
    assert drawn["Retrieval (RAG)"]["size"] == max(row["size"] for row in drawn.values())
    assert drawn["Few-shot prompt (ICL)"]["label"].startswith("☆ ")
    assert drawn["Full fine-tuning"]["fill"] == "#ffffff"
    assert drawn["Prompt"]["fill"] != "#ffffff"


def test_the_map_is_told_in_words() -> None:
    words = map_words("rag", "peft", {"full"})
    assert "Retrieval (RAG) is recommended: much outside knowledge, little change" in words
    assert "Small adapters (PEFT, LoRA) comes next: little outside knowledge, some change" in words
    assert words.endswith("Ruled out: Full fine-tuning.")
    assert "Nothing is lit yet" in map_words(MEASURE_FIRST, "icl", ())


def test_the_plain_data_is_that_of_the_chart() -> None:
    given = ("rag", None, frozenset({"full"}))
    assert map_spec(*given) == map_chart(*given).to_dict()
