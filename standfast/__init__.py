"""Standfast, but for its workflows and activities, which lie beside this package."""

from pathlib import Path

CODE = Path(__file__).parents[1]
"""Where `worker.py`, `starter.py`, `workflows/`, `activities/`, `policy/` and this package lie."""
