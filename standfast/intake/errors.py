"""Errors of reports and actions, with a text for the person who sent them."""


class IntakeError(Exception):
    """An expected failure. Its text says what is wrong and, where it helps, what to do."""


class Refused(IntakeError):  # noqa: N818
    """The request is not possible, or makes no sense now."""


class Invalid(Refused):
    """Something that was given cannot be that, whenever it is tried; names it."""


class NotFound(IntakeError):  # noqa: N818
    """There is nothing of that name, or nothing that they may know of; the words are the same."""


class NotAllowed(IntakeError):  # noqa: N818
    """Only others may do it."""


class NoSuchIncident(NotFound):
    """There is no incident, or no such episode, with that id."""


class Closed(NoSuchIncident):
    """The incident has closed; only its next episode could be acted on."""


class StillOpen(Refused):
    """It is open: what is for the records of closed incidents waits until it has closed."""


class NoAnswer(IntakeError):  # noqa: N818
    """Temporal accepted the request, but no worker answered in time."""


class Unavailable(IntakeError):  # noqa: N818
    """Temporal, or the API, is too busy or unavailable; try again later."""


class NotLetIn(IntakeError):  # noqa: N818
    """The API does not know the token: no other request will go better."""


class Unreadable(IntakeError):  # noqa: N818
    """A file of reports that cannot be read as a whole."""
