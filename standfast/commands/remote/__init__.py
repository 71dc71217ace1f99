"""Commands on any other machine: through the API, with a token."""
