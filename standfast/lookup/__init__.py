"""Reading incidents: open ones from Temporal, closed ones from the record store; lists."""
