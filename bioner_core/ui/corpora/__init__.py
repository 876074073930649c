"""The parts of the Corpora page."""
