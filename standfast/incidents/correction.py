"""What corrections make of a closed incident, for all that goes on from it.

The record stays as it was written; lists, numbers and whatever is learned from it take what it
should say.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from standfast.incidents.addition import CorrectedField
from standfast.incidents.assessment import Priority
from standfast.incidents.report import Report
from standfast.incidents.resolution import ResolutionGiven
from standfast.messages.message import Name
from standfast.messages.problems import problems

if TYPE_CHECKING:
    from standfast.incidents.record import IncidentView

_NAME: TypeAdapter[str] = TypeAdapter(Name)

_OF_THE_RESOLUTION = {
    CorrectedField.RESOLUTION: "summary",
    CorrectedField.STEPS: "steps",
    CorrectedField.ROOT_CAUSE: "root_cause",
}


def read(field: CorrectedField, text: str) -> Any:
    """The value that a field should have by a correction; of `steps` a line is a step.

    Raises:
        ValueError: the field cannot say that, with the reason.
    """
    try:
        return _read(field, text)
    except ValidationError as error:
        why = problems(error, ())[0].partition(": ")[2]
        raise ValueError(f"{why}, for {field.words}") from None


def _read(field: CorrectedField, text: str) -> Any:
    if field is CorrectedField.PRIORITY:
        priority = text.strip().upper()
        if priority not in list(Priority):
            raise ValueError(f"must be one of {', '.join(Priority)}, for {field.words}")
        return Priority(priority)
    if field in (CorrectedField.CATEGORY, CorrectedField.TEAM):
        return _NAME.validate_python(text)
    if name := _OF_THE_RESOLUTION.get(field):
        said = [line for line in text.splitlines() if line.strip()] if name == "steps" else text
        given = ResolutionGiven.model_validate({"by": "-", "summary": "-", name: said})
        return getattr(given, name)
    value: Any = text
    if field is CorrectedField.USERS_AFFECTED:
        digits = text.strip().replace(",", "")
        if not digits.isdecimal():
            raise ValueError(f"must be a whole number, for {field.words}")
        value = int(digits[:20])
    return getattr(Report.model_validate({"title": "-", field: value}), field)


def corrections_of(incident: "IncidentView") -> dict[CorrectedField, Any]:
    """What each corrected field should say, by the latest correction of it that can be read."""
    return dict(_read_of(incident))


def _read_of(incident: "IncidentView") -> Iterator[tuple[CorrectedField, Any]]:
    for added in incident.additions:
        if added.field is not None:
            try:
                yield added.field, read(added.field, added.text)
            except ValueError:  # an earlier version took any text
                continue


def corrected(incident: "IncidentView") -> "IncidentView":
    """The incident as it should say by its corrections.

    Its team stays: who finds it goes by the team that had it.
    """
    said = corrections_of(incident)
    said.pop(CorrectedField.TEAM, None)
    if not said:
        return incident
    changed: dict[str, Any] = {
        field: said.pop(field)
        for field in (CorrectedField.PRIORITY, CorrectedField.CATEGORY)
        if field in said
    }
    if CorrectedField.TITLE in said:
        changed["title"] = said[CorrectedField.TITLE]
    solved = {name: said.pop(field) for field, name in _OF_THE_RESOLUTION.items() if field in said}
    if incident.resolution:
        changed["resolution"] = incident.resolution.model_copy(update=solved)
    report = {str(field): value for field, value in said.items()}
    changed["report"] = incident.report.model_copy(update=report)
    return incident.model_copy(update={str(name): value for name, value in changed.items()})
