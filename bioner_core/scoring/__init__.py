"""Exact-match scores as counts that add up."""
