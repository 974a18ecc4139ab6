"""Take a run's model along: as an adapter, merged, as GGUF, for Ollama, for vLLM."""

from __future__ import annotations

from training.export.export import FORMATS, Exported, Format, export_run

__all__ = ["FORMATS", "Exported", "Format", "export_run"]
