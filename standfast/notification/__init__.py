"""Delivering messages to people: ledger, digests, channels and addresses."""
