"""The messages of an episode: what they say, and the key that each has for ever."""

from collections.abc import Sequence
from datetime import datetime

from temporalio import workflow

from workflows.episode import Episode

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import notification_texts as texts
    from standfast.incidents.ids import idempotency_key
    from standfast.incidents.message_content import SECRET
    from standfast.incidents.notification import ANSWERED_BY_LINK, Audience, Notification, Purpose
    from standfast.incidents.reporter_view import reporter_view
    from workflows.state import State

_MOST_OTHERS = 10
"""Names of others who were called, in one message."""


class Messages:
    """Makes messages about the incident as it is now."""

    def __init__(self, episode: Episode) -> None:
        self._episode = episode
        self._state = episode.state

    def next_step(self, kind: str) -> str:
        """The name of the next step in which something is sent; its messages share it."""
        self._state.notifications += 1
        return f"{kind}-{self._state.notifications}"

    def message(
        self,
        step: str,
        attempt: int,
        purpose: Purpose,
        recipient: str,
        why: str,
        audience: Audience = Audience.PERSON,
        through: tuple[str, ...] = (),
        *,
        others: Sequence[str] = (),
        happened_at: datetime | None = None,
    ) -> Notification:
        """The message to one recipient of a step, of which `attempt` is the number.

        others: who else is called at the same time; who was called before is known.
        happened_at: as in `MessageContent`.
        """
        incident = self._episode.view()
        secret = incident.confidential is not None and audience is Audience.PERSON
        called = dict.fromkeys((*self._state.reached, *others))
        if audience is Audience.REPORTER:
            incident = reporter_view(incident, recipient)
        content = SECRET
        if not secret:
            content = texts.content_of(
                purpose,
                incident,
                why,
                users=self._state.ledger.most_users,
                others=tuple(each for each in called if each != recipient)[:_MOST_OTHERS],
                happened_at=happened_at,
            )
        return Notification(
            key=idempotency_key(incident.incident_id, incident.episode, step, attempt),
            incident_id=incident.incident_id,
            purpose=purpose,
            audience=audience,
            recipient=recipient,
            through=through,
            team=incident.team or "",
            at_once=incident.worse is not None,
            priority=self._episode.priority,
            content=content,
            asked_at=self._episode.now if purpose in ANSWERED_BY_LINK else None,
        )


def owners_of(state: State) -> list[str]:
    """Who is to know first: who has acknowledged it, then who is to be paged."""
    assignment = state.assignment
    contacts = [*assignment.contacts, assignment.last_resort] if assignment else []
    return [state.acknowledged_by, *contacts] if state.acknowledged_by else contacts
