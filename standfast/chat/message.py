"""What the one message of an incident says now, decided by how the incident stands alone.

It is read at three in the morning: what is broken, who has it or is asked, since when. The reasons
are on the incident's page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from standfast.chat.card import Button, Card, Fact
from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.available_actions import available_actions
from standfast.incidents.confidentiality import TITLE
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.roles import Role

_LONGEST_TITLE = 200
_LONGEST_TEXT = 500
_MOST_NAMED = 5

WITH_A_TEXT = {Action.RESOLVE: ("summary", "What was done?")}
"""Actions whose button asks for a text: the field of the payload that it is, and the question."""

IN_CHAT = (
    Action.ACKNOWLEDGE,
    Action.APPROVE,
    Action.DENY,
    Action.RESUME,
    Action.RESOLVE,
    Action.ESCALATE,
    Action.DECLINE,
)
"""Actions that have a button where they make sense, the likeliest first. All others are on the
incident's page."""


@dataclass(frozen=True)
class Words:
    """What a card needs besides the incident.

    names: of the people of the policy, by key. link: to the incident's page. place: where else in
    this chat it is talked about, such as its own channel; empty for nowhere.
    """

    names: Mapping[str, str]
    link: str = ""
    place: str = ""

    def name(self, person: str) -> str:
        """Somebody as people call them."""
        return self.names.get(person, person)

    def all(self, people: tuple[str, ...] | list[str]) -> str:
        """Some people, the last ones where there are many."""
        left_out = len(people) - _MOST_NAMED
        named = ", ".join(self.name(each) for each in people[-_MOST_NAMED:])
        return f"{named} and {left_out} more" if left_out > 0 else named


def card(view: IncidentView, words: Words) -> Card:
    """The message of an incident as it stands now."""
    return Card(
        incident_id=view.incident_id,
        episode=view.episode,
        title=_title(view),
        status=_status(view, words),
        facts=tuple(_facts(view, words)),
        buttons=_buttons(view),
        link=words.link,
        over=view.status == "closed",
    )


def withheld(view: IncidentView) -> Card:
    """What is left of a message where the incident is not to be seen any more."""
    secret = view.confidential is not None
    return Card(
        incident_id=view.incident_id,
        episode=view.episode,
        title=TITLE if secret else view.incident_id,
        status=Fact("Status", "no more is said about it here" if secret else "shown elsewhere now"),
        over=True,
    )


def is_comment(entry: TimelineEntry) -> bool:
    """Whether an event of the timeline is what somebody wrote."""
    return entry.event in ("comment", "comment_to_reporter")


def comment_text(entry: TimelineEntry, words: Words) -> str:
    """A comment as it stands in the thread."""
    to = " (to the reporter too)" if entry.event == "comment_to_reporter" else ""
    return f"{words.name(entry.actor)} writes{to}: {entry.detail}"


def _title(view: IncidentView) -> str:
    title = view.title
    if len(title) > _LONGEST_TITLE:
        title = title[: _LONGEST_TITLE - 1].rstrip() + "…"
    priority = f"{view.priority} " if view.priority else ""
    again = f", episode {view.episode}" if view.episode > 1 else ""
    return f"{priority}{title} ({view.incident_id}{again})"


def _status(view: IncidentView, words: Words) -> Fact:
    for asked in _STATUSES:
        if status := asked(view, words):
            return status
    return Fact("Status", "Standfast is working on it", view.opened_at)


def _closed(view: IncidentView, words: Words) -> Fact | None:
    if view.status != "closed":
        return None
    by = words.name(view.resolution.by) if view.resolution else ""
    says = {
        Outcome.AUTOMATED: f"Resolved by the runbook {by.removeprefix('runbook ')}".rstrip(),
        Outcome.RESOLVED: f"Resolved by {by}" if by else "Resolved",
        Outcome.WITHDRAWN: "Withdrawn",
        Outcome.MERGED: f"Merged into {view.merged_into}",
    }
    over = says[view.outcome] if view.outcome else "Closed"
    return Fact("Over", over, view.closed_at)


