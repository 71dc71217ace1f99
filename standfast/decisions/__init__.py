"""The decisions: a file a box, pure functions over the policy and a message."""
