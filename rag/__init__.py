"""Answer without changing weights: few-shot examples, documents, retrieval, citations."""

__all__: list[str] = []
