"""The card of a run: what was trained, on what, how well it does, and what is not known of it.

It is written from the files of the run's folder alone, again whenever something new is known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ladder.files import content_hash, read_json, write_text
from ladder.models.runs import seen_by
from ladder.printing import duration
from training.search.report import chosen_lines

__all__ = ["card", "write_card"]

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
_LEFT = {"last-k": "changed", "full": "model"}


def write_card(run: Path, result: dict[str, Any] | None = None) -> None:
    """Write the card of a run's folder.

    Args:
        run: the folder, with what the run wrote before and after training.
        result: what the run came to; None where it stands in result.json by now.
    """
    if result is None:
        file = run / "result.json"
        if not file.is_file():
            return  # a folder that was put together by hand has none
        result = read_json(file)
    write_text(run / "card.md", card(result, run))


def card(result: dict[str, Any], run: Path) -> str:
    """Return the card in Markdown."""
    file = run / "after.json"
    after: dict[str, Any] = read_json(file) if file.is_file() else {}
    method = str(result.get("trained_by", result.get("method", "")))
    what = _WHAT.get(method, method)
    if result.get("head") == "classify":
        what = "a classifier" if method == "lora" else f"a classifier ({method})"
    parts = [
        [f"# {result['reference']}", "", f"{what[0].upper()}{what[1:]} on {result['model']} for "
         f"the task {result['task']}."],
        ["## Data", "", *_data(run, result)],
        ["## Training", "", *_training(result)],
        *_settings(result),
        ["## How good it is", "", *_scores(result, after)],
        ["## What it forgot", "", *_forgetting(result, after)],
        ["## Limits", "", *_limits(result)],
        ["## Load it", "", *_load(result, method)],
        ["## Recipe", "", *(f"    {line}" for line in _recipe(run))],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _settings(result: dict[str, Any]) -> list[list[str]]:
    """Return how the settings were chosen, where they were searched."""
    found = result.get("search")
    return [["## How its settings were chosen", "", *chosen_lines(found)]] if found else []


def _data(run: Path, result: dict[str, Any]) -> list[str]:
    lines = []
    for seen in seen_by(run):
        inputs = content_hash(sorted(seen.inputs))
        lines.append(
            f"- Task {seen.task}: {len(seen.ids):,} training examples; the sha256 of their inputs "
            f"begins with {inputs}. Their ids are in trained_on.json; none of them scores it."
        )
    for name, words in (
        ("left_out", "were longer than `longest` and left out"),
        ("cut", "were longer than `longest` and cut"),
    ):
        if result.get(name):
            lines.append(f"- {result[name]:,} examples {words}.")
    return lines or ["- Which examples it was trained on is not known."]


def _training(result: dict[str, Any]) -> list[str]:
    expected = result["estimate"]["seconds"]
    ended = "It was stopped early and kept. " if result["stopped"] else ""
    memory = f", {result['memory_gb']} GB of memory at most" if result.get("memory_gb") else ""
    return [
        f"- {ended}{result['steps']} of {result['steps_planned']} steps, {result['tokens']:,} "
        f"tokens (padding included), {duration(result['seconds'])}, "
        f"{result['tokens_per_second']:,.0f} tokens a second{memory}, {result['dtype_reason']}.",
        f"- Expected before: {duration(expected['p10'])} to {duration(expected['p90'])}, starting "
        "included.",
        f"- {_loss(result)}",
        f"- {result['trained']:,} parameters were trained, {result['trained_share']:.2%} of all; "
        f"they have {result['adapter_mb']:.1f} MB.",
    ]


def _scores(result: dict[str, Any], after: dict[str, Any]) -> list[str]:
    lines = []
    for split in ("validation", "test"):
        if found := after.get(split):
            lines.append(f"- On the {split} split: {_score(found['score'])}.")
            if found.get("base"):
                lines.append(f"- Its base under the same prompt: {_score(found['base'])}.")
            lines += [f"- {sentence}" for sentence in found["words"]]
    if lines:
        return lines
    return [
        "It is not known yet: a falling loss shows that it learned its own examples. Measure it "
        "on held-out ones:",
        "",
        f"    ladder after PROJECT --run {result['reference'].removeprefix('run:')}",
    ]


def _score(score: dict[str, Any]) -> str:
    return (
        f"{score['metric']} {score['value']:.2f} ({score['low']:.2f} to {score['high']:.2f}, "
        f"n = {score['n']})"
    )


def _forgetting(result: dict[str, Any], after: dict[str, Any]) -> list[str]:
    if found := after.get("forgetting"):
        kinds = ", ".join(f"{k['kind']} {k['before']} to {k['after']}" for k in found["kinds"])
        each = found["kinds"][0]["n"] if found["kinds"] else 0
        more = [f"- By kind, of {each} each: {kinds}."] if kinds else []
        return [*(f"- {sentence}" for sentence in found["words"]), *more]
    if result.get("head") == "classify":
        return ["A classifier does not write, so what it forgot of writing is not asked."]
    return ["What it forgot of what the base could do was not measured."]


def _limits(result: dict[str, Any]) -> list[str]:
    lines = [
        f"- It was trained for one task ({result['task']}) and one prompt, that of setup.yaml; "
        "another is allowed, and is another Setup.",
        "- Scores hold for examples like those of the task. It was not tested for bias, safety or "
        "personal data; what is in the training examples can come out of it.",
        f"- The licence of {result['model']} holds for what was made of it.",
    ]
    if result.get("memory_gb") is None:
        lines.append("- How much memory training took is not known on this system.")
    return lines


def _load(result: dict[str, Any], method: str) -> list[str]:
    id = result["reference"].removeprefix("run:")
    return [
        f"- Here it is `{result['reference']}`, wherever a model is named; its weights are in "
        f"`{_LEFT.get(method, 'adapter')}/`.",
        f"- Elsewhere: `ladder export PROJECT --run {id} --format merged` (or adapter, gguf, "
        "ollama, vllm); the README.md of the export says how it is loaded.",
    ]


def _recipe(run: Path) -> list[str]:
    file = run / "recipe.yaml"
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else ["(none is kept)"]


def _loss(result: dict[str, Any]) -> str:
    first, last = result["loss_first"], result["loss_last"]
    if first is None:
        return "No loss was recorded."
    return f"Loss on its own examples: {first:.3f} in the first tenth, {last:.3f} in the last."
