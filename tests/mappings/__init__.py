"""What the bodies of monitors become."""
