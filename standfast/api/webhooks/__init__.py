"""Webhooks: what monitors send, each in the protocol that its senders speak."""
