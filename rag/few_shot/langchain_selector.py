"""LangChain's face of a selector: a `BaseExampleSelector` that also says score and reason."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from langchain_core.example_selectors import BaseExampleSelector

from ladder.answering import Query
from ladder.project.task import Example
from rag.few_shot.selector import ExampleSelector

__all__ = ["LangChainSelector"]


class LangChainSelector(BaseExampleSelector):
    """Chooses examples for LangChain's few-shot templates.

    Args:
        selector: chooses, and says why.
    """

    def __init__(self, selector: ExampleSelector) -> None:
        self.selector = selector

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Return the examples for the text `input_variables["input"]`, in the prompt's order.

        Each has "input" and "output", the "score" that it was chosen by (None where it was drawn
        at random) and the "reason" in words.
        """
        shots = self.selector.select(Query.of("", input_variables["input"]))
        return [
            {
                "input": shot.example.input,
                "output": shot.example.output or "",
                "score": shot.score,
                "reason": shot.reason,
            }
            for shot in shots
        ]

    def add_example(self, example: dict[str, str]) -> None:
        """Add a labelled example, a mapping with "input" and "output"."""
        added = Example(f"added-{uuid4()}", example["input"], example["output"])
        self.selector = self.selector.with_example(added)
