"""Accounts at providers of SMS and calls: the policy's channels name them, with their secrets."""

from collections.abc import Iterator, Mapping

from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.phone.address import NotAnAddress, address_of
from standfast.phone.providers import provider_of
from standfast.policy import Policy


def secrets_of(
    policy: Policy, environment: Mapping[str, str], provider: str, account: str
) -> list[str]:
    """The secrets of an account, by which its webhooks are signed; none where nobody uses it.

    Usually one; two while it is changed.
    """
    found: dict[str, None] = {}
    for url in _urls(policy):
        try:
            text = resolved(url, environment)
            known = provider_of(text)
            address = address_of(text) if known and known.name == provider else None
        except (NoSuchSecret, NotAnAddress):
            continue
        if address and address.account == account:
            found[address.secret] = None
    return list(found)


def _urls(policy: Policy) -> Iterator[str]:
    for person in policy.people.values():
        yield from person.channels.values()
    yield from policy.reporters.channels.values()
