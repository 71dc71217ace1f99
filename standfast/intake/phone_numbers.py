"""Whether a phone number is still one of a person's: who has removed it answers nothing by it."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from standfast.decisions.personal_channels import usable
from standfast.incidents.own_channel import OwnSettings
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.phone.address import address_of
from standfast.policy import Policy
from standfast.policy.contact_methods import ContactMethod


def is_reached_by(
    is_meant: Callable[[str], bool],
    person: str,
    policy: Policy,
    own: OwnSettings,
    environment: Mapping[str, str],
) -> bool:
    """Whether a number is one of the person's channels now, of the policy's or their own.

    is_meant: tells the number. Where a channel's secret is not known here, it may be that one.
    """
    if person not in policy.people:
        return False
    for url_of in _urls(person, policy, own):
        try:
            if is_meant(address_of(url_of(environment)).number):
                return True
        except NoSuchSecret:
            return True
        except ValueError:
            continue  # another kind of channel
    return False


def _urls(
    person: str, policy: Policy, own: OwnSettings
) -> Iterator[Callable[[Mapping[str, str]], str]]:
    yield from (partial(resolved, url) for url in policy.people[person].channels.values())
    for channel in usable(policy, own).values():
        yield partial(_filled, policy.contact_methods[channel.method], channel.address)


def _filled(method: ContactMethod, address: str, environment: Mapping[str, str]) -> str:
    return method.filled(resolved(method.url, environment), address)
