"""Errors of backups, with a text for the person who makes or restores one."""

from standfast.hosting.errors import HostingError


class BackupFailed(HostingError):  # noqa: N818
    """No backup was made, and nothing is left of it; says why and what to do."""


class NotRestored(HostingError):  # noqa: N818
    """Nothing was restored, and the data directory is as it was; says why and what to do."""
