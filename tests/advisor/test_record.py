"""The decision record says in three formats what the advice says, and loads nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from advisor.advice import Advice
from advisor.advice_json import advice_to_json
from advisor.advise import advise
from advisor.answers import Answers
from advisor.measured import measured_answers
from advisor.methods import METHODS
from advisor.record import CERTAINTY, SCHEMA, format_of, record, record_data
from advisor.record_render import to_html, to_markdown
from advisor.record_text import Heading, Listing, Sentence, Table, blocks_of
from advisor.words import days_words, money_words
from ladder.costs import Band
from ladder.errors import InputError
from ladder.project import TaskFolder

ADVICES = {
    "tuned": advise(Answers(missing=("style",), labelled=2000, queries_per_day=10_000)),
    "unmeasured": advise(Answers(baseline=None, missing=("facts",), knowledge_tokens=10**6)),
    "enough": advise(Answers(baseline=0.93, target=0.9)),
    "cited": advise(Answers(missing=("style",), labelled=2000, citations=True)),
    "own": advise(Answers(data_may_leave=False, gpus="8xA100-80", labelled=2000)),
}
advices = pytest.mark.parametrize("advice", ADVICES.values(), ids=ADVICES)


class Page(HTMLParser):
    """What a browser would read: tags with their attributes, text, and the cells of tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.lasttag in ("td", "th") and data.strip():
            self.rows[-1][-1] += data


