"""The console: pages for people in the browser, drawn by the server."""
