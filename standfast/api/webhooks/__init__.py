"""Webhooks: one file for each protocol by which monitors send alerts."""
