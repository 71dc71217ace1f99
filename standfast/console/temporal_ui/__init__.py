"""Temporal's own web UI, behind our sign-in."""
