"""Users of a log-in: their folders, what they share, their limits, and the log of what they did."""
