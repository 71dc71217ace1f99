"""The channels of a person: named URLs, in the order to try."""

from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BeforeValidator, Field

from standfast.messages.message import Line, at_most
from standfast.policy.section import Key

MOST_CHANNELS = 10
"""For one recipient: each try takes time, and a page must end within minutes."""

ChannelUrl = Annotated[Line, at_most(2_000)]
"""An Apprise URL, or `secret:NAME`: the URL is then the worker's variable STANDFAST_SECRET_NAME."""


def _named(value: object) -> object:
    if isinstance(value, list | tuple | str):
        raise ValueError(
            "must be a mapping in which each channel has a name, such as "
            '{sms: "secret:ANA_SMS", mail: "mailto://…"}; they are tried in that order'
        )
    return value


Channels = Annotated[
    dict[Key, ChannelUrl], BeforeValidator(_named), Field(max_length=MOST_CHANNELS)
]
"""Name → URL, in the order to try. The names may be shown; the URLs hold secrets and never are."""


def mail_recipients(url: str) -> tuple[str, ...]:
    """The addresses that a `mailto://` URL writes to; none for any other, or a secret."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("mailto", "mailtos"):
            return ()
        given = [each for value in parse_qs(parts.query).get("to", ()) for each in value.split(",")]
        sender = unquote(parts.username or "")
        given = given or [sender if "@" in sender else f"{sender}@{parts.hostname or ''}"]
    except ValueError:
        return ()
    found = (each.strip().lower() for each in given)
    return tuple(each for each in found if all(each.partition("@")))
