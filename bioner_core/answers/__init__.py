"""The use cases that page and command share, and the one place that words an answer."""
