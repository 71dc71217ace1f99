"""Where a recipient is reached: the channels of the policy, and their own, with all filled in."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from standfast.decisions.personal_channels import order_of_channels, urgency_of, usable
from standfast.incidents.notification import Audience, Notification
from standfast.incidents.own_channel import NOTHING_SET, OwnChannel, OwnSettings
from standfast.notification.errors import UnknownRecipient
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.contact_methods import KINDS, ContactMethod

REPORTER = "{reporter}"

_EMAIL = KINDS["address"].pattern


class Address(NamedTuple):
    """One channel of a recipient. `channel` is its name; only that may be shown.

    service: the URL before a reporter was filled in. What it does to one reporter it does to all.
    problem: why there is no URL.
    """

    channel: str
    url: str = ""
    service: str = ""
    problem: str = ""


def addresses_of(
    notification: Notification,
    policy: Policy,
    environment: Mapping[str, str],
    own: OwnSettings = NOTHING_SET,
) -> list[Address]:
    """The recipient's channels in the order to try, at least one.

    own: what a person has set themselves.

    Raises:
        UnknownRecipient: there is none.
    """
    recipient = notification.recipient
    if notification.audience is Audience.REPORTER:
        channels = _chosen(policy.reporters.channels, notification.through)
        found = list(_reporters(recipient, channels, environment))
        if not found:
            raise UnknownRecipient(
                f"no channel of the policy's reporters.channels reaches {recipient!r}: there is "
                "none, or each needs an e-mail address"
            )
        return found
    person = policy.people.get(recipient)
    if person is None:
        raise UnknownRecipient(f"the policy's people have nobody called {recipient!r}")
    their_own = usable(policy, own)
    urgency = urgency_of(policy, notification.priority)
    there = order_of_channels(policy, recipient, own, urgency)
    names = [name for name in dict.fromkeys(notification.through) if name in there] or there
    return [
        _own_address(policy.contact_methods[their_own[name].method], their_own[name], environment)
        if name in their_own
        else _address(name, person.channels[name], environment)
        for name in names
    ]


def _chosen(channels: Mapping[str, str], through: Iterable[str]) -> Mapping[str, str]:
    """The channels of these names in this order; all of them where none is left."""
    return {name: channels[name] for name in through if name in channels} or channels


def _reporters(
    reporter: str, channels: Mapping[str, str], environment: Mapping[str, str]
) -> Iterable[Address]:
    """What a reporter wrote goes into a URL only as an e-mail address, percent-encoded."""
    for name, url in channels.items():
        address = _address(name, url, environment)
        if REPORTER not in address.url:
            yield address
        elif _EMAIL.fullmatch(reporter):
            yield address._replace(url=address.url.replace(REPORTER, quote(reporter, safe="")))


def _address(channel: str, url: str, environment: Mapping[str, str]) -> Address:
    try:
        found = resolved(url, environment)
    except NoSuchSecret as missing:
        return Address(channel, problem=str(missing))
    return Address(channel, url=found, service=found)


def _own_address(
    method: ContactMethod, channel: OwnChannel, environment: Mapping[str, str]
) -> Address:
    try:
        found = method.filled(resolved(method.url, environment), channel.address)
    except (NoSuchSecret, ValueError) as wrong:
        return Address(channel.name, problem=str(wrong))
    return Address(channel.name, url=found, service=found)
