"""The durable part: one workflow per incident. Decides and waits, never looks at the world."""
