"""The HTTP API: a router a noun, webhooks, and who may do what."""
