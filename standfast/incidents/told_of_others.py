"""What an incident's triage told of other episodes, for somebody who may not find all of these now.

They may have been made confidential since. Nothing is overwritten: it is left out where it is read.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from standfast.incidents.actors import OURSELVES

if TYPE_CHECKING:
    from standfast.incidents.record import IncidentView

_INSTEAD = "one that is hidden"
"""Stands for the id of an incident that does not exist for the reader."""

Told = tuple[str, int]
"""An episode: the id of its incident, and which one it is."""


def episodes_told_of(incident: "IncidentView") -> set[Told]:
    """Those that its triage may have told of."""
    similar = {(past.incident_id, past.episode) for past in incident.similar}
    earlier = range(1, incident.episode) if incident.open_actions else ()
    return similar | {(incident.incident_id, each) for each in earlier}


def articles_told_of(incident: "IncidentView") -> set[str]:
    """The ids of those that were used in similar incidents."""
    return {past.fix.article_id for past in incident.similar if past.fix}


def without_what_is_hidden(
    incident: "IncidentView", hidden: Collection[Told], articles: Collection[str]
) -> "IncidentView":
    """The incident without what it tells of these episodes, and of these articles."""
    similar, said = [], dict[str, str]()
    for past in incident.similar:
        if past.fix and (
            (past.incident_id, past.episode) in hidden or past.fix.article_id in articles
        ):
            said[f"; {past.fix.words}"] = ""
            past = past.model_copy(update={"fix": None})
        if (past.incident_id, past.episode) not in hidden:
            similar.append(past)
    said |= {incident_id: _INSTEAD for incident_id, _ in hidden}
    if not said:
        return incident
    earlier = any(incident_id == incident.incident_id for incident_id, _ in hidden)
    said.pop(incident.incident_id, "")  # its own id is no secret
    changed = {
        "similar": tuple(similar),
        "open_actions": None if earlier else incident.open_actions,
        "likely_path": _saying(incident.likely_path or "", said) or None,
        "timeline": tuple(
            each.model_copy(update={"detail": _saying(each.detail, said)})
            if each.actor == OURSELVES
            else each
            for each in incident.timeline
        ),
        "decisions": tuple(
            each.model_copy(update={"reasons": tuple(_saying(why, said) for why in each.reasons)})
            for each in incident.decisions
        ),
    }
    return incident.model_copy(update=changed)


def _saying(text: str, instead: Mapping[str, str]) -> str:
    for words, other in instead.items():
        text = text.replace(words, other)
    return text
