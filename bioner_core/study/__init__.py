"""Studies: plans, stored runs, pending jobs and the worker that trains them."""
