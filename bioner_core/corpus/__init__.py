"""Corpora: read, checked, mapped to entity types, flattened, split, described, kept."""
