"""A run in Markdown, for the Temporal UI: where it stands, whose it is, what it waits for."""

from datetime import datetime

from standfast.incidents.confidentiality import TITLE
from standfast.incidents.record import IncidentView
from standfast.incidents.review import Review, ReviewState
from standfast.messages.markdown import escaped
from standfast.messages.message import short

_LAST_ENTRIES = 8


def details_of(incident: IncidentView) -> str:
    """The current details of a run; of a confidential one they tell only that."""
    if incident.confidential:
        return f"### {TITLE}\nSign in to the console to see it."
    owner = incident.acknowledged_by or incident.assignee or "nobody yet"
    team = f"{incident.team} tier {incident.tier}" if incident.tier else incident.team or "none yet"
    lines = [
        f"### {escaped(incident.title)}",
        f"**{incident.stage}** · {incident.priority or 'not triaged'} · "
        f"{escaped(incident.category or 'not classified')} · team {escaped(team)} · "
        f"owner {escaped(owner)}",
        "",
        "Path: " + " → ".join(incident.path[-20:]),
    ]
    if incident.worse:
        lines.append(f"\n{escaped(str(incident.worse))}")
    if incident.latest:
        lines.append(f"\nLatest report: {escaped(incident.latest.title)}")
    if incident.on_hold:
        lines.append(f"\nOn hold: {incident.on_hold}")
    if incident.quiet_until:
        lines.append(f"\nQuiet until {short(incident.quiet_until)}")
    if incident.waiting_for:
        lines += ["", "Waiting for:"]
        for wait in incident.waiting_for:
            when = f"until {short(wait.until)}" if wait.until else f"from {escaped(wait.who or '')}"
            lines.append(f"- {escaped(wait.what)}, {when}")
    if incident.decisions:
        lines += ["", "Decisions:"]
        for decision in incident.decisions[-10:]:
            reasons = escaped("; ".join(decision.reasons), 300)
            lines.append(f"- **{decision.box}**: {escaped(decision.answer)} ({reasons})")
    lines += ["", "Last events:"]
    for entry in incident.timeline[-_LAST_ENTRIES:]:
        said = " ".join(part for part in (entry.person, entry.detail) if part)
        detail = f": {escaped(said)}" if said else ""
        lines.append(
            f"- {short(entry.at)} {escaped(entry.event)} by {escaped(entry.actor)}{detail}"
        )
    return "\n".join(lines)


def review_details(review: Review, reminded_at: datetime | None) -> str:
    """The current details of the run of a review. reminded_at: when somebody is told of it next."""
    lines = [
        f"### Review of {review.incident_id}, episode {review.episode}",
        f"**{review.state.words}** · written by {escaped(review.owner or 'nobody yet')}"
        f"{f' · due {short(review.due)}' if review.due else ''}",
        "",
        f"Why there is one: {escaped(review.why)}",
    ]
    if review.closed_at:
        lines.append(f"\nClosed by {escaped(review.closed_by)} at {short(review.closed_at)}")
    if review.actions:
        lines += ["", "Action items:"]
        lines += [
            f"- item {each.id}, {each.state}: {escaped(each.words)}" for each in review.actions
        ]
    if review.not_told:
        lines += ["", "The last message did not reach:"]
        lines += [f"- {escaped(problem)}" for problem in review.not_told]
    if reminded_at and review.state is not ReviewState.OVER:
        lines += ["", f"Next reminder: {short(reminded_at)}"]
    return "\n".join(lines)
