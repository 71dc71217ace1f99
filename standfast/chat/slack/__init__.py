"""Slack, by its own library."""