def markdown_rows(text: str) -> list[list[str]]:
    """Return the cells of the tables of a Markdown text, without the escapes."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [
        [re.sub(r"\\(.)", r"\1", cell) for cell in re.split(r"(?<!\\) \| ", line[2:-2])]
        for line in lines
    ]


def priced(advice: Advice, months: int) -> list[list[str]]:
    """Return the ranked table as the JSON advice has it."""
    rows = []
    for row in advice_to_json(advice)["ranked"]:
        cost = {name: Band(**row["cost"][name]) for name in ("one_off", "monthly", "people_days")}
        money = cost["one_off"] + cost["monthly"] * months
        rows.append(
            [
                METHODS[row["method"]].title, row["state"],
                money_words(cost["one_off"]), money_words(cost["monthly"]), money_words(money),
                days_words(cost["people_days"]), money_words(money + cost["people_days"] * 500),
            ]
        )  # fmt: skip
    return rows


@advices
@pytest.mark.parametrize("format", ["md", "html"])
def test_every_figure_of_the_table_is_that_of_the_json_advice(advice: Advice, format: Any) -> None:
    text = record(advice, format, months=7)
    found = markdown_rows(text) if format == "md" else Page(text).rows
    start = next(place for place, row in enumerate(found) if row[:2] == ["Method", "Verdict"])
    table = [row for row in found[start + 1 :] if row[0] != "--"][:16]
    for row, wanted in zip(table, priced(advice, 7), strict=True):
        name, verdict, _, *figures = row
        assert [name, verdict.lstrip("★☆ "), *figures] == wanted


@advices
def test_the_json_record_comes_back_as_the_data_and_holds_the_json_advice(advice: Advice) -> None:
    data = json.loads(record(advice, "json"))
    assert data["schema"] == SCHEMA == "ladder-decision-record/1"
    assert data["advice"] == json.loads(json.dumps(advice_to_json(advice)))
    assert data == json.loads(json.dumps(record_data(advice)))
    assert Answers.from_dict({r["answer"]: r["value"] for r in data["situation"]}) == advice.answers
    assert set(data["horizon"]["methods"]) == set(METHODS)
    assert data["horizon"]["months"] == advice.answers.horizon_months


@advices
def test_the_three_formats_say_the_same(advice: Advice) -> None:
    data = record_data(advice)
    shown = " ".join(" ".join(Page(record(advice, "html")).texts).split())
    marked = re.sub(r"\\(.)", r"\1", record(advice, "md"))
    told = [
        data["recommendation"], *data["risks"], *data["measure_next"],
        *(reason["text"] for reason in data["advice"]["reasons"]),
        *(change["sentence"] for change in data["advice"]["sensitivity"]),
        *(point["sentence"] for point in data["horizon"]["break_even"]),
        *(step["reason"] for step in data["advice"]["path"]),
        *data["versions"].values(), *(price["source"] for price in data["prices"]), data["date"],
    ]  # fmt: skip
    assert len(told) > 10
    for text in told:
        assert " ".join(text.split()) in shown
        assert text in marked


@advices
def test_the_html_asks_for_no_other_file(advice: Advice) -> None:
    text = record(advice, "html")
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ol", "ul", "li", "div",
        "table", "thead", "tbody", "tr", "th", "td", "span", "a", "svg", "desc", "rect", "text",
        "path",
    }  # fmt: skip
    attributes = {name for _, given in page.tags for name in given}
    assert not {name for name in attributes if name in ("src", "srcset", "data", "action", "style")}
    assert not {name for name in attributes if name.startswith("on")}
    assert all("href" not in given for tag, given in page.tags if tag != "a")
    assert "url(" not in text
    assert "@import" not in text
    policy = next(g["content"] for t, g in page.tags if t == "meta" and "http-equiv" in g)
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    links = [given["href"] for tag, given in page.tags if tag == "a"]
    assert all(link is not None and link.startswith("https://") for link in links)


@advices
def test_the_flowchart_is_well_formed_and_ends_in_what_is_recommended(advice: Advice) -> None:
    text = record(advice, "html")
    drawing = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    lit = [each.text for each in drawing.iter("text") if (each.text or "").startswith("✓ ")]
    title = {"measure-first": "Measure first"} | {m: METHODS[m].title for m in METHODS}
    outcomes = [words for words in lit if (words or "")[2:] in title.values()]
    assert outcomes == [f"✓ {title[advice.recommended]}"]
    assert [words for words in lit if re.match(r"✓ Q\d", words or "")] == [
        f"✓ {step.question.id}. {step.question.short}" for step in advice.path
    ]
    boxes = [(float(b.get("x", 0)), float(b.get("y", 0))) for b in drawing.iter("rect")]
    assert len(boxes) == len(set(boxes))
    high = float(drawing.get("height", 0))
    assert all(y + 44 <= high for _, y in boxes)


def tokens(text: str) -> list[tuple[str, str]]:
    """Return what a Markdown reader sees: kinds of tokens, and the text of the plain ones."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        found.append((token.type, ""))
        found += [(child.type, child.content) for child in token.children or ()]
    return found


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).filter(str.strip))
@example("1. one")
@example("- - -")
@example("===")
@example("a&lt;b")
@example("<b>")
@example("https://evil.example")
def test_no_text_becomes_markup(name: str) -> None:
    def blocks(text: str) -> list[Any]:
        return [
            Heading(text), Sentence(text, text, text), Listing((Sentence(text),)), Sentence(text),
            Listing((Sentence(text),), numbered=True), Sentence(text, strong=True),
            Table((text, "y"), ((text, text),)),
        ]  # fmt: skip

    usual = "word"
    page = Page(to_html(name, blocks(name)))
    assert page.tags == Page(to_html(usual, blocks(usual))).tags
    seen, wanted = (tokens(to_markdown(text, blocks(text))) for text in (name, usual))
    plain = " ".join(name.split())
    assert joined(seen) == [(kind, text.replace(usual, plain)) for kind, text in joined(wanted)]


