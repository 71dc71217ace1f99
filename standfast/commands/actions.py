"""What people do to an incident: a command for each action, made from its description."""

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from standfast.commands.failures import FAILED, UsageError
from standfast.commands.options import AsJson, By, IncidentId, IncidentIds, OfEpisode
from standfast.commands.session import Session, in_session
from standfast.incidents.actions import ActionDescription, description_of
from standfast.incidents.actions.fields import Checkbox, Choice, Field, Radio, TextList
from standfast.incidents.bulk import AT_A_TIME, MOST_AT_ONCE, BulkOutcome, BulkResult
from standfast.intake.errors import IntakeError, NoAnswer, NotLetIn, Unavailable
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json


def action_command(action: str) -> Callable[..., None]:
    """The command of an action."""
    return _command(description_of(action))


def _command(described: ActionDescription) -> Callable[..., None]:
    def command(by: str, as_json: bool, **given: Any) -> None:
        named = given.pop("incident_ids", None) or [given.pop("incident_id")]
        ids = list(dict.fromkeys(named))
        _do(described, ids, as_json, by=by, **_payload_fields(described, given))

    command.__name__ = described.action.value
    command.__doc__ = described.summary
    # Typer reads the arguments and options of a command from its signature.
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            _parameter("incident_ids", IncidentIds)
            if described.for_several
            else _parameter("incident_id", IncidentId),
            _parameter("by", By),
            *(option for field in described.fields for option in _options(described, field)),
            *([_parameter("episode", OfEpisode, None)] if described.after_close else ()),
            _parameter("as_json", AsJson, False),
        ]
    )
    return command


def _parameter(
    name: str, annotation: Any, default: Any = inspect.Parameter.empty
) -> inspect.Parameter:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, annotation=annotation, default=default)


def _options(described: ActionDescription, field: Field) -> Iterator[inspect.Parameter]:
    """The option of a field; of one with a few fixed values, an option for each."""
    if isinstance(field, Radio):
        for choice in field.choices:
            option = typer.Option(choice.option, help=choice.help)
            yield _parameter(_flag(choice), Annotated[bool, option], False)
        return
    info = described.payload.model_fields[field.name]
    required = info.is_required() or field.required_option
    option = typer.Option(
        field.option or f"--{field.name.replace('_', '-')}",
        help=field.help or f"{field.label}.",
        metavar=field.metavar,
    )
    default = inspect.Parameter.empty if required else info.get_default()
    yield _parameter(field.name, Annotated[_type_of(field, info), option], default)


def _type_of(field: Field, info: FieldInfo) -> Any:
    """What Typer makes of the words given for it; the payload looks at them more closely."""
    if isinstance(field, Checkbox):
        return bool
    if isinstance(field, TextList):
        return list[str]
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else str


def _payload_fields(described: ActionDescription, given: dict[str, Any]) -> dict[str, Any]:
    """The options as fields of the payload.

    Raises:
        UsageError: not exactly one of several options that exclude each other was given.
    """
    fields = dict(given)
    for field in described.fields:
        if isinstance(field, Radio):
            chosen = [choice for choice in field.choices if fields.pop(_flag(choice))]
            if len(chosen) != 1:
                *others, last = (choice.option for choice in field.choices)
                raise UsageError(f"give one of {', '.join(others)} and {last}")
            fields[field.name] = chosen[0].value
    return fields


def _flag(choice: Choice) -> str:
    return choice.option.removeprefix("--").replace("-", "_")


def _do(
    described: ActionDescription, incident_ids: Sequence[str], as_json: bool, **fields: Any
) -> None:
    if len(incident_ids) == 1:
        [one] = incident_ids
        result = in_session(lambda session: session.incidents.act(one, described, fields))
        if as_json:
            print_json(result)
        else:
            print_line(f"{result.incident_id}: {result.message}")
        return
    if len(incident_ids) > MOST_AT_ONCE:
        raise UsageError(f"{len(incident_ids)} incidents are named; at most {MOST_AT_ONCE} at once")
    became = in_session(lambda session: _on_each(session, described, incident_ids, fields))
    if as_json:
        print_json(became)
    for each in became.outcomes if not as_json else ():
        print_told = print_line if each.done else print_note
        print_told(f"{each.incident}: {each.message}")
    if became.refused:
        raise typer.Exit(FAILED)


async def _on_each(
    session: Session,
    described: ActionDescription,
    incident_ids: Sequence[str],
    fields: Mapping[str, Any],
) -> BulkResult:
    """Do it on each, a few at a time, whatever becomes of the others."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(incident_id: str) -> BulkOutcome:
        async with turns:
            try:
                result = await session.incidents.act(incident_id, described, fields)
            except NotLetIn:
                raise
            except IntakeError as refused:
                why = str(refused).removeprefix(f"{incident_id}: ")
                passes = isinstance(refused, NoAnswer | Unavailable)
                return BulkOutcome(incident=incident_id, done=False, message=why, try_again=passes)
            return BulkOutcome(incident=incident_id, done=True, message=result.message)

    outcomes = await asyncio.gather(*map(one, incident_ids))
    return BulkResult.of(described.action, outcomes)
