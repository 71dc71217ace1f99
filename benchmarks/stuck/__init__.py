"""Does an incident ever get stuck? `python -m benchmarks.stuck`."""
