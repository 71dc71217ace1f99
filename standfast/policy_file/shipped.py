"""The policies that are shipped with Standfast."""

from pathlib import Path

from standfast import CODE

SHIPPED_POLICY: Path = CODE / "policy" / "standfast.yaml"
"""The policy of Fernhill, the company of our examples: in force until you name your own."""
