"""The policy: what process owners write in YAML, as validated models."""

from incidents.policy.policy import Policy

__all__ = ["Policy"]
