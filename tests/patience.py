"""How long tests wait for what must come: one limit, which a busy machine keeps too.

Only what never comes is waited for as long as this.
"""

PATIENCE = 120.0
"""Seconds."""
