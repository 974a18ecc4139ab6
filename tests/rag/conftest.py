"""A small project with documents, and the pages run without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ladder.project import Example, Project, Task, TaskFolder, create_project

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).parents[2]

DELIVERY = """# Delivery

We ship from our own warehouse.

## Times

Standard delivery takes 5 to 7 days. Express delivery takes 2 days. Parcels leave at noon.

## Fees

Standard delivery costs 4 euros. Express delivery costs 12 euros.
"""
RETURNS = """# Returns

A product may be sent back within 45 days of delivery. The refund comes within 10 days.
"""


@pytest.fixture
def shop(home: Path) -> Project:
    """Return a project with two documents and no task."""
    project = create_project("shop")
    project.add_document("delivery.md", DELIVERY.encode())
    project.add_document("returns.md", RETURNS.encode())
    return project


@pytest.fixture
def answer(shop: Project) -> TaskFolder:
    """Return its task of questions, with some that are answered."""
    folder = shop.add_task(Task("answer", "qa", "Answer briefly.", input_name="Question"))
    folder.add_examples(
        [
            Example("1", "How long does standard delivery take?", "5 to 7 days"),
            Example("2", "What does express delivery cost?", "12 euros"),
            Example("3", "By when may a product be sent back?", "within 45 days"),
            Example("4", "Who founded the shop?", "", answerable=False),
        ]
    )
    return folder
