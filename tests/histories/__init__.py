"""Golden histories: one a path, replayed against today's workflow in every run of the tests."""
