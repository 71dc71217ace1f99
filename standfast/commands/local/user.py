"""Who runs a command on the server's machine, for the audit log."""

import getpass
import socket

from standfast.records.audit import AuditEvent, AuditKind


def local_event(kind: AuditKind, subject: str = "", detail: str = "") -> AuditEvent:
    """An event by the user of the operating system who runs this command."""
    where = f"command line on {socket.gethostname()}"
    return AuditEvent(kind, by=local_user(), origin=where, subject=subject, detail=detail)


def local_user() -> str:
    """That user's name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number only
        return "an unnamed user"
