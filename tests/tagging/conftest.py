"""Load torch as the program does, before any test module imports it by itself."""

import bioner_core.tagging  # noqa: F401
