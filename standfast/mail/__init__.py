"""Mail: a message becomes an incident, a comment, a confirmation, or nothing, with the reason."""
