"""The domain, pure: models, policy, decisions. No I/O, no Temporal client."""
