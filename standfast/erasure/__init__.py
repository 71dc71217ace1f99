"""Erasing incidents and persons, and what is kept only for a time."""
