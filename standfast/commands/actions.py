"""What people do to an incident: a command for each action, made from its description."""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By, IncidentId, OfEpisode
from standfast.commands.session import in_session
from standfast.incidents.actions import ActionDescription, description_of
from standfast.incidents.actions.fields import Checkbox, Choice, Field, Radio, TextList
from standfast.terminal.lines import print_line
from standfast.terminal.output import print_json


def action_command(action: str) -> Callable[..., None]:
    """The command of an action."""
    return _command(description_of(action))


def _command(described: ActionDescription) -> Callable[..., None]:
    def command(incident_id: str, by: str, as_json: bool, **given: Any) -> None:
        _do(described, incident_id, as_json, by=by, **_payload_fields(described, given))

    command.__name__ = described.action.value
    command.__doc__ = described.summary
    # Typer reads the arguments and options of a command from its signature.
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            _parameter("incident_id", IncidentId),
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


def _do(described: ActionDescription, incident_id: str, as_json: bool, **fields: Any) -> None:
    result = in_session(lambda session: session.incidents.act(incident_id, described, fields))
    if as_json:
        print_json(result)
    else:
        print_line(f"{result.incident_id}: {result.message}")
