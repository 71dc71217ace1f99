"""Checks an installation: `standfast doctor`."""
