"""The web server: the HTTP API, the console and the mail listener in one process."""
