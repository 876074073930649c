"""Encoders, heads, training and scoring: the only package that imports torch and transformers."""
