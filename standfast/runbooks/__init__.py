"""Running a runbook: steps, checks and rollback, and the two kinds of work."""
