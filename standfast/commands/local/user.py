"""Who runs a command on the server's machine, for the audit log."""

import getpass
import socket

from standfast.records.audit import AuditEvent, AuditKind


def local_event(kind: AuditKind, subject: str = "", detail: str = "") -> AuditEvent:
    """An event by the user of the operating system who runs this command."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number only
        user = "an unnamed user"
    where = f"command line on {socket.gethostname()}"
    return AuditEvent(kind, by=user, origin=where, subject=subject, detail=detail)
