"""Accounts at providers of SMS and calls: the policy's channels name them, with their secrets."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.phone.address import address_of
from standfast.phone.providers import provider_of
from standfast.policy import Policy
from standfast.policy.contact_methods import ContactMethod


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
    for url_of in _urls(policy):
        try:
            whole = url_of(environment)
            if provider := provider_of(whole):
                address = address_of(whole)
                yield PhoneAccount(provider.name, address.account, address.secret)
        except (NoSuchSecret, ValueError):
            continue  # `policy check` tells


def _urls(policy: Policy) -> Iterator[Callable[[Mapping[str, str]], str]]:
    """The URL of each channel, and of what people may add with some number, by the environment."""
    for person in policy.people.values():
        yield from (partial(resolved, url) for url in person.channels.values())
    yield from (partial(resolved, url) for url in policy.reporters.channels.values())
    yield from (partial(_example_of, method) for method in policy.contact_methods.values())


def _example_of(method: ContactMethod, environment: Mapping[str, str]) -> str:
    return method.filled(resolved(method.url, environment), method.kind.example)
