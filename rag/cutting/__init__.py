"""How a text is cut: its sections, tables, code and sentences, measured in an embedder's tokens."""

from rag.cutting.ruler import Ruler, Span, trimmed
from rag.cutting.sentences import sentences
from rag.cutting.units import Cutter, Unit, units_of

__all__ = ["Cutter", "Ruler", "Span", "Unit", "sentences", "trimmed", "units_of"]
