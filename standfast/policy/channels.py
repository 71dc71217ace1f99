"""The channels of a person: named URLs, in the order to try."""

from typing import Annotated

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
