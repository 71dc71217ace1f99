"""People set up channels of their own: they add, verify, test and order them."""
