"""Mail: what becomes of a message, whatever its bytes are."""
