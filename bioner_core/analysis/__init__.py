"""What is read off runs and corpora: comparisons, tables, overlap, stability, rankings."""
