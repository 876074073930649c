"""The parts of the Transfer page."""
