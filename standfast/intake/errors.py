"""Why something that was asked of an incident could not be done, in words for who asked."""


class IntakeError(Exception):
    """An expected failure. Its text says what is wrong and, where it helps, what to do."""


class Refused(IntakeError):  # noqa: N818
    """What was asked is not possible, or makes no sense now."""


class NoSuchIncident(IntakeError):  # noqa: N818
    """Nothing is known under that id, or under that episode of it."""


class Closed(NoSuchIncident):
    """It was there, and has closed; only its next episode could be acted on."""


class NoAnswer(IntakeError):  # noqa: N818
    """Temporal was there, but nobody answered for the incident in time."""


class Unavailable(IntakeError):  # noqa: N818
    """Temporal is there but too busy, or it went away; later it may work."""


class Unreadable(IntakeError):  # noqa: N818
    """A file of reports that cannot be read as a whole."""
