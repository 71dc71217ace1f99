"""Lists the channels of people, and sends test messages through them."""

import asyncio
import secrets
from collections.abc import Iterator

from standfast.incidents.assessment import Priority
from standfast.incidents.channel_list import ChannelTestResult, ListedChannel
from standfast.incidents.notification import Audience, Purpose
from standfast.notification.channels import TRY_FOR
from standfast.notification.errors import UnknownRecipient
from standfast.notification.kinds.kind import KindContext, scheme_of
from standfast.notification.kinds.registry import kind_of
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import CircuitBreaker
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy


def listed_channels(
    policy: Policy, context: KindContext, person: str = ""
) -> Iterator[ListedChannel]:
    """The channels of a person, or of everybody, in the order to try.

    Raises:
        UnknownRecipient: the policy has nobody of that name.
    """
    for key in [person] if person else policy.people:
        for name, url in _channels_of(policy, key).items():
            try:
                whole = resolved(url, context.environment)
            except NoSuchSecret as missing:
                problem = f"{missing.variable} is not set here"
                yield ListedChannel(person=key, name=name, problem=problem)
                continue
            kind = kind_of(whole)
            yield ListedChannel(
                person=key,
                name=name,
                kind=scheme_of(whole),
                form=kind.form_of(whole),
                problem=kind.problem_of(whole),
            )


async def send_test(
    policy: Policy,
    context: KindContext,
    person: str,
    channel: str,
    by: str,
    circuit_breaker: CircuitBreaker | None = None,
) -> ChannelTestResult:
    """Send a test message through exactly that channel, as loud as a page.

    Raises:
        UnknownRecipient: the policy has nobody of that name, or they have no such channel.
    """
    channels = _channels_of(policy, person)
    if channel not in channels:
        there = ", ".join(channels) or "none"
        raise UnknownRecipient(f"{person} has no channel called {channel!r}; there are: {there}")
    tested = ChannelTestResult(person=person, channel=channel)
    try:
        url = resolved(channels[channel], context.environment)
    except NoSuchSecret as missing:
        return tested.model_copy(update={"problem": f"{missing.variable} is not set here"})
    kind = await asyncio.to_thread(kind_of, url)
    message = _test_message(person, channel, by)
    attempt = await (circuit_breaker or CircuitBreaker()).attempt(
        url, lambda: kind.send(url, message, context), TRY_FOR
    )
    said = {
        "provider": kind.provider,
        "provider_id": attempt.provider_id,
        "problem": attempt.problem,
    }
    return tested.model_copy(update=said)


def _channels_of(policy: Policy, person: str) -> dict[str, str]:
    known = policy.people.get(person)
    if known is None:
        raise UnknownRecipient(f"the policy's people have nobody called {person!r}")
    return known.channels


def _test_message(person: str, channel: str, by: str) -> OutgoingMessage:
    return OutgoingMessage(
        key=f"test:{secrets.token_hex(8)}",
        incident_id="",
        purpose=Purpose.PAGE,
        audience=Audience.PERSON,
        recipient=person,
        priority=Priority.P1,
        title="Test: nothing is wrong",
        body=f"This is a test of the channel {channel} of {person}, sent by {by}. There is nothing "
        "to do. A page will arrive like this.",
    )
