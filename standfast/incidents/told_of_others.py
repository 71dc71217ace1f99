"""What an incident's triage told of other episodes, for somebody who may not find all of these now.

They may have been made confidential since. Nothing is overwritten: it is left out where it is read,
and where a message is sent.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

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


SIMILAR, KNOWN_FIX, STILL_OPEN = "Similar: ", "Known fix: ", "Still open: "
"""Begin the lines of a message that tell of others: an incident, an article, earlier episodes."""


class LinesTold(NamedTuple):
    """The ids of incidents and of articles that lines of a message tell of."""

    incidents: frozenset[str]
    articles: frozenset[str]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.incidents or self.articles)


def told_in(lines: Iterable[str], incident_id: str) -> LinesTold:
    """What the lines of a message about this incident tell of."""
    found = [each for line in lines if (each := _told_by(line, incident_id))]
    return LinesTold(
        frozenset(told for begins, told in found if begins != KNOWN_FIX),
        frozenset(told for begins, told in found if begins == KNOWN_FIX),
    )


def lines_without(lines: Sequence[str], incident_id: str, hidden: LinesTold) -> tuple[str, ...]:
    """The lines without those that tell of what is hidden; an empty one is between two parts."""
    out = hidden.incidents | hidden.articles
    told = (_told_by(line, incident_id) for line in lines)
    left = [line for line, each in zip(lines, told, strict=True) if not each or each[1] not in out]
    return tuple(_without_empty_parts(left))


def _told_by(line: str, incident_id: str) -> tuple[str, str] | None:
    """Of what a line tells: how it begins, and the id."""
    for begins in (SIMILAR, KNOWN_FIX):
        if line.startswith(begins) and (told := re.match(r"[\w-]+", line[len(begins) :])):
            return begins, told[0]
    return (STILL_OPEN, incident_id) if line.startswith(STILL_OPEN) else None


def _without_empty_parts(lines: Iterable[str]) -> Iterator[str]:
    something, is_apart = False, False
    for line in lines:
        if not line:
            is_apart = something
            continue
        if is_apart:
            yield ""
        yield line
        something, is_apart = True, False


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
