"""What the Train page shows after a run, as plain data: learning against forgetting, exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ladder.files import read_json
from ladder.models.places import locate
from ladder.models.references import parse_reference
from training.after import read_after
from training.export import FORMATS

if TYPE_CHECKING:
    from training.runs import Run

__all__ = [
    "FORMAT_NAMES",
    "exports_of",
    "kinds_table",
    "learned_and_forgot",
    "point_words",
    "possible_formats",
]

FORMAT_NAMES = {
    "adapter": "Adapter: what the run left",
    "merged": "Merged model: a folder for transformers",
    "gguf": "GGUF file: llama.cpp, LM Studio",
    "ollama": "Ollama: GGUF with a Modelfile",
    "vllm": "vLLM: merged model with its command",
}
assert tuple(FORMAT_NAMES) == FORMATS


def learned_and_forgot(runs: list[Run]) -> list[dict[str, Any]]:
    """Return each run of which both are known: what it gained on the task, what it lost besides.

    Learned is the paired difference to the base under the same prompt, on validation; forgot is
    by how much the perplexity on prose rose, and how many of the small tasks were lost in all.
    """
    points = []
    for run in runs:
        after = read_after(run.job.folder)
        against = (after.get("validation") or {}).get("against", [])
        base = next((each for each in against if each["what"] == "base"), None)
        forgetting = after.get("forgetting")
        if base is None or forgetting is None:
            continue
        kinds = forgetting["kinds"]
        points.append(
            {
                "Run": run.reference,
                "Method": str(run.job.spec.get("method", "")),
                "Learned": base["difference"],
                "Low": base["low"],
                "High": base["high"],
                "Forgot": forgetting["ratio"] - 1,
                "Small tasks": sum(k["after"] - k["before"] for k in kinds),
                "Of": sum(k["n"] for k in kinds),
                "n": base["n"],
            }
        )
    return points


def point_words(point: dict[str, Any], metric: str) -> str:
    """Return one run's point in a sentence."""
    tasks = f", {point['Small tasks']:+d} small tasks of {point['Of']}" if point["Of"] else ""
    return (
        f"{point['Method']} ({point['Run']}): {metric} {point['Learned']:+.2f} "
        f"({point['Low']:.2f} to {point['High']:.2f}) against its base, n = {point['n']}; "
        f"perplexity {point['Forgot']:+.1%}{tasks}"
    )


def kinds_table(forgetting: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the small tasks by kind, as rows of a table."""
    return [
        {"Kind": k["kind"], "Before": k["before"], "After": k["after"], "Of": k["n"]}
        for k in forgetting["kinds"]
    ]


def exports_of(run: Run) -> dict[str, dict[str, Any]]:
    """Return the exports that lie in a run's folder, by format: where, and how well they agree."""
    found: dict[str, dict[str, Any]] = {}
    for format in FORMATS:
        folder = run.job.folder / "exports" / format
        if (file := folder / "parity.json").is_file():
            parity = read_json(file)
            found[format] = {"folder": str(folder), "words": parity[-1]["words"]}
    return found


def possible_formats(run: Run) -> tuple[list[str], str]:
    """Return the formats that a run can be exported in, and why not in the others.

    Nothing heavy is loaded: what a run is, its files say.
    """
    from ladder.errors import ModelError
    from training.export.gguf_file import refuse_no_llama
    from training.export.merge import refuse_unmergeable

    try:
        place = locate(parse_reference(run.reference))
    except ModelError as error:
        return [], str(error)
    possible, why = ["adapter"], ""
    for format in FORMATS[1:]:
        try:
            refuse_unmergeable(place, run.reference, format)
            if format in ("gguf", "ollama"):
                refuse_no_llama(read_json(place.folder / "config.json"), run.reference)
            possible.append(format)
        except ModelError as error:
            why = why or str(error)
    return possible, why
