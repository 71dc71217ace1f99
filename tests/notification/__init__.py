"""Notification: channels in order, the ledger, secrets and hostile reporters."""
