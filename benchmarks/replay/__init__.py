"""A log of real incidents, replayed through the workflow on virtual time."""
