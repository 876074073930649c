"""Encoders, heads, training and scoring: the only package that imports torch and transformers."""

import os

# OpenMP reads this when torch is loaded. By default its threads wait by spinning, which keeps the core from
# the very thread they wait for: beside another busy process, training on two cores took ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
