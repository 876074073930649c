"""Partial training: the upper layers of an encoder and a head, on states that the lower layers kept."""
