"""The decision record as headings, sentences and tables: what Markdown and HTML both say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advisor.methods import MEASURE_FIRST
from advisor.words import days_words, money_words, number_words
from ladder.costs import Band

__all__ = ["Block", "Chart", "Heading", "Listing", "Sentence", "Table", "blocks_of", "value_words"]

_MARKS = {"recommended": "★ ", "runner-up": "☆ "}


@dataclass(frozen=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True)
class Sentence:
    """A sentence, with its source where it has one."""

    text: str
    source: str = ""
    certainty: str = ""
    """How sure it is, in words; empty where the source says so itself."""
    link: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Listing:
    """Sentences one below the other."""

    items: tuple[Sentence, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table of plain text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """The flowchart with the way that was taken."""

    mermaid: str
    questions: tuple[Mapping[str, Any], ...]
    titles: Mapping[str, str]
    recommended: str


Block = Heading | Sentence | Listing | Table | Chart


def blocks_of(data: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return a record's data as what a page prints, from top to bottom."""
    parts = (_head, _situation, _way, _why, _costs, _ruled_out, _open, _figures, _foot)
    return tuple(block for part in parts for block in part(data))


def value_words(value: Any) -> str:
    """Return an answer as people read it."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "nothing named"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number_words(value)
    return "tried, below the target" if value == "below-target" else str(value)


def _head(data: Mapping[str, Any]) -> Iterator[Block]:
    of = [f"{name}: {data[name]}" for name in ("project", "task") if data[name]]
    yield Sentence("; ".join([f"Date: {data['date']}", *of]) + ".")
    yield Heading("Recommendation")
    yield Sentence(data["recommendation"], strong=True)


def _situation(data: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("Situation")
    given = [row for row in data["situation"] if row["origin"] != "default"]
    rows = tuple(
        (
            row["question"],
            "none yet" if row["origin"] == "not measured" else value_words(row["value"]),
            row["how"] or row["origin"],
        )
        for row in given
    )
    if rows:
        yield Table(("Question", "Answer", "From"), rows)
    score = data["prompt_score"]
    if score:
        yield Sentence(
            f"Measured: {score['method']} {score['value']:.2f} ({score['low']:.2f} to "
            f"{score['high']:.2f}, n = {score['n']})."
        )
    if data["measured"]:
        yield Sentence(data["measured"])
    for which, deciding in (
        ("Of the answers that decide most", True),
        ("Of the others", False),
    ):
        left = [
            f"{row['question'].rstrip('?')}: {value_words(row['value'])}"
            for row in data["situation"]
            if row["origin"] == "default" and row["decides"] == deciding
        ]
        if left:
            yield Sentence(f"{which}, these were left at their defaults. {'; '.join(left)}.")


def _way(data: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("The way through the flowchart")
    advice = data["advice"]
    outcome = advice["recommended"]
    yield Chart(data["flowchart"], tuple(data["questions"]), _titles(data), outcome)
    yield Listing(
        tuple(
            Sentence(
                f"{step['text']} Answer: {step['answer']}. {step['reason']} Then: "
                f"{_titles(data).get(step['then'], 'question ' + step['then'][1:])}.",
                step["source"], data["certainty"][step["certainty"]],
            )
            for step in advice["path"]
        ),
        numbered=True,
    )  # fmt: skip
    if advice["chart_note"]:
        yield Sentence(advice["chart_note"])


def _why(data: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("Why")
    yield Listing(
        tuple(
            Sentence(r["text"], r["source"], _sure(data, r["certainty"]), r["link"])
            for r in data["advice"]["reasons"]
        ),
        numbered=True,
    )
    lead = data["lead"]
    row = next(row for row in data["advice"]["ranked"] if row["method"] == lead)
    rules = {rule["id"]: rule for rule in data["rules"]}
    spoke = [rules[id] for id in row["rules"]]
    if spoke:
        yield Sentence(f"Every rule that weighed {data['titles'][lead]}, with its points:")
        yield Listing(tuple(_ruled(data, rule, f"{rule['effects'][lead]:+d}: ") for rule in spoke))


def _costs(data: Mapping[str, Any]) -> Iterator[Block]:
    horizon, months = data["horizon"], data["horizon"]["months"]
    over = f"Over {months} month{'s' if months != 1 else ''}"
    yield Heading(f"The sixteen methods and what they cost, {over.lower()}")
    head = ("Method", "Verdict", "Points", "Once", "A month", over, "Work", "With people's work")
    rows = []
    for row in data["advice"]["ranked"]:
        cost, totals = row["cost"], horizon["methods"][row["method"]]
        rows.append(
            (
                data["titles"][row["method"]],
                _MARKS.get(row["state"], "") + row["state"],
                f"{row['score']:+d}" if row["score"] else "0",
                *(money_words(Band(**cost[name])) for name in ("one_off", "monthly")),
                money_words(Band(**totals["total"])),
                days_words(Band(**cost["people_days"])),
                money_words(Band(**totals["total_with_people"])),
            )
        )
    if data["advice"]["recommended"] == MEASURE_FIRST:
        yield Sentence("Judged as if the prompt missed the target, which is to be measured.")
    yield Table(head, tuple(rows))
    yield Sentence(
        "Bands, not quotes: 80 % of the outcomes are expected between the two ends. "
        f"${horizon['day_price']:,.0f} a working day is our assumption."
    )
    if horizon["break_even"]:
        yield Sentence("Where two of them cost the same, by their likely prices:")
        yield _plain(point["sentence"] for point in horizon["break_even"])


def _ruled_out(data: Mapping[str, Any]) -> Iterator[Block]:
    rules = {rule["id"]: rule for rule in data["rules"]}
    out = [
        _ruled(data, rules[id], f"{data['titles'][row['method']]}: ")
        for row in data["advice"]["ranked"]
        for id in row["ruled_out_by"]
    ]
    if out:
        yield Heading("What rules out the others")
        yield Listing(tuple(out))


def _open(data: Mapping[str, Any]) -> Iterator[Block]:
    """Say what is not certain: risks, what would change the answer, what to measure."""
    yield Heading("Risks")
    yield _plain(data["risks"] or ["None that the rules, the prices or the measurements show."])
    yield Heading("What would change the answer")
    changes = [change["sentence"] for change in data["advice"]["sensitivity"]]
    nothing = "No single answer, varied on its own, leads to another method."
    if data["advice"]["recommended"] == MEASURE_FIRST:
        nothing = "The measurement itself: nothing else counts before it."
    yield _plain(changes or [nothing])
    yield Heading("What to measure next")
    yield _plain(data["measure_next"] or ["Nothing more is needed to decide."])


def _figures(data: Mapping[str, Any]) -> Iterator[Block]:
    shown = [data["lead"]]
    after = data["advice"]["runner_up"]
    if after and after not in shown:
        shown.append(after)
    for method in shown:
        yield Heading(f"How the price of {data['titles'][method]} was reckoned")
        rows = tuple(
            (
                part["name"], part["value"], part["formula"],
                "; ".join(f"{name}: {value}" for name, value in part["inputs"].items()),
                part["source"],
            )
            for part in data["horizon"]["methods"][method]["figures"]
        )  # fmt: skip
        yield Table(("Figure", "Value", "Formula", "Inputs", "Source"), rows)


def _foot(data: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("Versions and prices")
    versions = [f"{name}: {version}" for name, version in data["versions"].items()]
    prices = [f"{price['of']}: {price['source']}" for price in data["prices"]]
    yield _plain([*versions, *prices])


def _ruled(data: Mapping[str, Any], rule: Mapping[str, Any], before: str) -> Sentence:
    sure = _sure(data, rule["certainty"])
    return Sentence(before + rule["sentence"], rule["source"], sure, rule["link"])


def _sure(data: Mapping[str, Any], certainty: str) -> str:
    """Return how sure a sentence is, where its printed source does not say it already."""
    words: str = data["certainty"][certainty]
    return "" if certainty in ("A", "D") else words


def _titles(data: Mapping[str, Any]) -> dict[str, str]:
    return {**data["titles"], MEASURE_FIRST: "Measure first"}


def _plain(sentences: Sequence[str] | Iterator[str]) -> Listing:
    return Listing(tuple(Sentence(text) for text in sentences))
