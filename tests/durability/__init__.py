"""Durability: worker and server are killed again and again, and nothing is lost or done twice."""
