"""The doors for people and machines: HTTP API, webhooks, mail, and the console in the browser."""
