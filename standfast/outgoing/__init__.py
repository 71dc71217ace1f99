"""What goes out over the network: which hosts may be reached, secrets, circuit breakers."""
