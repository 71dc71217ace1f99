"""Answers to pages: the one place where an answer becomes an action, by whatever way it comes.

Whoever answers is told at once what became of it: also when it comes twice, late, or in vain. An
answer is one workflow update, as by the API; the delivery ledger notes beside it that the latest
message to whoever answered was answered.

By link, button, key, SMS and mail the page itself shows who somebody is. Of a confidential incident
that is good for an acknowledgement, and they hear no names; in a chat people are signed in.
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

from standfast.incidents.actions import ACTIONS, Action, Comment
from standfast.incidents.confidentiality import as_reader, role_in
from standfast.incidents.flowchart import Box
from standfast.incidents.paged import can_answer
from standfast.incidents.record import IncidentView, LookupResult, Outcome
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.intake.actions import act
from standfast.intake.errors import IntakeError, NoAnswer, NoSuchIncident, Refused
from standfast.intake.page_links import PageClaim
from standfast.intake.record_additions import comment_by
from standfast.messages.message import InboundMessage, words_of
from standfast.messages.problems import problems
from standfast.notification.kinds.registry import providers_answered
from standfast.policy import Policy
from standfast.records.delivery import Progress
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.records.deliveries import Deliveries
    from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_NOTHING: Mapping[str, object] = MappingProxyType({})

_CONFIDENTIAL = "It is confidential: sign in to do more than acknowledge it."


class AnswerKind(StrEnum):
    """What became of an answer.

    done: what was asked. on_record: it has closed, so a comment is on its record. already: the
    person had done it before. taken: somebody else has it.
    refused: it makes no sense now, or the person may not.
    unknown: nobody answered in time; it may still be done. Trying again does no harm.
    """

    DONE = "done"
    ON_RECORD = "on_record"
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
        return self.kind in (AnswerKind.DONE, AnswerKind.ON_RECORD, AnswerKind.ALREADY)


class _Answer(NamedTuple):
    """What somebody answers. signed_in: it is known who they are by more than that they have a
    page. on_record: a comment is to be on the record of what has closed. The others are as in
    `PageAnswers.answer_of`.
    """

    person: str
    incident_id: str
    episode: int
    action: Action
    via: Via
    given: Mapping[str, object]
    update_id: str | None
    signed_in: bool
    on_record: bool


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
        records: "RecordStore | None" = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`policy` gives the one in force now, as `PolicySource.current` does. Without `records` it
        is not noted that messages were answered, and nothing is added to what has closed.
        """
        self._client = client
        self._policy = policy
        self._incidents = incidents
        self._records = records
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
        on_record: bool = False,
    ) -> PageAnswer:
        """Do what somebody answers who was paged: the claim is the proof of that.

        given: further fields of the action's payload, such as `reason`.
        on_record: a comment on what has closed is to be on its record.
        update_id: the idempotency key of the answer, where the way by which it comes has one: the
            same again is done once.

        Raises:
            RuntimeError: the client cannot connect to Temporal; nothing was done.
        """
        asked = _Answer(
            claim.person,
            claim.incident_id,
            claim.episode,
            action,
            via,
            given,
            update_id,
            signed_in=False,
            on_record=on_record,
        )
        if not can_answer(action, confidential=True) and (refused := await self._kept_from(asked)):
            return refused
        return await self._do(asked)

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
        if not may_act(self._policy(), person, view):
            return no_such
        asked = _Answer(
            person,
            incident_id,
            episode,
            action,
            via,
            given,
            update_id,
            signed_in=True,
            on_record=True,
        )
        return await self._do(asked)

    def has_it(
        self, view: IncidentView, person: str, *, signed_in: bool = False, again: bool = False
    ) -> PageAnswer | None:
        """That somebody has acknowledged it, in words for that person; None where nobody has.

        signed_in: without, nobody is named of a confidential one. again: they acknowledge it once
            more.
        """
        owner = view.acknowledged_by
        if not owner or view.stage is not Box.RESOLVE:
            return None
        since = next(
            (
                entry.at
                for entry in reversed(view.timeline)
                if entry.event == "acknowledged" and entry.actor == owner
            ),
            None,
        )
        when = f": acknowledged {self._ago(since)}" if since else ""
        if owner == person:
            words = f"You have it{' already' if again else ''}{when}."
            return PageAnswer(AnswerKind.ALREADY, words, owner, since)
        who = owner if signed_in or not view.confidential else "Somebody else"
        return PageAnswer(AnswerKind.TAKEN, f"{who} has it{when}.", owner, since)

    async def _kept_from(self, asked: _Answer) -> PageAnswer | None:
        """Why it cannot be answered so, of what is confidential or may be; None where it can."""
        try:
            view = (await self._incidents.find(asked.incident_id, asked.episode)).view
        except NoSuchIncident:
            return None  # whoever does it will say so
        except (IntakeError, RPCError) as away:
            _log.warning("an answer to a page about %s was not done: %s", asked.incident_id, away)
            return PageAnswer(
                AnswerKind.UNKNOWN,
                "Nothing was done: it cannot be looked up right now. Acknowledge it, or try again "
                "in a minute.",
            )
        if can_answer(asked.action, confidential=view.confidential is not None):
            return None
        return PageAnswer(AnswerKind.REFUSED, _CONFIDENTIAL)

    async def _do(self, asked: _Answer) -> PageAnswer:
        person, incident_id, action = asked.person, asked.incident_id, asked.action
        if person not in self._policy().people:
            words = f"The policy's people have nobody called {person} (any more)."
            return PageAnswer(AnswerKind.REFUSED, words)
        described = ACTIONS[action]
        who = {"by": person, "via": asked.via, "episode": asked.episode}
        try:
            payload: InboundMessage = described.payload.model_validate({**asked.given, **who})
        except ValidationError as wrong:
            return PageAnswer(
                AnswerKind.REFUSED, "; ".join(problems(wrong, described.payload.model_fields))
            )
        try:
            if isinstance(payload, Comment) and asked.on_record and self._records:
                done = await comment_by(
                    self._client,
                    self._records,
                    self._incidents.find,
                    incident_id,
                    payload,
                    may=lambda view: may_act(self._policy(), person, view),
                    via=asked.via,
                    update_id=asked.update_id,
                )
                if done.on_record:
                    return PageAnswer(AnswerKind.ON_RECORD, done.on_record)
                result = done.result
            else:
                result = await act(
                    self._client, incident_id, action, payload, update_id=asked.update_id
                )
        except Refused as refused:
            return await self._refused(asked, str(refused).removeprefix(f"{incident_id}: "))
        except NoSuchIncident as none:
            return await self._refused(asked, str(none))
        except (NoAnswer, RPCError, RecordsUnavailable) as away:
            return _not_known(incident_id, away)
        self._note(asked)
        if action is Action.ACKNOWLEDGE:
            words = "You have it: paging has stopped."
            return PageAnswer(AnswerKind.DONE, words, person, self._clock())
        return PageAnswer(AnswerKind.DONE, _sentence(result.message, self._policy().people))

    def _note(self, asked: _Answer) -> None:
        """Note beside all else that a message was answered: nobody waits for it.

        Of an SMS, a call and a chat's message whoever takes them knows which it was, and notes it.
        """
        if self._records is None or asked.via not in (Via.LINK, Via.PUSH, Via.MAIL):
            return
        note = asyncio.to_thread(_noted, self._records.deliveries, asked)
        task = asyncio.create_task(note)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _refused(self, asked: _Answer, why: str) -> PageAnswer:
        """The incident refused it: by what is known of it now, who has it and since when."""
        incident_id, action = asked.incident_id, asked.action
        try:
            view = (await self._incidents.find(incident_id, asked.episode)).view
        except (IntakeError, RPCError) as away:
            _log.info("%s: no more is said about a refused %s: %s", incident_id, action, away)
            return PageAnswer(AnswerKind.REFUSED, _sentence(why, self._policy().people))
        if view.status == "closed":
            when = f" {self._ago(view.closed_at)}" if view.closed_at else ""
            return PageAnswer(AnswerKind.REFUSED, f"Too late: {how_it_ended(view)}{when}.")
        again = action is Action.ACKNOWLEDGE
        owned = self.has_it(view, asked.person, signed_in=asked.signed_in, again=again)
        taken = owned is not None and owned.kind is AnswerKind.TAKEN
        if owned and (again or (taken and action is Action.DECLINE)):
            return owned
        if view.confidential and not asked.signed_in:
            why = "this cannot be done now: sign in to see why"
        return PageAnswer(
            AnswerKind.REFUSED,
            _sentence(why, self._policy().people),
            owned.has_it if owned else "",
            owned.since if owned else None,
        )

    def _ago(self, moment: datetime) -> str:
        return f"{words_of(max(self._clock() - moment, timedelta()))} ago"


def may_act(policy: Policy, person: str, view: IncidentView) -> bool:
    """Whether somebody is of the policy, and finds an incident as a responder."""
    if person not in policy.people:
        return False
    reader = as_reader(person, policy.teams_of(person), own_team=policy.access.by_team)
    seen_as = role_in(view, person, Role.RESPONDER, reader)
    return seen_as is not None and seen_as.may(Role.RESPONDER)


def how_it_ended(view: IncidentView) -> str:
    """What became of an incident that is over, as the rest of a sentence."""
    if view.merged_into:
        return f"it was merged into {view.merged_into}"
    return "it was withdrawn" if view.outcome == Outcome.WITHDRAWN else "it has closed"


def _noted(ledger: "Deliveries", asked: _Answer) -> None:
    whose = (asked.incident_id, asked.episode, asked.person)
    how, now = f"{asked.action} {asked.via.words}", datetime.now(UTC)
    try:
        sent_by = providers_answered(asked.via)
        ledger.note_latest(*whose, Progress.ANSWERED, now, how, sent_by)
    except RecordsUnavailable as away:
        _log.info("that %s has answered is not noted: %s", asked.person, away)


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
