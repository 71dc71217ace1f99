"""Shows silences and ends them before their time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from standfast.incidents.silence import EndedSilence, RepageResult, ShownSilence, Silence
from standfast.intake.errors import Refused
from standfast.records.silences import Silences

Repaging = Callable[[Sequence[str], str], Awaitable[tuple[RepageResult, ...]]]
"""Pages again about incidents; the second argument is the reason."""


class NoSuchSilence(Refused):
    """There is no silence with that id."""


def listed_silences(silences: Silences, now: datetime, *, everything: bool) -> list[Silence]:
    """Those that are active or upcoming, and for `everything` those that are over, too."""
    found = silences.running_or_coming(now)
    return found + silences.over(now) if everything else found


def shown_silence(silences: Silences, silence_id: str) -> ShownSilence:
    """A silence, with what it has kept quiet. Raises NoSuchSilence."""
    silence = _found(silences, silence_id)
    return ShownSilence(silence=silence, incidents=tuple(silences.silenced_by(silence_id)))


async def end_silence(
    silences: Silences, silence_id: str, by: str, now: datetime, repage: Repaging
) -> EndedSilence:
    """End it, and page about what it kept quiet. Again, it pages about what was not reached.

    Raises:
        NoSuchSilence: there is none with that id.
    """
    await asyncio.to_thread(_found, silences, silence_id)
    ended_now = await asyncio.to_thread(silences.end, silence_id, by, now)
    ended = await asyncio.to_thread(_found, silences, silence_id)
    waiting = await asyncio.to_thread(_silenced, silences, ended, now)
    reason = f"{ended.id} was ended by {ended.ended_by}"
    results = await repage(waiting, reason) if waiting else ()
    for one in results:
        if one.done:
            await asyncio.to_thread(silences.note_woken, silence_id, one.incident_id)
    return EndedSilence(silence=ended, ended_now=ended_now, incidents=results)


def _silenced(silences: Silences, ended: Silence, now: datetime) -> list[str]:
    """The incidents that still wait for the planned end."""
    if ended.ends <= now:
        return []
    return [one.incident_id for one in silences.silenced_by(ended.id) if one.woken_at is None]


def _found(silences: Silences, silence_id: str) -> Silence:
    found = silences.get(silence_id)
    if found is None:
        raise NoSuchSilence(f"there is no silence {silence_id}")
    return found
