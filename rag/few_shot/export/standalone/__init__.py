"""The code that an export consists of: each module becomes a file that runs by itself.

What these modules import from the project is copied beside them, see `rag.few_shot.export.sources`.
They may import nothing else of it, and little from elsewhere.
"""

__all__: list[str] = []
