"""Connections to annotation tools, one module a tool; texts go only to the address that the user names."""
