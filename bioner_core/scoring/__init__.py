"""Exact-match scores, significance tests and rank correlation."""
