"""Readers, one file per format; ``detect.read`` finds the format by content."""
