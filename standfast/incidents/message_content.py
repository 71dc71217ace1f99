"""What a message says, piece by piece; the words are chosen when it is sent, by the channel."""

from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from standfast.incidents.confidentiality import TITLE
from standfast.messages.message import Instant, Message


class MessageContent(Message):
    """What a message says. What is not known is empty, and not written.

    what: what is broken, in one line. title: the incident's title, where `what` is another.
    was: what the priority was before it became worse: `was P4`, or `worse` if it is the same.
    affected: whom it hurts. since: when it began. others: who else was called.
    why: the reason for the message; of an all clear, the news itself.
    happened_at: when it happened that somebody took it, for `40 s ago`.
    evidence: what is known beside that, line by line.
    secret: the incident is confidential: `what` says that, and all else is empty.
    """

    what: str = ""
    title: str = ""
    was: str = ""
    affected: str = ""
    since: Instant | None = None
    others: tuple[str, ...] = ()
    why: str = ""
    happened_at: Instant | None = None
    service: str = ""
    reporter: str = ""
    category: str = ""
    evidence: tuple[str, ...] = ()
    secret: bool = False

    @model_serializer(mode="wrap")
    def _what_is_known(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # It stands in the history once for each message.
        return {name: value for name, value in write(self).items() if value}


SECRET = MessageContent(what=f"{TITLE}: sign in to see it", secret=True)
"""Of a confidential incident: others may see the phone or the chat."""
