"""What the wizard asks, in which order: the starred answers first, the others under details."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DETAILS", "SCREENS", "Screen"]


@dataclass(frozen=True)
class Screen:
    """One question of the wizard, with the answers that belong to it."""

    text: str
    short: str
    """A word or two, where all of them stand side by side."""
    fields: tuple[str, ...]
    decides: tuple[str, ...] = ()
    """The questions of the flowchart that are answered by then."""


SCREENS: tuple[Screen, ...] = (
    Screen(
        "How good is a prompt today, and what is good enough?", "Quality",
        ("baseline", "baseline_by", "target", "wrong_answer_cost"), ("Q1",),
    ),
    Screen("What is missing today?", "What is missing", ("missing",), ("Q2",)),
    Screen(
        "Which documents hold the answers?", "Documents",
        ("knowledge_tokens", "knowledge_change", "citations", "row_level_access"),
    ),
    Screen(
        "What is there to learn from?", "Examples",
        ("labelled", "labelled_possible", "unlabelled_tokens"), ("Q3",),
    ),
    Screen(
        "Where may it run, and what may it cost?", "Machines and money",
        ("data_may_leave", "gpus", "budget_one_off", "budget_monthly"), ("Q4", "Q5", "Q6", "Q7"),
    ),
    Screen(
        "How much is asked, and how fast must it be?", "Traffic",
        ("queries_per_day", "latency_p95_s"),
    ),
)  # fmt: skip
"""The starred answers, one question at a time."""

DETAILS: tuple[Screen, ...] = (
    Screen(
        "More about the task", "The task",
        (
            "task_kind", "labels", "rarest_label", "labelled_tokens", "popularity",
            "facts_to_change", "multi_hop", "preferences", "reward_checkable",
        ),
    ),
    Screen(
        "More about the model", "The model",
        (
            "base_params", "context_window", "larger_model_score", "no_llm_score", "open_weights",
            "usable_base", "keep_general", "language_covered", "fertility", "embedder_fertility",
        ),
    ),
    Screen(
        "More about prompts and traffic", "Tokens",
        (
            "tokens_in", "tokens_out", "cacheable_share", "peak_factor", "queries_in_a_year",
            "gpu_hours_week",
        ),
    ),
    Screen(
        "More about people and time", "People and time",
        (
            "label_minutes", "label_hourly", "drafted_share", "deadline_days", "training_engineer",
            "search_engineer",
        ),
    ),
)  # fmt: skip
"""The other answers, which have defaults; the horizon stands beside the prices."""
