"""Studies: what to train, what is stored, what is pending, who works on it."""
