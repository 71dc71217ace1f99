"""Probes: looking at the world for evidence. None of them ever changes what it looks at."""
