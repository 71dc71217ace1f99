"""How the software is run: settings, the connection to Temporal, the embedded server."""
