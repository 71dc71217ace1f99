"""Commands on the server's machine: with its Temporal, its record store and its policy."""
