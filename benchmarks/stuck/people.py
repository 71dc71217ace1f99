"""Those who act on an incident, undeterred, and those who look at it all the time."""

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError

from benchmarks.stuck.installation import PATIENCE, REPORTER, Installation
from standfast.incidents import names
from standfast.incidents.actions import ACTIONS, Action
from standfast.intake.actions import act
from standfast.intake.errors import IntakeError, NoAnswer, NoSuchIncident, Refused

_ANSWER_WITHIN = 8.0
_ACTS_AGAIN_AFTER = 0.2
_PAUSE = 0.3
"""Seconds between two actions on an incident, at most."""

METADATA = "__temporal_workflow_metadata"
"""What Temporal's Web UI asks when the page of a run opens."""

ANSWERED = "answered"

Look = Callable[[str], Awaitable[object]]
"""Looks at an incident, by its id."""

_ANA = "ana"
_STORY: tuple[tuple[Action, dict[str, Any]], ...] = (
    *((Action.COMMENT, {"by": _ANA, "text": f"note {number}"}) for number in (1, 2, 3)),
    (Action.ACKNOWLEDGE, {"by": _ANA}),
    (Action.RESOLVE, {"by": _ANA, "summary": "turned it off and on"}),
    (Action.VERIFY, {"by": REPORTER, "verdict": "resolved"}),
)


async def do(installation: Installation, incident: str, action: Action, **fields: Any) -> bool:
    """Act until it is answered; whether it was. A refusal, and that it has closed, are answers."""
    payload, update_id = ACTIONS[action].payload(**fields), str(uuid.uuid4())
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            await act(
                installation.client,
                incident,
                action,
                payload,
                answer_within=_ANSWER_WITHIN,
                update_id=update_id,
            )
        except (Refused, NoSuchIncident):
            return True
        except (NoAnswer, RPCError):
            await asyncio.sleep(_ACTS_AGAIN_AFTER)
        else:
            return True
    return False


async def see_through(installation: Installation, incident: str) -> None:
    """Comment, acknowledge, resolve, confirm: with short pauses, as far as it can be done."""
    for action, fields in _STORY:
        await asyncio.sleep(random.uniform(0.0, _PAUSE))
        if not await do(installation, incident, action, **fields):
            return


def by_query(
    installation: Installation, query: str = names.QUERY_INCIDENT, within: float = 4.0
) -> Look:
    """As `temporal workflow query` does, or the Web UI; gives up after so many seconds."""

    async def look(incident: str) -> object:
        handle = installation.client.get_workflow_handle(incident)
        answer: object = await handle.query(query, rpc_timeout=timedelta(seconds=within))
        return answer

    return look


class Looking:
    """Looks that go on beside what people do; `looks` counts them by how they ended."""

    def __init__(self) -> None:
        self.looks: Counter[str] = Counter()

    async def once(self, look: Look, incident: str) -> None:
        """Look, whether or not there is somebody to answer."""
        try:
            await look(incident)
        except (
            IntakeError,
            RPCError,
            WorkflowQueryFailedError,
            WorkflowQueryRejectedError,
        ) as error:
            self.looks[type(error).__name__] += 1
        else:
            self.looks[ANSWERED] += 1

    @asynccontextmanager
    async def all_the_time(
        self, looks: Sequence[Look], incident: str, every: float
    ) -> AsyncIterator[None]:
        """Each of the looks about every so many seconds, until the block ends."""
        over = asyncio.Event()

        async def look_on(look: Look) -> None:
            while not over.is_set():
                await asyncio.sleep(every * random.uniform(0.5, 1.5))
                await self.once(look, incident)

        lookers = [asyncio.create_task(look_on(look)) for look in looks]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*lookers)
