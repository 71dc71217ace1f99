"""Programs on a leash, as real processes."""
