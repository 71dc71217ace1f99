"""The budgets of the design, held by exact counts."""
