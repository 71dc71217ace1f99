"""The decisions: a file per box, pure functions over the policy and a message."""
