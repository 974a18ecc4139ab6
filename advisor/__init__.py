"""Decide: questions, flowchart, reasons and prices; the ladder of a project."""

__all__: list[str] = []
