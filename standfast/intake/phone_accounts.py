"""Accounts at providers of SMS and calls: the policy's channels name them, with their secrets."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.phone.address import NotAnAddress, address_of
from standfast.phone.providers import provider_of
from standfast.policy import Policy


class PhoneAccount(NamedTuple):
    """An account of a provider, with the secret by which it signs."""

    provider: str
    name: str
    secret: str


def accounts_of(policy: Policy, environment: Mapping[str, str]) -> frozenset[PhoneAccount]:
    """Those that channels use whose secrets are known here. One may have two secrets for a while,
    when they are changed.
    """
    return frozenset(_accounts(policy, environment))


def _accounts(policy: Policy, environment: Mapping[str, str]) -> Iterator[PhoneAccount]:
    for url in _urls(policy):
        try:
            whole = resolved(url, environment)
            if provider := provider_of(whole):
                address = address_of(whole)
                yield PhoneAccount(provider.name, address.account, address.secret)
        except (NoSuchSecret, NotAnAddress):
            continue  # `policy check` tells


def _urls(policy: Policy) -> Iterator[str]:
    for person in policy.people.values():
        yield from person.channels.values()
    yield from policy.reporters.channels.values()
