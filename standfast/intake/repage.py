"""Pages again about the incidents of a silence that was ended early."""

import asyncio
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.incidents.actions import Action, Page
from standfast.incidents.silence import RepageResult
from standfast.intake.actions import ANSWER_WITHIN, act
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused

_AT_ONCE = 20


async def repage(
    client: Client,
    incidents: Sequence[str],
    *,
    by: str,
    reason: str,
    answer_within: float = ANSWER_WITHIN,
) -> tuple[RepageResult, ...]:
    """Page whoever is on call about each incident, unless something else still suppresses it.

    An incident that is closed, or that somebody has, needs no page.
    """
    free = asyncio.Semaphore(_AT_ONCE)
    page = Page(by=by, reason=reason, overrule=False)

    async def one(incident_id: str) -> RepageResult:
        async with free:
            return await _repage(client, incident_id, page, answer_within)

    return tuple(await asyncio.gather(*map(one, incidents)))


async def _repage(
    client: Client, incident_id: str, page: Page, answer_within: float
) -> RepageResult:
    try:
        result = await act(client, incident_id, Action.PAGE, page, answer_within=answer_within)
    except (Refused, NoSuchIncident) as not_needed:
        done, words = True, str(not_needed)
    except NoAnswer as unanswered:
        done, words = False, str(unanswered)
    except RPCError as failed:
        done, words = False, f"{incident_id}: Temporal answered: {failed.message or failed.status}"
    else:
        done, words = True, f"{incident_id}: {result.message}"
    return RepageResult(incident_id=incident_id, done=done, words=words)
