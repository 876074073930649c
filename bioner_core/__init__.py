"""How many sentences must be annotated: learning curves for biomedical named entity recognition."""

__version__ = "0.1.0"
