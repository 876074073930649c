"""Selection: which sentences to annotate next, and the orders that strategies choose batch by batch."""
