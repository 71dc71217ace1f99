"""Where a recipient is reached: the policy's channels with secrets and reporter filled in."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from activities.secrets import NoSuchSecret, resolved
from incidents.notification import Audience, Notification
from incidents.policy import Policy
from incidents.policy.runbooks import SECRET

REPORTER = "{reporter}"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
_EMAIL = re.compile(r"\w[\w.+-]{0,63}@(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z0-9-]{2,63}", re.A | re.I)
"""Narrower than the standards: Apprise takes `o'neil@host` for another address, `neil@host`."""


class Address(NamedTuple):
    """One channel of a recipient. `label` may be shown; `url` holds secrets and never is.

    `problem` says why there is no URL.
    """

    label: str
    url: str = ""
    problem: str = ""


class NoSuchRecipient(Exception):  # noqa: N818 - a state of the policy, not a bug
    """The policy has nobody of that name, or nowhere to reach them."""


def addresses_of(
    notification: Notification, policy: Policy, environment: Mapping[str, str]
) -> list[Address]:
    """The recipient's channels in the order to try, at least one.

    Raises:
        NoSuchRecipient: there is none.
    """
    recipient = notification.recipient
    if notification.audience is Audience.REPORTER:
        found = list(_reporters(recipient, policy.reporters.channels, environment))
        if not found:
            raise NoSuchRecipient(
                f"no channel of the policy's reporters.channels reaches {recipient!r}: there is "
                "none, or each needs an e-mail address"
            )
        return found
    person = policy.people.get(recipient)
    if person is None:
        raise NoSuchRecipient(f"the policy's people have nobody called {recipient!r}")
    return [
        _address(channel, number, environment)
        for number, channel in enumerate(person.channels, start=1)
    ]


def _reporters(
    reporter: str, channels: Iterable[str], environment: Mapping[str, str]
) -> Iterable[Address]:
    """What a reporter wrote goes into a URL only as an e-mail address, percent-encoded."""
    for number, channel in enumerate(channels, start=1):
        address = _address(channel, number, environment)
        if REPORTER not in address.url:
            yield address
        elif _EMAIL.fullmatch(reporter):
            yield address._replace(url=address.url.replace(REPORTER, quote(reporter, safe="")))


def _address(channel: str, number: int, environment: Mapping[str, str]) -> Address:
    if not channel.startswith(SECRET):
        return Address(f"{_scheme(channel)} ({number})", channel)
    try:
        url = resolved(channel, environment)
    except NoSuchSecret as missing:
        return Address(f"secret ({number})", problem=str(missing))
    return Address(f"{_scheme(url)} ({number})", url)


def _scheme(url: str) -> str:
    """What comes before `://`, and nothing of a text that is no URL: it may be a secret."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else "channel"
