"""An advice as plain data, as `ladder advise --json` prints it."""

from __future__ import annotations

from typing import Any

from advisor.advice import Advice, RankedMethod
from advisor.sensitivity import sensitivity
from ladder.costs import Band

__all__ = ["advice_to_json"]


def advice_to_json(advice: Advice) -> dict[str, Any]:
    """Return the advice as plain data, as `ladder advise --json` prints it."""
    return {
        "recommended": advice.recommended,
        "accepted": list(advice.accepted),
        "runner_up": advice.runner_up,
        "chart_note": advice.chart_note,
        "path": [
            {
                "question": step.question.id,
                "text": step.question.text,
                "answer": step.answer,
                "reason": step.reason,
                "source": step.branch.source,
                "certainty": step.branch.certainty,
                "then": step.branch.then,
            }
            for step in advice.path
        ],
        "reasons": [
            {
                "text": reason.text,
                "source": reason.printed_source,
                "certainty": reason.certainty,
                "link": reason.link,
            }
            for reason in advice.reasons
        ],
        "ranked": [_row(row) for row in advice.ranked],
        "sensitivity": [change.to_json() for change in sensitivity(advice)],
    }


def _row(row: RankedMethod) -> dict[str, Any]:
    return {
        "method": row.method,
        "state": row.state,
        "score": row.score,
        "rules": [rule.id for rule in row.rules],
        "ruled_out_by": [rule.id for rule in row.ruled_out_by],
        "why_not": row.why_not,
        "cost": {
            "one_off": _band(row.price.one_off),
            "monthly": _band(row.price.monthly),
            "people_days": _band(row.price.people_days),
            "assumptions": [f"{line.formula} ({line.source})" for line in row.price.lines],
        },
    }


def _band(band: Band) -> dict[str, float]:
    return {"p10": band.p10, "p50": band.p50, "p90": band.p90}
