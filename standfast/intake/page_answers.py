"""Answers to pages: the one place where an answer becomes an action, by whatever way it comes.

Whoever answers is told at once what became of it: also when it comes twice, late, or in vain. An
answer is one workflow update, as by the API; the delivery ledger notes beside it that the latest
message to whoever answered was answered.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError

from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.confidentiality import as_reader, role_in
from standfast.incidents.record import IncidentView, LookupResult, Outcome
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.intake.actions import act
from standfast.intake.errors import IntakeError, NoAnswer, NoSuchIncident, Refused
from standfast.intake.page_links import PageClaim
from standfast.messages.message import InboundMessage, words_of
from standfast.messages.problems import problems
from standfast.policy import Policy
from standfast.records.delivery import Progress
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.records.deliveries import Deliveries

_log = logging.getLogger(__name__)

_NOTHING: Mapping[str, object] = MappingProxyType({})

_ENDED = {
    Outcome.WITHDRAWN: "it was withdrawn",
    Outcome.MERGED: "it was merged into another",
}


class AnswerKind(StrEnum):
    """What became of an answer.

    done: what was asked. already: the person had done it before. taken: somebody else has it.
    refused: it makes no sense now, or the person may not.
    unknown: nobody answered in time; it may still be done. Trying again does no harm.
    """

    DONE = "done"
    ALREADY = "already"
    TAKEN = "taken"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class PageAnswer(NamedTuple):
    """What became of an answer; `words` are one or two sentences for whoever gave it.

    has_it: who has acknowledged the incident, as far as is known; `since` is when.
    """

    kind: AnswerKind
    words: str
    has_it: str = ""
    since: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether what was asked is so now."""
        return self.kind in (AnswerKind.DONE, AnswerKind.ALREADY)


class FindsIncidents(Protocol):
    """Reads incidents, as `lookup.Lookup` does."""

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult: ...


