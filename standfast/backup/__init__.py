"""Backups: one file with all that an instance needs to go on elsewhere, and putting it back."""
