"""Where a recipient is reached: the channels of the policy, and their own, with all filled in."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from standfast.decisions.personal_channels import order_of_channels, urgency_of, usable
from standfast.incidents.notification import Audience, Notification
from standfast.incidents.own_channel import NOTHING_SET, OwnSettings
from standfast.notification.errors import UnknownRecipient
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.contact_methods import KINDS, ContactMethod

REPORTER = "{reporter}"

_EMAIL = KINDS["address"].pattern

_AT_THE_WORKER = "where the worker runs"


class Address(NamedTuple):
    """One channel of a recipient. `channel` is its name; only that may be shown.

    service: the URL before a reporter was filled in. What it does to one reporter it does to all.
    problem: why there is no URL.
    own_channel: the id of one that its person has added; empty for those of the policy.
    """

    channel: str
    url: str = ""
    service: str = ""
    problem: str = ""
    own_channel: str = ""


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

    def of(name: str) -> Address:
        if name not in their_own:
            return address_of(name, person.channels[name], environment)
        channel = their_own[name]
        method = policy.contact_methods[channel.method]
        found = own_address_of(name, method, channel.address, environment)
        return found._replace(own_channel=channel.id)

    return [of(name) for name in names]


def _chosen(channels: Mapping[str, str], through: Iterable[str]) -> Mapping[str, str]:
    """The channels of these names in this order; all of them where none is left."""
    return {name: channels[name] for name in through if name in channels} or channels


def _reporters(
    reporter: str, channels: Mapping[str, str], environment: Mapping[str, str]
) -> Iterable[Address]:
    """What a reporter wrote goes into a URL only as an e-mail address, percent-encoded."""
    for name, url in channels.items():
        address = address_of(name, url, environment)
        if REPORTER not in address.url:
            yield address
        elif _EMAIL.fullmatch(reporter):
            yield address._replace(url=address.url.replace(REPORTER, quote(reporter, safe="")))


def address_of(
    channel: str, url: str, environment: Mapping[str, str], where: str = _AT_THE_WORKER
) -> Address:
    """A channel with that URL, of the policy. where: in words, whose environment it is."""
    return _address(channel, lambda: resolved(url, environment), where)


def own_address_of(
    channel: str,
    method: ContactMethod,
    address: str,
    environment: Mapping[str, str],
    where: str = _AT_THE_WORKER,
) -> Address:
    """The same of a channel that its person has added, by that method with that address."""
    return _address(
        channel, lambda: method.filled(resolved(method.url, environment), address), where
    )


def _address(channel: str, url: Callable[[], str], where: str) -> Address:
    try:
        found = url()
    except NoSuchSecret as missing:
        return Address(channel, problem=f"{missing.variable} is not set {where}")
    except ValueError as wrong:
        return Address(channel, problem=str(wrong))
    return Address(channel, url=found, service=found)
