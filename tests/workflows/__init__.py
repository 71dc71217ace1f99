"""The workflow as code, beside what `tests/stories` tell of it."""
