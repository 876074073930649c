"""Analyses of runs and corpora: comparisons, tables, overlap, stability, rankings."""
