"""Annotation projects: a corpus, texts to annotate, a tool, and the rounds of work so far."""
