"""Activities: each touches the world, or decides by the policy, once and idempotently."""
