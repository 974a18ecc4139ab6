"""Which files can be read, told by their endings."""

from __future__ import annotations

from pathlib import PurePath

__all__ = ["CODE", "DOCUMENT_KINDS", "KINDS_IN_WORDS", "MORE_THAN_TEXT", "PACKED", "kind_of"]

PACKED = (".docx", ".pptx", ".xlsx")
"""Archives of XML parts."""

MORE_THAN_TEXT = (".pdf", *PACKED)
"""Kinds whose files hold pictures, fonts and the like besides their text."""

CODE = (
    ".bash", ".bat", ".c", ".cc", ".cfg", ".clj", ".conf", ".cpp", ".cs", ".css", ".cxx", ".dart",
    ".ex", ".exs", ".go", ".gradle", ".graphql", ".groovy", ".h", ".hpp", ".hs", ".ini", ".java",
    ".jl", ".js", ".jsx", ".kt", ".kts", ".less", ".lua", ".m", ".mjs", ".mm", ".php", ".pl", ".pm",
    ".properties", ".proto", ".ps1", ".py", ".pyi", ".r", ".rb", ".rs", ".sass", ".scala", ".scss",
    ".sh", ".sol", ".sql", ".svelte", ".swift", ".tex", ".tf", ".toml", ".ts", ".tsx", ".vb",
    ".vue", ".xml", ".yaml", ".yml", ".zig", ".zsh",
)  # fmt: skip
"""Source code and settings: read as they stand."""

_SAME = {
    ".markdown": ".md", ".mdx": ".md", ".htm": ".html", ".xhtml": ".html", ".text": ".txt",
    ".log": ".txt", ".rst": ".txt", ".adoc": ".txt", ".tsv": ".csv", ".ndjson": ".jsonl",
}  # fmt: skip
_FIRST = (".md", ".txt", ".html", ".pdf", *PACKED, ".csv", ".json", ".jsonl", ".eml")

DOCUMENT_KINDS = (*_FIRST, *sorted(_SAME), *CODE)
"""The endings of the documents that can be read."""

KINDS_IN_WORDS = (
    "PDF, DOCX, PPTX, XLSX, HTML, Markdown, CSV, JSON, e-mail (.eml), text or source code"
)


def kind_of(name: str) -> str:
    """Return what a file is by its ending, such as ".html" for "Page.HTM"; empty if unknown."""
    ending = PurePath(name).suffix.lower()
    return _SAME.get(ending, ending) if ending in DOCUMENT_KINDS else ""
