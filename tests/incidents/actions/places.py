"""Where an action has to show up, and what is missing of one that is half added."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from pydantic import ValidationError
from temporalio.workflow import _Definition as Definition

from standfast.api.actions import action_routes
from standfast.commands.app import build
from standfast.incidents.actions import ACTIONS, Action, ActionDescription
from standfast.incidents.actions.fields import Field, Select
from standfast.incidents.roles import Role
from tests.api.test_access import MATRIX
from workflows.actions import Actions
from workflows.incident import IncidentWorkflow

ROOT = Path(__file__).parents[3]
COMMANDS = "docs/commands.md"
CATALOGUE = "standfast/commands/catalogue.py"
DESCRIPTION = "standfast/incidents/actions/{}.py"
_ACTION_ROUTE = re.compile(r"/api/incidents/\{incident_id\}/([a-z_]+)")


@dataclass(frozen=True)
class Places:
    """The names of the actions as they are found in each place."""

    carried_out: frozenset[str]
    updates: frozenset[str]
    validators: frozenset[str]
    signals: frozenset[str]
    routes: frozenset[str]
    commands: Mapping[str, str]
    """With the line that the help has for them."""
    access: Mapping[str, Role | None]
    """With the role that the access matrix asks for."""
    tables: frozenset[tuple[str, str]]
    """Rows of the table of commands in the documentation."""
    stories: str


def found() -> Places:
    """The places as they are."""
    workflow = Definition.must_from_class(IncidentWorkflow)
    routes = [route for route in action_routes(ACTIONS).routes if isinstance(route, APIRoute)]
    rows = re.compile(r"^\| `(\w+)` \| (.+?) \|", re.MULTILINE)
    return Places(
        carried_out=frozenset(name for name in dir(Actions) if not name.startswith("_")),
        updates=frozenset(name for name in workflow.updates if name),
        validators=frozenset(
            name for name, each in workflow.updates.items() if name and each.validator
        ),
        signals=frozenset(name for name in workflow.signals if name),
        routes=frozenset(route.path.rpartition("/")[2] for route in routes),
        commands={name: command.help for name, command in build().commands.items() if command.help},
        access={
            found[1]: role
            for (method, path), role in MATRIX.items()
            if method == "POST" and (found := _ACTION_ROUTE.fullmatch(path))
        },
        tables=frozenset(rows.findall((ROOT / COMMANDS).read_text())),
        stories="\n".join(page.read_text() for page in sorted(ROOT.glob("tests/stories/*.py"))),
    )


def missing(action: Action, places: Places) -> list[str]:
    """What is missing of an action, a message for each piece; nothing when it is whole."""
    described = ACTIONS.get(action)
    if described is None:
        where = f"{DESCRIPTION.format(action)}, registered in {DESCRIPTION.format('registry')}"
        wanting = [f"it has no description: write it in {where}"]
    else:
        wanting = [*_of_description(described)]
    wanting += [*_of_workflow(action, places), *_of_doors(action, described, places)]
    return [f"{action}: {each}" for each in wanting]


def _of_description(described: ActionDescription) -> Iterator[str]:
    where = f"in {DESCRIPTION.format(described.action)}"
    fields = described.payload.model_fields
    author = {"by": "ana"} if "by" in fields else {}
    try:
        described.payload.model_validate(author | dict(described.example))
    except ValidationError as error:
        wrong = ", ".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
        yield f"its payload does not take its example ({wrong}): correct it {where}"
    if not re.fullmatch(r"[A-Z].*\.", described.summary):
        yield f"its summary is no sentence: write one {where}"
    if not described.offered:
        return
    filled_in = {field.name for field in described.fields}
    for name, info in fields.items():
        if info.is_required() and name not in filled_in | {"by"}:
            yield f"nothing fills in `{name}`: add it to `fields` {where}"
    for field in described.fields:
        if left_out := _left_out(field, fields[field.name].annotation):
            yield f"`{field.name}` cannot be {left_out}: add it to the values of the field {where}"


def _left_out(field: Field, kind: Any) -> str:
    """The values of an enumeration that the form does not offer."""
    if not isinstance(field, Select) or not (isinstance(kind, type) and issubclass(kind, Enum)):
        return ""
    offered: set[Any] = {value for value, _ in field.values}
    return " or ".join(str(value) for value in kind if value not in offered)


def _of_workflow(action: Action, places: Places) -> Iterator[str]:
    if action not in places.carried_out:
        yield "the workflow does not carry it out: write its method in workflows/actions.py"
    made = "updates and signals are made from the descriptions in workflows/action_handlers.py"
    for kind, names in (
        ("update", places.updates),
        ("validator", places.validators),
        ("signal", places.signals),
    ):
        if action not in names:
            yield f"the workflow has no {kind} for it: {made}"


def _of_doors(action: Action, described: ActionDescription | None, places: Places) -> Iterator[str]:
    if action not in places.routes:
        yield "the API has no route for it: routes are made from the descriptions"
    if action not in places.access:
        yield "the access matrix does not have it: add it in tests/api/test_access.py"
    elif described and places.access[action] is not described.role:
        yield f"its role is {described.role}, in tests/api/test_access.py {places.access[action]}"
    if not re.search(rf"""\b(act|signal)\(\s*["']{action}["']""", places.stories):
        yield "no story tells of it: write one in tests/stories/"
    if described and not described.offered:
        return
    if described is None:
        yield "the console has no form for it: forms are made from the descriptions"
    if action not in places.commands:
        yield f"the command line does not list it: add it in {CATALOGUE}"
    summary = described.summary if described else "…"
    if (f"{action}", summary) not in places.tables:
        yield f"the documentation has no row `| `{action}` | {summary} |`: add it in {COMMANDS}"
