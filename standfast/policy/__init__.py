"""What process owners may write: the policy as validated models. Pure; `policy_file` reads it."""

from standfast.policy.policy import Policy

__all__ = ["Policy"]
