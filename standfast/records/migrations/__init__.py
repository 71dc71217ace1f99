"""The migrations of the record store, run by Alembic: a file in `versions/` for each change.

`make migration WORDS="..."` writes the next one, after an edit of `standfast/records/tables.py`.
"""
