"""Addresses of the sources that several rules name."""

from __future__ import annotations

__all__ = ["ANTHROPIC", "META", "META2", "OPENAI", "arxiv"]

ANTHROPIC = "https://www.anthropic.com/news/contextual-retrieval"
META = "https://ai.meta.com/blog/adapting-large-language-models-llms"
META2 = "https://ai.meta.com/blog/when-to-fine-tune-llms-vs-other-techniques"
OPENAI = "https://platform.openai.com/docs/guides/optimizing-llm-accuracy"


def arxiv(number: str) -> str:
    """Return the address of a paper on arXiv."""
    return f"https://arxiv.org/abs/{number}"
