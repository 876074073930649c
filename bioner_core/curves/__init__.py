"""Points, curves, and the budgets read off them."""
