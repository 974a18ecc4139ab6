from __future__ import annotations

from pathlib import Path

from advisor.rules import RULES
from advisor.rules_table import as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "decide.md"


def test_the_page_about_advice_holds_the_rules_as_they_are() -> None:
    """Made anew with `python -m advisor.rules_table`, below the heading "The rules"."""
    assert PAGE.read_text(encoding="utf-8").split("## The rules\n\n")[1].rstrip() == as_markdown()


def test_every_rule_has_a_row() -> None:
    rows = as_markdown().splitlines()
    assert all(any(row.startswith(f"| {rule.id} |") for row in rows) for rule in RULES)
    assert "our assumption" in as_markdown()
