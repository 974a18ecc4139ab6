"""The sixteen methods that the advisor knows, cheapest first, and what can run here."""

from __future__ import annotations

from dataclasses import dataclass

from ladder.methods import METHODS as ASKED
from ladder.methods import TRAINED

__all__ = ["MEASURE_FIRST", "METHODS", "AdvisorMethod", "is_runnable"]

MEASURE_FIRST = "measure-first"
"""What is recommended when nothing has been measured; not a rung."""


@dataclass(frozen=True)
class AdvisorMethod:
    """One method as the advisor speaks of it."""

    id: str
    title: str
    meaning: str
    """One line for a person who never heard of it."""
    rung: int
    """Place on the ladder, the cheapest at 0."""


_TEXTS = (
    ("no-llm", "No LLM", "looks up or classifies by similar examples"),
    ("classifier", "Small classifier", "trains a small model on your labels"),
    ("prompt", "Prompt", "asks the model with an instruction alone"),
    ("icl", "Few-shot prompt (ICL)", "shows the model similar labelled examples"),
    ("docs-in-prompt", "Documents in the prompt", "puts every document in the prompt"),
    ("rag", "Retrieval (RAG)", "finds passages and answers from them"),
    ("larger-model", "A larger model", "asks a larger model in the same way"),
    ("peft", "Small adapters (PEFT, LoRA)", "trains few added weights on your labels"),
    ("rag+peft", "Retrieval and adapters", "answers from passages with a trained model"),
    ("full", "Full fine-tuning", "trains all weights on your labels"),
    ("distill", "Distillation", "teaches a small model what a large one answers"),
    ("self-training", "Self-training", "trains on its own answers that check out"),
    ("preference", "Preference tuning", "trains on pairs that people rated"),
    ("edit", "Model editing", "changes single facts in the weights"),
    ("cpt", "Continued pretraining", "reads raw text of the domain or language"),
    ("pretrain", "Pretraining", "makes a model from nothing"),
)

METHODS: dict[str, AdvisorMethod] = {
    id: AdvisorMethod(id, title, meaning, rung) for rung, (id, title, meaning) in enumerate(_TEXTS)
}
"""The methods by id, in the order of the ladder."""


def is_runnable(method: str) -> bool:
    """Return whether this version can run a method of the advisor."""
    return any(runnable.advisor_id == method for runnable in (ASKED | TRAINED).values())
