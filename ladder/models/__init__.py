"""Models by reference: the bundled ones, local folders, runs, GGUF files and servers.

`load_generator` and `load_embedder` take a reference and keep what they load for the process.
The fakes that tests use are in `ladder.models.fakes`.
"""

from __future__ import annotations

from ladder.models.catalogue import available
from ladder.models.check import ModelTest, test_model
from ladder.models.embedder import embed_texts, load_embedder
from ladder.models.generation import (
    Completion,
    Generator,
    LabelScorer,
    LabelScores,
    load_generator,
)
from ladder.models.references import (
    BUNDLED_EMBEDDER,
    BUNDLED_GENERATOR,
    ModelCard,
    Reference,
    parse_reference,
    scores_labels,
)
from ladder.models.servers import Server, add_server, remove_server, servers

__all__ = [
    "BUNDLED_EMBEDDER",
    "BUNDLED_GENERATOR",
    "Completion",
    "Generator",
    "LabelScorer",
    "LabelScores",
    "ModelCard",
    "ModelTest",
    "Reference",
    "Server",
    "add_server",
    "available",
    "embed_texts",
    "load_embedder",
    "load_generator",
    "parse_reference",
    "remove_server",
    "scores_labels",
    "servers",
    "test_model",
]