def joined(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the tokens with the texts that follow each other as one."""
    whole: list[tuple[str, str]] = []
    for kind, text in found:
        if kind in ("text", "text_special") and whole and whole[-1][0] == "text":
            whole[-1] = ("text", whole[-1][1] + text)
        elif kind != "text" or text:
            whole.append(("text" if kind == "text_special" else kind, text))
    return whole


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "![x](https://evil.example/a.png)",
     "a | b\n\n# c", "</style><style>@import 'https://evil.example'", "javascript:alert(1)"],
)  # fmt: skip
def test_a_malicious_name_stays_text(name: str) -> None:
    data = record_data(ADVICES["tuned"])
    data |= {"project": name, "task": name, "title": f"Decision record of {name}", "measured": name}
    data["situation"][0] |= {"question": name, "value": name, "how": name, "origin": "told"}
    data["advice"]["reasons"][0] |= {"text": name, "source": name, "link": name}
    usual, page = Page(record(ADVICES["tuned"], "html")), to_html(data["title"], blocks_of(data))
    kinds = {tag for tag, _ in usual.tags}
    assert {tag for tag, _ in Page(page).tags} == kinds
    assert all("evil" not in str(given.get("href")) for _, given in Page(page).tags)
    assert "javascript:" not in [str(given.get("href"))[:11] for _, given in Page(page).tags]
    text = to_markdown(data["title"], blocks_of(data))
    assert "<script" not in text.replace("\\<", "")
    assert "![" not in text
    assert "\n# c" not in text
    assert json.loads(json.dumps(data)) == data


def test_what_was_measured_told_and_left_is_told_apart(
    folder: TaskFolder, add_score: Callable[..., None]
) -> None:
    add_score("few-shot", 0.8)
    measured = measured_answers(folder)
    advice = advise(Answers.from_dict(measured | {"labelled": 500, "queries_per_day": 1000}))
    data = record_data(
        advice, folder, told=("labelled", "queries_per_day"), today=date(2026, 11, 22)
    )
    origins = {row["answer"]: row["origin"] for row in data["situation"]}
    assert origins["baseline"] == origins["task_kind"] == origins["tokens_in"] == "measured"
    assert origins["labelled"] == origins["queries_per_day"] == "told"
    assert origins["citations"] == "default"
    how = next(row["how"] for row in data["situation"] if row["answer"] == "baseline")
    assert how.startswith("measured: the best prompt")
    assert data["date"] == "2026-11-22"
    assert data["title"] == "Decision record of shop, task route"
    assert data["prompt_score"]["n"] == 40
    risks = " ".join(data["risks"])
    assert "The quality of the prompt is rough: 0.80 (0.72 to 0.88) on 40 examples." in risks
    assert "may be on the other side of the target 0.85" in risks
    assert any("measured on 40" in each for each in data["measure_next"])


def test_risks_name_what_nobody_answered_but_decides() -> None:
    data = record_data(ADVICES["tuned"])
    turning = [row["answer"] for row in data["advice"]["sensitivity"]]
    defaults = {row["answer"] for row in data["situation"] if row["origin"] == "default"}
    wanted = [a for a in turning if a in defaults]
    assert wanted
    found = [risk for risk in data["risks"] if risk.startswith("Left at its default")]
    assert len(found) == len(wanted)
    told = record_data(ADVICES["tuned"], told=turning)
    assert not [risk for risk in told["risks"] if risk.startswith("Left at its default")]


def test_without_a_measurement_the_record_says_so_and_what_to_measure() -> None:
    data = record_data(ADVICES["unmeasured"])
    origin = next(row["origin"] for row in data["situation"] if row["answer"] == "baseline")
    assert origin == "not measured"
    assert data["risks"][0].startswith("No prompt has been measured") or any(
        risk.startswith("No prompt has been measured") for risk in data["risks"]
    )
    assert data["measure_next"][0].startswith("Measure a prompt on your own examples")


def test_old_prices_are_marked_and_prices_have_their_date() -> None:
    early = record_data(ADVICES["own"], today=date(2026, 5, 2))
    late = record_data(ADVICES["own"], today=date(2027, 11, 22))
    assert not any("A price in it is old" in risk for risk in early["risks"])
    assert any("A price in it is old" in risk for risk in late["risks"])
    assert all(re.search(r"20\d\d", price["source"]) for price in late["prices"])


def test_how_sure_a_sentence_is_stands_in_words() -> None:
    assert set(CERTAINTY) == {"V", "V2", "E", "A", "D"}
    text = record(ADVICES["tuned"], "md")
    assert "; read in the source)" in text
    assert "(our assumption)" in text


def test_every_answer_is_called_by_words_of_its_own() -> None:
    rows = record_data(ADVICES["tuned"])["situation"]
    names = [row["question"] for row in rows]
    assert len(set(names)) == len(names)
    assert not [name for name in names if "_" in name or not name[0].isupper()]
    assert names[0] == "What is missing today"
    text = record(ADVICES["tuned"], "md")
    assert "\nOf the answers that decide most, these were left at their defaults. " in text


def test_the_suffix_names_the_format(tmp_path: Path) -> None:
    assert format_of(Path("a.md")) == "md"
    assert format_of(Path("a.HTML")) == "html"
    assert format_of(Path("a.json")) == "json"
    for name in ("a.docx", "a", "a.html.gz"):
        with pytest.raises(InputError, match=r"\.md, \.html, \.json"):
            format_of(Path(name))
    (tmp_path / "x.md").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        format_of(tmp_path / "x.md")
