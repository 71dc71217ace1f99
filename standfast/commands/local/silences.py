"""Silences on the server's machine: on record; whoever is paged again is, through Temporal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from temporalio.service import RPCError

from standfast.commands.fields import valid
from standfast.decisions.unknown_names import unknown_names
from standfast.hosting.errors import HostingError
from standfast.incidents.silence import (
    AddedSilence,
    EndedSilence,
    EndSilence,
    NewSilence,
    RepageResult,
    ShownSilence,
    Silence,
)
from standfast.intake.repage import repage
from standfast.intake.silencing import end_silence, listed_silences, shown_silence
from standfast.policy_file.loading import PolicyError, load_policy

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalSilences:
    """As `session.Silences`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def add(self, fields: Mapping[str, Any]) -> AddedSilence:
        """Put it on record."""
        asked = valid(NewSilence, fields)
        try:
            notes = tuple(unknown_names(load_policy(self._session.settings.policy), asked.matcher))
        except PolicyError as broken:
            notes = (f"{broken.problems[0]}; the names that you gave were not checked",)
        added = self._session.records.silences.add(asked)
        self._session.acted_for(asked.by, f"add {added.id} for {added.matcher.in_words}")
        return AddedSilence(silence=added, notes=notes)

    async def list(self, *, everything: bool) -> "list[Silence]":
        """Those on record."""
        silences = self._session.records.silences
        return listed_silences(silences, datetime.now(UTC), everything=everything)

    async def show(self, silence_id: str) -> ShownSilence:
        """The one on record."""
        return shown_silence(self._session.records.silences, silence_id)

    async def end(self, silence_id: str, by: str) -> EndedSilence:
        """End it on record, and page through Temporal, if that can be reached."""
        who = valid(EndSilence, {"by": by}).by

        async def page(incidents: Sequence[str], reason: str) -> tuple[RepageResult, ...]:
            try:
                client = await self._session.client()
                return await repage(client, incidents, by=who, reason=reason)
            except (HostingError, RPCError) as away:
                why = str(away)
            return tuple(RepageResult(incident_id=one, done=False, words=why) for one in incidents)

        silences = self._session.records.silences
        ended = await end_silence(silences, silence_id, who, datetime.now(UTC), page)
        self._session.acted_for(who, f"end {silence_id}")
        return ended
