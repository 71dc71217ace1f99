"""Who acts on an incident where no person does, or where the person is not named."""

OURSELVES = "standfast"
"""Who acts on the timeline where no person does."""

AUTOMATION = "automation"
"""Who resolved it, where a runbook did."""

A_RESPONDER = "a responder"
"""Stands for whoever works on it, for those who are not told who that is."""
