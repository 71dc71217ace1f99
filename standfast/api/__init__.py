"""The HTTP API: a router for each noun, webhooks, and who may do what."""
