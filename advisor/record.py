"""The decision record: what was advised in which situation, why, at what price, and how sure.

It is data first (`record_data`); the three formats say the same, each in its own way.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from advisor.advice import Advice, title_of
from advisor.advice_json import advice_to_json
from advisor.answers import STARRED, Answers
from advisor.break_even import break_evens, lead_of
from advisor.cost_view import explain_price
from advisor.few_shot_words import measured_words
from advisor.measured import HOW, best_prompt, measured_answers
from advisor.mermaid import flowchart
from advisor.methods import METHODS
from advisor.pricing import DAY_PRICE, price_inputs
from advisor.record_risks import called, next_measurements, risks
from advisor.rules import RULES, Rule, source_words
from ladder import __version__
from ladder.costs import Band
from ladder.errors import InputError
from ladder.files import content_hash

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from ladder.project import TaskFolder

__all__ = ["CERTAINTY", "FORMATS", "SCHEMA", "Format", "format_of", "record", "record_data"]

Format = Literal["md", "html", "json"]
FORMATS: dict[str, Format] = {".md": "md", ".html": "html", ".json": "json"}
"""The formats by the suffix of a file's name."""
SCHEMA = "ladder-decision-record/1"
CERTAINTY: dict[str, str] = {
    "V": "read in the source",
    "V2": "read in a source that cites it",
    "E": "from Epoch AI's data",
    "A": "our assumption",
    "D": "derived by us",
}
"""How sure a sentence is, in words."""


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for.

    Raises:
        InputError: its suffix is none of the three, or a folder has the name.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            f'A record is not written as "{path.name}"; end the name in {", ".join(FORMATS)}.'
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it, such as {path}/decision.html.")
    return FORMATS[path.suffix.lower()]


def record(
    advice: Advice,
    format: Format,
    folder: TaskFolder | None = None,
    told: Collection[str] | None = None,
    months: int | None = None,
) -> str:
    """Return the decision record of an advice.

    Args:
        advice: what was advised.
        format: Markdown, HTML that needs no other file, or JSON.
        folder: the task it is about; None where there are only answers.
        told: the answers that a person gave; None takes those that differ from the defaults.
        months: the horizon; None takes that of the answers.
    """
    data = record_data(advice, folder, told, months)
    if format == "json":
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    from advisor.record_render import to_html, to_markdown
    from advisor.record_text import blocks_of

    return (to_html if format == "html" else to_markdown)(data["title"], blocks_of(data))


def record_data(
    advice: Advice,
    folder: TaskFolder | None = None,
    told: Collection[str] | None = None,
    months: int | None = None,
    today: date | None = None,
) -> dict[str, Any]:
    """Return the record as plain data, `SCHEMA` says which; `advice` in it is the JSON advice."""
    from datetime import UTC, datetime

    today = today or datetime.now(tz=UTC).date()
    months = months or advice.answers.horizon_months
    measured = measured_answers(folder) if folder else {}
    situation = [_answer(name, advice.answers, measured, told) for name in _names()]
    score = best_prompt(folder) if folder else None
    of = f" of {folder.project.name}, task {folder.task.name}" if folder else ""
    return {
        "schema": SCHEMA,
        "title": f"Decision record{of}",
        "date": today.isoformat(),
        "project": folder.project.name if folder else None,
        "task": folder.task.name if folder else None,
        "recommendation": advice.sentence,
        "lead": lead_of(advice),
        "situation": situation,
        "measured": measured_words(folder, advice.recommended) if folder else "",
        "prompt_score": _score(score) if score else None,
        "flowchart": flowchart(advice.path, None, advice.recommended),
        "questions": _questions(advice),
        "rules": [_rule(rule) for rule in _fired(advice)],
        "advice": advice_to_json(advice),
        "titles": {method: title_of(method) for method in METHODS},
        "horizon": _horizon(advice, months),
        "risks": risks(advice, situation, score, months, today),
        "measure_next": next_measurements(advice, situation, score, folder),
        "versions": {
            "ladder": __version__,
            "rules": f"{len(RULES)} rules, {content_hash([_rule(rule) for rule in RULES], 12)}",
        },
        "prices": _prices(advice, today),
        "certainty": CERTAINTY,
    }


def _names() -> list[str]:
    """Return the answers, those that decide most first."""
    rest = [field.name for field in fields(Answers) if field.name not in STARRED]
    return [*STARRED, *rest]


def _answer(
    name: str, answers: Answers, measured: Mapping[str, Any], told: Collection[str] | None
) -> dict[str, Any]:
    """Return one answer and where it comes from: measured, told, or the default."""
    value, usual = getattr(answers, name), getattr(Answers(), name)
    how = ""
    if name == "baseline" and value is None:
        origin = "not measured"
    elif measured.get(name) is not None and measured[name] == value and name not in (told or ()):
        origin, how = "measured", HOW.get(name, "")
    elif name in told if told is not None else value != usual:
        origin = "told"
    else:
        origin = "default"
    return {
        "answer": name,
        "question": called(name),
        "value": list(value) if isinstance(value, tuple) else value,
        "origin": origin,
        "how": how,
        "decides": name in STARRED,
    }


def _questions(advice: Advice) -> list[dict[str, Any]]:
    """Return the questions on the way, each with both exits."""
    return [
        {
            "question": step.question.id,
            "short": step.question.short,
            "answer": step.answer,
            "exits": {"yes": step.question.yes.then, "no": step.question.no.then}
            | {step.answer: step.branch.then},
        }
        for step in advice.path
    ]


def _fired(advice: Advice) -> list[Rule]:
    """Return every rule that said something, once, in the order of the rules."""
    spoke = {rule.id for row in advice.ranked for rule in (*row.rules, *row.ruled_out_by)}
    return [rule for rule in RULES if rule.id in spoke]


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "sentence": rule.sentence,
        "source": source_words(rule.source, rule.certainty),
        "certainty": rule.certainty,
        "link": rule.link,
        "rules_out": list(rule.rules_out),
        "effects": dict(rule.effects),
    }


def _horizon(advice: Advice, months: int) -> dict[str, Any]:
    """Return what every method costs over the horizon, how that came, and the break-evens."""
    methods = {
        row.method: {
            "total": _band(row.price.total(months)),
            "total_with_people": _band(row.price.total(months, DAY_PRICE)),
            "figures": [
                {
                    "name": part.name,
                    "value": part.value,
                    "formula": part.formula,
                    "inputs": dict(part.inputs),
                    "source": part.source,
                }
                for part in explain_price(row.price, months)
            ],
        }
        for row in advice.ranked
    }
    points = [
        {"first": p.first, "then": p.then, "kind": p.kind, "at": p.at, "money": p.money,
         "sentence": p.sentence}
        for p in break_evens(advice, months)
    ]  # fmt: skip
    return {"months": months, "day_price": DAY_PRICE, "methods": methods, "break_even": points}


def _prices(advice: Advice, today: date) -> list[dict[str, str]]:
    """Return where the prices come from, with their dates; old ones are marked as such."""
    inputs = price_inputs(advice.answers, advice.token_model)
    return [
        {"of": "tokens of the candidate model", "source": inputs.rates.source},
        {"of": "tokens of a larger model", "source": inputs.larger_rates.source},
        {"of": "GPUs", "source": inputs.gpu.price_words(today)},
    ]


def _score(score: Any) -> dict[str, Any]:
    return {"method": score.method, "value": score.value, "low": score.low, "high": score.high,
            "n": score.n}  # fmt: skip


def _band(band: Band) -> dict[str, float]:
    return {"p10": band.p10, "p50": band.p50, "p90": band.p90}
