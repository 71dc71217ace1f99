"""Waking the incidents that a silence has kept quiet, once somebody has ended it early."""

import asyncio
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.incidents.actions import Action, Page
from standfast.intake.actions import ANSWER_WITHIN, act
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused
from standfast.messages.message import Message

_AT_ONCE = 20


class Woken(Message):
    """What became of one incident. `done` is False where nobody answered, so that it sleeps on."""

    incident_id: str
    done: bool
    words: str


async def wake(
    client: Client,
    incidents: Sequence[str],
    *,
    by: str,
    reason: str,
    answer_within: float = ANSWER_WITHIN,
) -> tuple[Woken, ...]:
    """Have whoever is on call paged about each incident, unless it is quiet for another reason.

    One that is closed, or in the hands of people, needs no waking.
    """
    free = asyncio.Semaphore(_AT_ONCE)
    page = Page(by=by, reason=reason, overrule=False)

    async def one(incident_id: str) -> Woken:
        async with free:
            return await _wake(client, incident_id, page, answer_within)

    return tuple(await asyncio.gather(*map(one, incidents)))


async def _wake(client: Client, incident_id: str, page: Page, answer_within: float) -> Woken:
    try:
        result = await act(client, incident_id, Action.PAGE, page, answer_within=answer_within)
    except (Refused, NoSuchIncident) as needless:
        done, words = True, str(needless)
    except NoAnswer as silent:
        done, words = False, str(silent)
    except RPCError as failed:
        done, words = False, f"{incident_id}: Temporal answered: {failed.message or failed.status}"
    else:
        done, words = True, f"{incident_id}: {result.message}"
    return Woken(incident_id=incident_id, done=done, words=words)
