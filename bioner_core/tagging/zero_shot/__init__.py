"""Models that need no training here: mentions found by the names or descriptions of types."""
