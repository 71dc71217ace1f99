"""Faults over a mixed load, and what became of every report, page, effect and record."""
