"""The migrations, in the order of their numbers. One that has landed is never changed."""
