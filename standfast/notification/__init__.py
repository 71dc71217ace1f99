"""Messages to people: their texts, the addresses they go to, and sending them."""
