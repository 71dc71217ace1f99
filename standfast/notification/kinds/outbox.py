"""`outbox://`: messages are written to a file and sent nowhere."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from standfast.incidents.channel_form import ChannelForm
from standfast.notification.kinds.kind import ChannelKind, KindContext
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import SendResult


class Outbox(ChannelKind):
    """A file of JSON lines: at, key, recipient, purpose, priority, title, body.

    Many processes may append to one file; lines never mix.
    """

    provider = "outbox"

    def form_of(self, url: str) -> ChannelForm:  # noqa: ARG002
        """The whole, since who reads the file wants to see all of it."""
        return ChannelForm.MAIL

    def problem_of(self, url: str) -> str:  # noqa: ARG002
        """Nothing: what follows `outbox://` is not read."""
        return ""

    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:  # noqa: ARG002
        """Add a line."""
        try:
            _append(context.outbox, message)
        except OSError as error:
            return SendResult(f"{context.outbox} cannot be written: {error.strerror or error}")
        return SendResult()


def _append(path: Path, message: OutgoingMessage) -> None:
    line = {
        "at": datetime.now(UTC).isoformat(),
        "key": message.key,
        "recipient": message.recipient,
        "purpose": message.purpose,
        "priority": message.priority,
        "title": message.title,
        "body": message.body,
    }
    written = (json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(file, written) != len(written):
            raise OSError(f"{path}: the disk is full")
    finally:
        os.close(file)
