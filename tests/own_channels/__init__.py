"""Setting up own channels."""
