"""What every export of a prompt is made of: settings, pieces, examples, vectors."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from ladder.answering import ExampleSettings, Setup
from ladder.errors import InputError, ProjectError
from ladder.models.references import BUNDLED_EMBEDDER, BUNDLED_GENERATOR, parse_reference
from ladder.project.near_duplicates import normalised
from ladder.project.task import Example
from ladder.prompt import stop_texts
from rag.answerers import PROBES, WORTH_KEEPING
from rag.calibration import drawn_inputs
from rag.few_shot.conflicts import answer_key, numbered
from rag.few_shot.export.pieces import Pieces, pieces_of
from rag.few_shot.prompt_view import shown_pool

if TYPE_CHECKING:
    from ladder.project.task_folder import TaskFolder

__all__ = ["Content", "content_of", "fixed", "public_name", "to_json"]

_PUBLIC = {
    BUNDLED_GENERATOR: "HuggingFaceTB/SmolLM2-135M-Instruct",
    BUNDLED_EMBEDDER: "sentence-transformers/all-MiniLM-L6-v2",
}
"""What the bundled models are called on the Hugging Face hub."""


@dataclass(frozen=True)
class Content:
    """A prompt to take along."""

    setup: Setup
    folder: TaskFolder
    pieces: Pieces
    pool: list[Example]
    """The labelled examples that are chosen from."""
    examples: list[Example]
    """Those of them that can be shown, in the pool's order, or in that in which they are drawn."""

    @property
    def by_meaning(self) -> bool:
        """Return whether examples are chosen by embeddings."""
        return bool(self.examples) and self.setup.examples.selection not in ("random", "bm25")

    def settings(self) -> dict[str, Any]:
        """Return what `prompt.json` says."""
        setup, task = self.setup, self.folder.task
        model = parse_reference(setup.model) if setup.model else None
        shown = setup.examples
        return {
            "task": task.name,
            "kind": task.kind,
            **self.pieces.to_json(),
            "count": shown.count,
            "selection": shown.selection,
            "order": shown.order,
            "labels": self.folder.labels(),
            "answerer": setup.answerer,
            "calibration": setup.decoding.calibration,
            "prior_inputs": self._prior_inputs(),
            "model": public_name(setup.model),
            "server": model.url if model else "",
            "embedder": public_name(setup.embedder) if self.by_meaning else "",
            "max_tokens": setup.decoding.max_new_tokens,
            "stop": list(stop_texts(setup, task)),
            "dtype": setup.decoding.dtype,
            "probes": [[probe.text, probe.context] for probe in PROBES],
            "worth_keeping": WORTH_KEEPING,
        }

    def files(self) -> dict[str, bytes]:
        """Return the files that `standalone.few_shot` reads."""
        files = {"prompt.json": to_json(self.settings())}
        if not self.examples:
            return files
        groups = numbered([answer_key(example) for example in self.examples]).tolist()
        rows = zip(self.examples, self.pieces.shown, groups, strict=True)
        lines = (_row(*row, grouped="label" in self.setup.examples.selection) for row in rows)
        files["examples.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
        if self.by_meaning:
            files["vectors.npy"] = self._vectors()
        return files

    def _prior_inputs(self) -> list[list[str]]:
        """Return the texts, and their contexts, that a batch prior is the mean of."""
        if self.setup.decoding.calibration != "batch":
            return []
        drawn = drawn_inputs(shown_pool(self.folder), self.setup.examples.seed)
        if any(example.messages for example in drawn):
            raise InputError(
                "Batch calibration asks about examples that follow earlier turns of a "
                'conversation, which an export cannot ask; set calibration to "contextual".'
            )
        return [[example.input, example.context] for example in drawn]

    def _vectors(self) -> bytes:
        import numpy as np

        from ladder.models import embed_texts

        assert self.setup.embedder is not None
        file = io.BytesIO()
        vectors = embed_texts(self.setup.embedder, [each.input for each in self.examples])
        np.save(file, vectors, allow_pickle=False)
        return file.getvalue()


def content_of(folder: TaskFolder, setup: Setup) -> Content:
    """Return what is exported of a task under a Setup.

    Raises:
        ProjectError: it shows examples, and there are none.
        InputError: they are chosen by embeddings, and the Setup names no embedder.
    """
    from rag.few_shot import ExampleSelector

    examples = pool = shown_pool(folder) if setup.examples.count else []
    if setup.examples.count:
        if not pool:
            raise ProjectError(
                f'The prompt shows {setup.examples.count} examples, and the task "'
                f'{folder.task.name}" has none that are labelled and not kept for the test; label '
                "some first, or export a prompt without examples."
            )
        ExampleSelector(pool, setup.examples, setup.embedder)  # says what the Setup lacks
        if setup.examples.selection == "random":
            examples = _drawn(pool, setup.examples)
    pieces = pieces_of(setup, folder.task, folder.labels(), examples)
    return Content(setup, folder, pieces, pool, examples)


def fixed(setup: Setup) -> bool:
    """Return whether the examples are the same for every text."""
    return not setup.examples.count or setup.examples.selection == "random"


def public_name(reference: str | None) -> str:
    """Return what a model is called elsewhere; empty where only this machine knows it."""
    if not reference:
        return ""
    parsed = parse_reference(reference)
    if parsed.kind == "bundled":
        return _PUBLIC[parsed.name]
    return parsed.name if parsed.kind in ("hf", "server") else ""


def to_json(value: Any) -> bytes:
    """Return indented JSON."""
    return f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode()


def _drawn(pool: Sequence[Example], settings: ExampleSettings) -> list[Example]:
    """Return the examples in the order in which they are drawn, as many as can be needed.

    Examples with the text that is asked are left out: at most as many as share one text.
    """
    drawn = Random(settings.seed).sample(pool, len(pool))
    most = max(Counter(normalised(example.input) for example in pool).values())
    return drawn[: settings.count + most]


def _row(example: Example, shown: Any, group: int, *, grouped: bool) -> str:
    """Return an example as a line of `examples.jsonl`."""
    row: dict[str, Any] = {"id": example.id, "input": example.input, "output": example.output or ""}
    row |= {"group": group} if grouped else {}
    return json.dumps(row | {"shown": shown}, ensure_ascii=False)
