"""Few-shot prompts: which examples stand in them, what they cost, which are best, their export."""

from rag.few_shot.selector import ExampleSelector, Shot, as_langchain

__all__ = ["ExampleSelector", "Shot", "as_langchain"]
