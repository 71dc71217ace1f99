"""Why an attempt at a runbook stops before its end."""


class LeaseLost(Exception):  # noqa: N818 - a state of the world
    """The target could not be held any longer: others may act on it, so this attempt stops."""
