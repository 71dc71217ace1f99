"""Programs with their supervisor, as real processes."""
