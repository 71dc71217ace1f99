"""Errors that keep Standfast from running, with a text for the person who runs it."""


class HostingError(Exception):
    """An expected failure. Its text says what is wrong, where, and what to do; no traceback."""


class BadSetting(HostingError):  # noqa: N818
    """A setting that cannot be used; names the variable."""


class NotReachable(HostingError):  # noqa: N818
    """No Temporal server answered; says where, why, and what to do."""


class ServerFailed(HostingError):  # noqa: N818
    """The embedded Temporal server could not start, or could not be kept up."""
