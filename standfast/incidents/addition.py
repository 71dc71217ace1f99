"""What was added to the record of an incident after it had closed.

Nothing of the record is overwritten: a correction says what a field should say, and a tag that is
taken away leaves both on record.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.search_words import same_name
from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import Instant, Message

if TYPE_CHECKING:
    from standfast.incidents.record import IncidentView


class AdditionKind(StrEnum):
    """What somebody added."""

    COMMENT = "comment"
    CORRECTION = "correction"
    TAG = "tag"
    UNTAG = "untag"
    RESTRICT = "restrict"
    UNRESTRICT = "unrestrict"

    @property
    def says_who_finds_it(self) -> bool:
        """Whether it is about who finds the incident, and not about what happened."""
        return self in (self.RESTRICT, self.UNRESTRICT)


class CorrectedField(StrEnum):
    """A field of an incident that can be corrected."""

    TITLE = "title"
    DESCRIPTION = "description"
    ERROR_MESSAGE = "error_message"
    IMPACT_STATEMENT = "impact_statement"
    SERVICE = "service"
    USERS_AFFECTED = "users_affected"
    OCCURRED_AT = "occurred_at"
    PRIORITY = "priority"
    CATEGORY = "category"
    TEAM = "team"
    RESOLUTION = "resolution"
    STEPS = "steps"
    ROOT_CAUSE = "root_cause"

    @property
    def words(self) -> str:
        """Its name on screens."""
        return _WORDS.get(self) or self.replace("_", " ")

    @property
    def is_reporters(self) -> bool:
        """Whether a reporter sees the field, and so its corrections."""
        return self not in (self.CATEGORY, self.TEAM, self.STEPS, self.ROOT_CAUSE)

    def written_in(self, incident: "IncidentView") -> str:
        """What was written there; empty where nothing was."""
        report, resolution = incident.report, incident.resolution
        written: object
        match self:
            case self.RESOLUTION:
                written = resolution.summary if resolution else ""
            case self.ROOT_CAUSE:
                written = resolution.root_cause if resolution else ""
            case self.STEPS:
                written = "\n".join(resolution.steps) if resolution else ""
            case self.PRIORITY | self.CATEGORY | self.TEAM | self.TITLE:
                written = getattr(incident, self)
            case self.OCCURRED_AT:
                written = report.occurred_at.isoformat() if report.occurred_at else ""
            case _:
                written = getattr(report, self)
        return str(written or "")


_WORDS = {
    CorrectedField.IMPACT_STATEMENT: "impact",
    CorrectedField.OCCURRED_AT: "when it began",
}


class Addition(Message):
    """One thing that somebody added, and when.

    text: the comment, what the field should say, or the tag.
    field: of a correction, what it corrects. reason: why.
    to_reporter: of a comment, whether it is for the reporter too.
    people: who finds it besides its team, of one that makes it confidential.
    """

    kind: Everybody[AdditionKind]
    at: Everybody[Instant]
    by: Everybody[str]
    entered_by: Responders[str] = ""
    text: Everybody[str]
    field: Everybody[CorrectedField | None] = None
    reason: Responders[str] = ""
    to_reporter: Everybody[bool] = False
    people: Annotated[Responders[tuple[str, ...]], Field(exclude_if=lambda people: not people)] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """What it says, to be found by; a tag is found as one."""
        is_tag = self.kind in (AdditionKind.TAG, AdditionKind.UNTAG)
        return () if is_tag else (self.text, self.reason)


_SAID = {
    AdditionKind.RESTRICT: "made confidential",
    AdditionKind.UNRESTRICT: "not confidential any more",
}


def in_words(added: Addition, incident: "IncidentView") -> str:
    """What was added, and of a correction what had been written."""
    match added.kind:
        case AdditionKind.TAG:
            return f"tagged {added.text}"
        case AdditionKind.UNTAG:
            return f"not tagged {added.text} any more"
        case AdditionKind.RESTRICT | AdditionKind.UNRESTRICT:
            said = _SAID[added.kind]
            if added.people:
                said = f"{said}, and found by {', '.join(added.people)}"
            return f"{said}: {added.reason}" if added.reason else said
        case AdditionKind.CORRECTION if added.field:
            written = added.field.written_in(incident)
            says = f"says “{written}”, but should say" if written else "should say"
            why = f": {added.reason}" if added.reason else ""
            return f"{added.field.words} {says} “{added.text}”{why}"
    return added.text


def tags_of(additions: Iterable[Addition]) -> tuple[str, ...]:
    """The tags that stand, as they are compared, in the order in which they came."""
    tags: dict[str, None] = {}
    for each in additions:
        if each.kind is AdditionKind.TAG:
            tags[same_name(each.text)] = None
        elif each.kind is AdditionKind.UNTAG:
            tags.pop(same_name(each.text), None)
    return tuple(tags)


def confidential_after(
    at_close: Confidential | None, additions: Iterable[Addition]
) -> Confidential | None:
    """Whether it is confidential now, and for whom; at_close: whether it was when it closed."""
    now = at_close
    for each in additions:
        if each.kind is AdditionKind.RESTRICT:
            now = (now or Confidential(by=each.by, why=each.reason)).and_for(each.people)
        elif each.kind is AdditionKind.UNRESTRICT:
            now = None
    return now
