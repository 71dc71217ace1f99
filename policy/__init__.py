"""The policies that come with the software, in YAML."""

from pathlib import Path

DEFAULT: Path = Path(__file__).with_name("standfast.yaml")
"""The policy of Fernhill, the company of our examples: in force until you name your own."""
