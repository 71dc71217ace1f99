"""Running a runbook: its walk through steps, checks and undoing, and the two kinds of work."""
