"""Notice instructions to a model that hide in a team's own documents."""

from rag.lint.linter import findings

__all__ = ["findings"]
