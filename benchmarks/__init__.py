"""Exact counts and ratios, printed from runs that the benchmark itself makes. Not tests."""
