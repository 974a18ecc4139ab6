"""The card of a run: what was trained, on what, and what is not known about it."""

from __future__ import annotations

from typing import Any

from ladder.printing import duration
from training.prepare import Prepared

__all__ = ["card"]


_WHAT = {
    "lora": "a LoRA",
    "qlora": "a LoRA, trained on the base in 4 bits (QLoRA)",
    "ia3": "factors on keys, values and feed-forward (IA3)",
    "prefix-tuning": "a prefix of keys and values",
    "prompt-tuning": "a soft prompt",
    "adapter": "bottleneck adapters",
    "last-k": "its own last layers",
    "full": "all its weights",
}


def card(result: dict[str, Any], plan: Prepared) -> str:
    """Return the card in Markdown."""
    recipe, expected = plan.recipe, plan.estimate.seconds
    what = _WHAT[recipe.name]
    if recipe.head == "classify":
        what = "a classifier" if recipe.name == "lora" else f"a classifier ({recipe.name})"
    loss = _loss(result)
    ended = "It was stopped early and kept. " if result["stopped"] else ""
    lines = [
        f"# {result['reference']}",
        "",
        f"{what[0].upper()}{what[1:]} on {result['model']} for the task {result['task']}.",
        "",
        f"- Trained on {result['rows']:,} examples of the train split; their ids are in "
        "trained_on.json, and none of them is used to score it.",
        f"- {ended}{result['steps']} of {result['steps_planned']} steps, {result['tokens']:,} "
        f"tokens (padding included), {duration(result['seconds'])}, "
        f"{result['tokens_per_second']:,.0f} tokens a second, {result['dtype_reason']}.",
        f"- Expected before: {duration(expected.p10)} to {duration(expected.p90)}, starting "
        "included.",
        f"- {loss}",
        f"- {result['trained']:,} parameters were trained, {result['trained_share']:.2%} of all; "
        f"they have {result['adapter_mb']:.1f} MB.",
        "- The prompt is that of setup.yaml; another prompt is allowed, and is another Setup.",
        "",
        "How good it is, is not known from this run: a falling loss shows that it learned its "
        "examples. Measure it on held-out ones:",
        "",
        f"    ladder evaluate PROJECT --task {result['task']} --model {result['reference']}",
        "",
        "What it forgot of what the base could do was not measured.",
        "",
        "## Recipe",
        "",
        *(f"    {line}" for line in recipe.to_yaml(plan.reasons).splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _loss(result: dict[str, Any]) -> str:
    first, last = result["loss_first"], result["loss_last"]
    if first is None:
        return "No loss was recorded."
    return f"Loss on its own examples: {first:.3f} in the first tenth, {last:.3f} in the last."