class PageAnswers:
    """Takes answers to pages."""

    def __init__(
        self,
        client: Client,
        policy: Callable[[], Policy],
        incidents: FindsIncidents,
        ledger: "Deliveries | None" = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`policy` gives the one in force now, as `PolicySource.current` does."""
        self._client = client
        self._policy = policy
        self._incidents = incidents
        self._ledger = ledger
        self._clock = clock
        self._noting: set[asyncio.Task[None]] = set()

    async def answer(
        self,
        claim: PageClaim,
        action: Action,
        via: Via,
        given: Mapping[str, object] = _NOTHING,
        *,
        update_id: str | None = None,
    ) -> PageAnswer:
        """Do what somebody answers who was paged: the claim is the proof of that.

        given: further fields of the action's payload, such as `reason`.
        update_id: the idempotency key of the answer, where the way by which it comes has one: the
            same again is done once.

        Raises:
            RuntimeError: the client cannot connect to Temporal; nothing was done.
        """
        return await self._answer(
            claim.person, claim.incident_id, claim.episode, action, via, given, update_id
        )

    async def answer_of(
        self,
        person: str,
        incident_id: str,
        episode: int,
        action: Action,
        via: Via,
        given: Mapping[str, object] = _NOTHING,
        *,
        update_id: str | None = None,
    ) -> PageAnswer:
        """The same for somebody who is known for sure, but may not have been paged.

        They need to find the incident as a responder; else they hear what they would hear if there
        were none.
        """
        no_such = PageAnswer(AnswerKind.REFUSED, f"There is no incident {incident_id}.")
        try:
            view = (await self._incidents.find(incident_id, episode)).view
        except NoSuchIncident:
            return no_such
        except (IntakeError, RPCError) as away:
            return _not_known(incident_id, away)
        if not self._may_act(person, view):
            return no_such
        return await self._answer(person, incident_id, episode, action, via, given, update_id)

    def has_it(self, view: IncidentView, person: str) -> PageAnswer | None:
        """That somebody has acknowledged it, in words for that person; None where nobody has."""
        owner = view.acknowledged_by
        if not owner or view.status == "closed":
            return None
        since = next(
            (
                entry.at
                for entry in reversed(view.timeline)
                if entry.event == "acknowledged" and entry.actor == owner
            ),
            None,
        )
        ago = max(self._clock() - since, timedelta()) if since else None
        when = f": acknowledged {words_of(ago)} ago" if ago is not None else ""
        if owner == person:
            return PageAnswer(AnswerKind.ALREADY, f"You have it already{when}.", owner, since)
        return PageAnswer(AnswerKind.TAKEN, f"{owner} has it{when}.", owner, since)

    async def _answer(
        self,
        person: str,
        incident_id: str,
        episode: int,
        action: Action,
        via: Via,
        given: Mapping[str, object],
        update_id: str | None,
    ) -> PageAnswer:
        if person not in self._policy().people:
            words = f"The policy's people have nobody called {person} (any more)."
            return PageAnswer(AnswerKind.REFUSED, words)
        described = ACTIONS[action]
        who = {"by": person, "via": via, "episode": episode}
        try:
            payload: InboundMessage = described.payload.model_validate({**given, **who})
        except ValidationError as wrong:
            return PageAnswer(
                AnswerKind.REFUSED, "; ".join(problems(wrong, described.payload.model_fields))
            )
        try:
            result = await act(self._client, incident_id, action, payload, update_id=update_id)
        except Refused as refused:
            why = str(refused).removeprefix(f"{incident_id}: ")
            return await self._refused(person, incident_id, episode, action, why)
        except NoSuchIncident as none:
            return await self._refused(person, incident_id, episode, action, str(none))
        except (NoAnswer, RPCError) as away:
            return _not_known(incident_id, away)
        self._note(person, incident_id, episode, f"{action} {via.words}")
        if action is Action.ACKNOWLEDGE:
            words = "You have it: paging has stopped."
            return PageAnswer(AnswerKind.DONE, words, person, self._clock())
        return PageAnswer(AnswerKind.DONE, _sentence(result.message, self._policy().people))

    def _note(self, person: str, incident_id: str, episode: int, how: str) -> None:
        """Note beside all else that a message was answered: nobody waits for it."""
        if self._ledger is None:
            return
        note = asyncio.to_thread(_noted, self._ledger, person, incident_id, episode, how)
        task = asyncio.create_task(note)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _refused(
        self, person: str, incident_id: str, episode: int, action: Action, why: str
    ) -> PageAnswer:
        """The incident refused it: by what is known of it now, who has it and since when."""
        try:
            view = (await self._incidents.find(incident_id, episode)).view
        except (IntakeError, RPCError) as away:
            _log.info("%s: no more is said about a refused %s: %s", incident_id, action, away)
            return PageAnswer(AnswerKind.REFUSED, _sentence(why, self._policy().people))
        if view.status == "closed":
            how = _ENDED.get(view.outcome, "it has closed") if view.outcome else "it has closed"
            ago = self._clock() - view.closed_at if view.closed_at else None
            when = f" {words_of(max(ago, timedelta()))} ago" if ago is not None else ""
            return PageAnswer(AnswerKind.REFUSED, f"Too late: {how}{when}.")
        owned = self.has_it(view, person)
        taken = owned is not None and owned.kind is AnswerKind.TAKEN
        if owned and (action is Action.ACKNOWLEDGE or (taken and action is Action.DECLINE)):
            return owned
        return PageAnswer(
            AnswerKind.REFUSED,
            _sentence(why, self._policy().people),
            owned.has_it if owned else "",
            owned.since if owned else None,
        )

    def _may_act(self, person: str, view: IncidentView) -> bool:
        """Whether they are of the policy, and find it as a responder."""
        policy = self._policy()
        if person not in policy.people:
            return False
        reader = as_reader(person, policy.teams_of(person), own_team=policy.access.by_team)
        seen_as = role_in(view, person, Role.RESPONDER, reader)
        return seen_as is not None and seen_as.may(Role.RESPONDER)


def _noted(ledger: "Deliveries", person: str, incident_id: str, episode: int, how: str) -> None:
    try:
        now = datetime.now(UTC)
        ledger.note_latest(incident_id, episode, person, Progress.ANSWERED, now, how)
    except RecordsUnavailable as away:
        _log.info("that %s has answered is not noted: %s", person, away)


def _not_known(incident_id: str, away: Exception) -> PageAnswer:
    """Nobody answered, or Temporal is away."""
    _log.warning("an answer to a page about %s is not confirmed: %s", incident_id, away)
    return PageAnswer(
        AnswerKind.UNKNOWN,
        "It is not confirmed yet, and may or may not be done. Please try again in a minute.",
    )


def _sentence(words: str, people: Collection[str]) -> str:
    """Words as a sentence. A person whom it begins with is named as everywhere else."""
    first = words if words.partition(" ")[0] in people else f"{words[:1].upper()}{words[1:]}"
    return f"{first.rstrip('.')}."