def _on_hold(view: IncidentView, words: Words) -> Fact | None:
    if not view.on_hold:
        return None
    has_it = f"; {words.name(view.acknowledged_by)} has it" if view.acknowledged_by else ""
    return Fact("On hold", f"for {view.on_hold}{has_it}", _last(view, "held"))


def _approval(view: IncidentView, words: Words) -> Fact | None:
    waits = view.approval if view.approval and view.approval.waits else None
    if waits is None or view.stage is not Box.AUTOMATED_RESOLUTION:
        return None
    asked = words.all(list(waits.approvers))
    return Fact("Asked", f"{asked}: may the runbook {waits.runbook} run?", waits.asked_at)


def _verified(view: IncidentView, words: Words) -> Fact | None:
    if view.stage not in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP) or view.resolution is None:
        return None
    goes_on = "it is verified" if view.stage is Box.ISSUE_RESOLVED else "it is watched"
    who = words.name(view.resolution.by)
    return Fact("Resolved", f"by {who}, and now {goes_on}", view.resolution.at)


def _taken(view: IncidentView, words: Words) -> Fact | None:
    if not view.acknowledged_by or view.stage is not Box.RESOLVE:
        return None
    return Fact("Has it", words.name(view.acknowledged_by), _last(view, "acknowledged"))


def _quiet(view: IncidentView, _: Words) -> Fact | None:
    if not view.quiet_until or view.stage is not Box.RESOLVE:
        return None
    return Fact("Quiet", "nobody is paged until", view.quiet_until)


def _asked(view: IncidentView, words: Words) -> Fact | None:
    if view.stage is not Box.RESOLVE:
        return None
    paged = [e.person for e in view.timeline if e.event == "page_sent" and e.person]
    asked = words.all(list(dict.fromkeys(reversed(paged)))[::-1])
    who = f"Paged: {asked}" if asked else "Nobody was reached yet"
    return Fact("Nobody has it yet", who, _last(view, "page_sent"))


_STATUSES: tuple[Callable[[IncidentView, Words], Fact | None], ...] = (
    _closed,
    _on_hold,
    _approval,
    _verified,
    _taken,
    _quiet,
    _asked,
)
"""The first that has something to say says it."""


def _last(view: IncidentView, event: str) -> datetime | None:
    moments = (entry.at for entry in reversed(view.timeline) if entry.event == event)
    return next(moments, None)


def _facts(view: IncidentView, words: Words) -> list[Fact]:
    team = f"{view.team}, tier {view.tier}" if view.team and view.tier else view.team or ""
    users = view.report.users_affected
    resolution = view.resolution.summary if view.resolution else ""
    stated = (
        ("Service", view.report.service),
        ("Users affected", str(users) if users != 1 else ""),
        ("Worse", view.worse.words if view.worse else ""),
        ("What was done", _cut(resolution)),
        ("Team", team),
        ("Commander", words.name(view.commander) if view.commander else ""),
        ("Talk", words.place),
    )
    facts = [Fact(label, text) for label, text in stated if text]
    facts.append(Fact("Since", "", view.opened_at))
    if view.next_pages:
        upcoming = view.next_pages[0]
        facts.append(
            Fact("Next", f"{words.name(upcoming.whom)}, because {upcoming.why}", upcoming.at)
        )
    return facts


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1].rstrip() + "…"


def _buttons(view: IncidentView) -> tuple[Button, ...]:
    """What anybody may do now: who presses is known only then."""
    paged = [entry.person for entry in view.timeline if entry.event == "page_sent" and entry.person]
    asked = view.approval.approvers if view.approval else ()
    possible = {
        action
        for person in dict.fromkeys(("", *asked, *paged))
        for action in available_actions(view, person, Role.RESPONDER)
    }
    offered = [each for each in IN_CHAT if each in possible]
    return tuple(
        Button(
            action=f"{each}.{view.tier}" if each is Action.ESCALATE and view.tier else each,
            label=ACTIONS[each].button,
            asks=WITH_A_TEXT[each][1] if each in WITH_A_TEXT else "",
            main=number == 0,
        )
        for number, each in enumerate(offered)
    )
