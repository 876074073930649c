"""Taggers: the only folder that imports torch and transformers."""

import os

# OpenMP reads this when torch is loaded. Threads that wait by spinning take the core away from the thread they
# wait for: beside another busy process, training on two cores took ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
