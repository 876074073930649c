"""Learning curves continued beyond their last point, with intervals."""
