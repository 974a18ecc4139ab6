"""The rules as a table in Markdown, as docs/decide.md holds it."""

from __future__ import annotations

import sys

from advisor.rule import Rule
from advisor.rules import RULES, source_words

__all__ = ["as_markdown"]


def as_markdown() -> str:
    """Return two tables: what rules methods out, and what speaks for and against them."""
    gates = [_gate(rule) for rule in RULES if rule.is_gate]
    scores = [_score(rule) for rule in RULES if not rule.is_gate]
    return "\n".join(
        [
            "### What rules methods out",
            "",
            "| rule | why | rules out | source | certainty |",
            "|--|--|--|--|--|",
            *gates,
            "",
            "### What speaks for and against",
            "",
            "| rule | why | points | source | certainty |",
            "|--|--|--|--|--|",
            *scores,
        ]
    )


def _gate(rule: Rule) -> str:
    if len(rule.rules_out) == 16:
        return _row(rule, "any that costs more")
    but = "those that apply among " if rule.only else ""
    return _row(rule, but + ", ".join(rule.rules_out))


def _score(rule: Rule) -> str:
    points: dict[int, list[str]] = {}
    for method, effect in rule.effects.items():
        points.setdefault(effect, []).append(method)
    if len(rule.effects) == 16:
        return _row(rule, "-1 each that it concerns")
    words = [f"{effect:+d} {', '.join(own)}" for effect, own in sorted(points.items())[::-1]]
    return _row(rule, "; ".join(words).replace("+0 ", "said with "))


def _row(rule: Rule, effect: str) -> str:
    source = source_words(rule.source, rule.certainty)
    linked = f"[{source}]({rule.link})" if rule.link else source
    return f"| {rule.id} | {rule.sentence} | {effect} | {linked} | {rule.certainty} |"


if __name__ == "__main__":
    sys.stdout.write(as_markdown() + "\n")
