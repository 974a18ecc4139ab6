"""Addresses of the sources that several rules name."""

from __future__ import annotations

__all__ = ["ANTHROPIC", "GOOGLE", "META", "META2", "OPENAI", "arxiv"]

ANTHROPIC = "https://www.anthropic.com/news/contextual-retrieval"
GOOGLE = "https://cloud.google.com/vertex-ai/generative-ai/docs/models/tune-models"
META = "https://ai.meta.com/blog/adapting-large-language-models-llms"
META2 = "https://ai.meta.com/blog/when-to-fine-tune-llms-vs-other-techniques"
OPENAI = "https://platform.openai.com/docs/guides/optimizing-llm-accuracy"


# Seen again on 2026-11-22, in the abstracts: LIMA (65B, 1,000 examples) at
# https://papers.nips.cc/paper_files/paper/2023/hash/ac662d74829e4407ce1d126477f4a03a-Abstract-Conference.html
# MQuAKE (edited facts are recalled, multi-hop questions fail) at
# https://www.emergentmind.com/papers/2305.14795
# Swallow (Japanese gets better up to 100B tokens) at https://www.emergentmind.com/papers/2404.17790


def arxiv(number: str) -> str:
    """Return the address of a paper on arXiv."""
    return f"https://arxiv.org/abs/{number}"
