"""Notice instructions to a model that hide in a team's own documents."""

from rag.lint.linter import findings, findings_of

__all__ = ["findings", "findings_of"]
