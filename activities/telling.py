"""Telling several people something; who was reached by an earlier attempt is not told again."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import failed_delivery
from activities.requests import ToldSoFar
from standfast.incidents.closing import Told
from standfast.incidents.notification import Notification
from standfast.notification.errors import NotDelivered, Undeliverable

if TYPE_CHECKING:
    from standfast.notification.delivery import MessageDelivery

TELL_ATTEMPTS = 5
"""Attempts in which somebody who was not reached is tried again; then the record says so."""


def told_before() -> dict[str, Told]:
    """Whom earlier attempts of this activity told."""
    details = activity.info().heartbeat_details
    return ToldSoFar.model_validate(details[0]).told if details and details[0] else {}


async def tell_all(
    delivery: "MessageDelivery", messages: Sequence[Notification], told: dict[str, Told]
) -> None:
    """Reach every recipient who is not among the `told` yet, and add them.

    In the last attempts it adds who was not reached, with the reason.
    """
    waiting = [message for message in messages if message.key not in told]
    failures = await asyncio.gather(*(_reach(delivery, message, told) for message in waiting))
    for failure in filter(None, failures):
        raise failure


async def _reach(
    delivery: "MessageDelivery", message: Notification, told: dict[str, Told]
) -> Exception | None:
    """Reach one of them; why another attempt is to be made."""
    recipient, may_try_again = message.recipient, activity.info().attempt < TELL_ATTEMPTS
    try:
        sent = await delivery.deliver(message, activity.info().scheduled_time)
    except NotDelivered as problem:
        if isinstance(problem, Undeliverable) and may_try_again:
            return failed_delivery(problem)
        told[message.key] = Told(recipient=recipient, problem=str(problem))
    except Exception as fault:
        if may_try_again:
            return fault
        # A fault of ours must not keep the record from being written.
        activity.logger.exception("%s was not told", recipient)
        problem_words = f"failed with {type(fault).__name__}"
        told[message.key] = Told(recipient=recipient, problem=problem_words)
    else:
        told[message.key] = Told(recipient=recipient, channel=sent.channel, problems=sent.problems)
    return None
