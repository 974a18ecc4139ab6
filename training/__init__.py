"""Change the weights: data checks, recipes, methods, runs, export."""

__all__: list[str] = []
