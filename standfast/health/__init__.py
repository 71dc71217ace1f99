"""Standfast watches itself: what is wrong with open incidents, said, and repaired where safe."""
