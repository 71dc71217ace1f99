"""The file channel, `outbox://` in the policy: messages are written to a file and sent nowhere."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from standfast.incidents.notification import Notification

SCHEME = "outbox"


class FileChannel:
    """A file of JSON lines: at, key, recipient, purpose, priority, title, body.

    Many processes may append to one file; lines never mix.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, notification: Notification) -> None:
        """Add a message. OSError when the file cannot be written."""
        line = {
            "at": datetime.now(UTC).isoformat(),
            "key": notification.key,
            "recipient": notification.recipient,
            "purpose": notification.purpose,
            "priority": notification.priority,
            "title": notification.title,
            "body": notification.body,
        }
        written = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(file, written) != len(written):
                raise OSError(f"{self.path}: the disk is full")
        finally:
            os.close(file)
