"""Messages that the tests write themselves."""

from email.message import EmailMessage
from uuid import uuid4

RITA = "rita@storyville.example"
HELP = "help@storyville.example"


class Ids:
    """Message ids of one test: those of an incident are derived from them, on one server."""

    def __init__(self) -> None:
        self._thread = uuid4().hex

    def __getitem__(self, number: int) -> str:
        return f"{number}.{self._thread}@storyville.example"


def reply_address(tag: str) -> str:
    """Where the answer to a question with that tag goes."""
    return f"help+{tag}@storyville.example"


def message(
    text: str = "Nothing opens any more.",
    subject: str | None = "Wiki crashed",
    sender: str = RITA,
    to: str = HELP,
    **headers: str,
) -> EmailMessage:
    """A message as a mail program writes it; `in_reply_to="…"` sets the header In-Reply-To.

    Each has a Message-ID of its own; an empty one leaves it out.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    if subject is not None:
        mail["Subject"] = subject
    headers.setdefault("message_id", f"<{uuid4().hex}@storyville.example>")
    for name, value in headers.items():
        if value:
            mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def raw(text: str = "Nothing opens any more.", **headers: str) -> bytes:
    """The same as bytes."""
    return message(text, **headers).as_bytes()


def reply(text: str, answered: str, subject: str = "Re: Wiki crashed", **more: str) -> bytes:
    """An answer to the message of that id, with a quote below it."""
    quoted = (
        f"{text}\n\nOn Mon, 23 Nov 2026 at 10:00, Help wrote:\n> Is it resolved?\n> Please say.\n"
    )
    ids = {"in_reply_to": f"<{answered}>", "references": f"<{answered}>"}
    return raw(quoted, **{"subject": subject, **ids, **more})
