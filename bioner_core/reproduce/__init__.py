"""Reproduce the paper on the corpora as distributed, and compare with its tables and figure."""
