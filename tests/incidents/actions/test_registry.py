"""One description for each action: all that is made from it, and what is missing of a new one."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from temporalio.workflow import _SignalDefinition as SignalDefinition

from standfast.api.actions import action_routes
from standfast.commands import app
from standfast.commands.catalogue import CATALOGUE, act
from standfast.incidents.actions import (
    ACTIONS,
    Action,
    ActionDescription,
    ActionResult,
    RecordAction,
)
from standfast.incidents.actions.action import Reason
from standfast.incidents.actions.fields import Select, TextArea
from standfast.incidents.roles import Role
from standfast.messages.message import InboundMessage, Name
from standfast.time.clocks import HoldReason
from tests.api.conftest import open_api
from tests.console.conftest import visiting
from tests.incidents.actions.places import ROOT, Places, found, missing
from tests.stories.desk import Desk
from workflows.action_handlers import ActionHandlers, takes_actions

API_PAGE = ROOT / "docs/api.md"


class Snooze(InboundMessage):
    """Asks for a page later."""

    by: Name
    until: Name
    why: HoldReason = HoldReason.VENDOR
    reason: Reason = ""


UNTIL = TextArea("until", "Until when")
WHY = Select("why", "It waits for", values=tuple((why, why.capitalize()) for why in HoldReason))


def described(action: Action, **other: Any) -> ActionDescription:
    whole: dict[str, Any] = {
        "payload": Snooze,
        "summary": "Page again later.",
        "example": {"until": "noon"},
        "fields": (UNTIL, WHY),
        "button": "Snooze",
    }
    return ActionDescription(action=action, **whole | other)


@pytest.fixture
def snooze(monkeypatch: pytest.MonkeyPatch) -> Action:
    """A new action, of which there is nothing but its name."""
    action = str.__new__(Action, "snooze")
    action._name_, action._value_ = "SNOOZE", "snooze"
    monkeypatch.setitem(Action._member_map_, action.name, action)
    monkeypatch.setitem(Action._value2member_map_, action.value, action)
    monkeypatch.setattr(Action, "_member_names_", [*Action._member_names_, action.name])
    return action


OTHER_ROUTES = {"review"}
"""What else is posted to an incident."""

Register = Callable[..., None]


@pytest.fixture
def register(snooze: Action, monkeypatch: pytest.MonkeyPatch) -> Register:
    """Registers its description, whole unless told otherwise."""

    def register(**other: Any) -> None:
        monkeypatch.setitem(ACTIONS, snooze, described(snooze, **other))

    return register


def with_all_that_is_written(places: Places) -> Places:
    """The places with what is written by hand for the action, and what the workflow makes of it."""
    return dataclasses.replace(
        places,
        carried_out=places.carried_out | {"snooze"},
        updates=places.updates | {"snooze"},
        validators=places.validators | {"snooze"},
        signals=places.signals | {"snooze"},
        commands={**places.commands, "snooze": "Page again later."},
        access={**places.access, "snooze": Role.RESPONDER},
        tables=places.tables | {("snooze", "Page again later.")},
        stories=f'{places.stories}\nawait ticket.act("snooze")',
    )


@pytest.mark.parametrize("action", Action)
def test_nothing_is_missing_of_an_action(action: Action) -> None:
    if pieces := missing(action, found()):
        pytest.fail("\n".join(pieces), pytrace=False)


def test_nothing_is_left_over_of_an_action_that_is_gone() -> None:
    places = found()
    assert {*places.access} - OTHER_ROUTES <= {*Action, *RecordAction}
    assert places.carried_out <= {*Action}


def test_of_an_action_that_is_only_named_every_piece_is_missing(snooze: Action) -> None:
    assert missing(snooze, found()) == [
        "snooze: it has no description: write it in standfast/incidents/actions/snooze.py, "
        "registered in standfast/incidents/actions/registry.py",
        "snooze: the workflow does not carry it out: write its method in workflows/actions.py",
        "snooze: the workflow has no update for it: updates and signals are made from the "
        "descriptions in workflows/action_handlers.py",
        "snooze: the workflow has no validator for it: updates and signals are made from the "
        "descriptions in workflows/action_handlers.py",
        "snooze: the workflow has no signal for it: updates and signals are made from the "
        "descriptions in workflows/action_handlers.py",
        "snooze: the API has no route for it: routes are made from the descriptions",
        "snooze: the access matrix does not have it: add it in tests/api/test_access.py",
        "snooze: no story tells of it: write one in tests/stories/",
        "snooze: the console has no form for it: forms are made from the descriptions",
        "snooze: the command line does not list it: add it in standfast/commands/catalogue.py",
        "snooze: the documentation has no row `| `snooze` | … |`: add it in docs/commands.md",
    ]


def test_with_its_description_only_what_is_written_by_hand_is_missing(
    snooze: Action, register: Register
) -> None:
    register()
    places = found()
    made_at_import = frozenset({"snooze"})
    places = dataclasses.replace(
        places,
        updates=places.updates | made_at_import,
        validators=places.validators | made_at_import,
        signals=places.signals | made_at_import,
    )
    assert missing(snooze, places) == [
        "snooze: the workflow does not carry it out: write its method in workflows/actions.py",
        "snooze: the access matrix does not have it: add it in tests/api/test_access.py",
        "snooze: no story tells of it: write one in tests/stories/",
        "snooze: the command line does not list it: add it in standfast/commands/catalogue.py",
        "snooze: the documentation has no row `| `snooze` | Page again later. |`: add it in "
        "docs/commands.md",
    ]


def test_nothing_is_missing_of_a_whole_one(snooze: Action, register: Register) -> None:
    register()
    assert missing(snooze, with_all_that_is_written(found())) == []


NOTHING: dict[str, Any] = {
    "carried_out": frozenset(),
    "updates": frozenset(),
    "validators": frozenset(),
    "signals": frozenset(),
    "routes": frozenset(),
    "commands": {},
    "access": {},
    "tables": frozenset(),
    "stories": "",
}


@pytest.mark.parametrize("place", NOTHING)
def test_each_piece_that_is_missing_is_one_message(
    place: str, snooze: Action, register: Register
) -> None:
    register()
    whole = with_all_that_is_written(found())
    (message,) = missing(snooze, dataclasses.replace(whole, **{place: NOTHING[place]}))
    assert message.startswith("snooze: ")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"example": {"until": ""}}, "its payload does not take its example (until): correct it"),
        ({"summary": "page later"}, "its summary is no sentence: write one"),
        ({"fields": (WHY,)}, "nothing fills in `until`: add it to `fields`"),
        (
            {"fields": (UNTIL, Select("why", "Why", values=(("user", "The reporter"),)))},
            "`why` cannot be vendor or problem or evidence or change: add it to the values",
        ),
        ({"role": Role.OPERATOR}, "its role is operator, in tests/api/test_access.py responder"),
    ],
)
def test_a_description_that_does_not_fit_its_payload_is_named(
    other: dict[str, Any], says: str, snooze: Action, register: Register
) -> None:
    register(**other)
    places = with_all_that_is_written(found())
    summary = other.get("summary", "Page again later.")
    places = dataclasses.replace(places, tables=places.tables | {("snooze", summary)})
    (message,) = missing(snooze, places)
    assert message.startswith(f"snooze: {says}")


def test_what_is_filled_in_is_a_field_of_the_payload(snooze: Action) -> None:
    with pytest.raises(ValueError, match="snooze: its payload has no field whom"):
        described(snooze, fields=(UNTIL, WHY, TextArea("whom", "Whom")))


def test_a_new_action_that_is_listed_has_its_command(
    register: Register, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    monkeypatch.setattr(app, "CATALOGUE", (*CATALOGUE, act("snooze", "Page again later.")))
    app.run(["snooze", "--help"])
    told = capsys.readouterr().out
    for words in ("Page again later.", "--until", "Until when.", "--why", "--by", "--json"):
        assert words in told
    app.run(["--help"])
    assert "snooze" in capsys.readouterr().out


def test_a_new_action_has_its_route(snooze: Action, register: Register) -> None:
    register()
    app = FastAPI()
    app.include_router(action_routes(ACTIONS))
    told = app.openapi()["paths"]["/api/incidents/{incident_id}/snooze"]["post"]
    assert told["description"] == "Page again later."
    body = told["requestBody"]["content"]["application/json"]
    assert body["examples"]["example"]["value"] == {"until": "noon"}


class Handlers:
    """A workflow, as far as people act on it."""

    handlers: ActionHandlers


def test_a_new_action_has_its_update_with_a_validator_and_its_signal(register: Register) -> None:
    register()
    handlers = vars(takes_actions(Handlers))
    update = handlers["update_snooze"]._defn
    assert (update.name, update.description) == ("snooze", "Page again later.")
    assert (update.arg_types, update.ret_type) == ([Snooze], ActionResult)
    assert update.validator is not None
    signal = SignalDefinition.from_fn(handlers["signal_snooze"])
    assert signal is not None
    assert signal.name == "snooze"


def test_the_api_s_page_names_what_reporters_may() -> None:
    (said,) = re.findall(r"^Reporters may (.+?), and look", API_PAGE.read_text(), re.MULTILINE)
    theirs = {action for action, each in ACTIONS.items() if each.role is Role.REPORTER}
    assert {*re.findall(r"`(\w+)`", said)} == theirs


async def test_a_new_action_has_its_form(desk: Desk, register: Register) -> None:
    register()
    ticket = await desk.report()
    await ticket.reaches_resolve()
    async with open_api(desk) as api, visiting(api, Role.RESPONDER) as visitor:
        page = f"/incidents/{ticket.id}"
        shown = await visitor.reads(page)
        assert "<button>Snooze</button>" in shown
        assert '<textarea id="do-snooze-until" name="until" rows="3" required' in shown
        for why in HoldReason:
            assert f'<option value="{why}">{why.capitalize()}</option>' in shown
        refused = await visitor.sends(f"{page}/snooze", page, until=" ", why="vendor")
        assert refused.status_code == 422
        assert "is missing" in refused.text
    async with open_api(desk) as api, visiting(api, Role.REPORTER, "rita") as visitor:
        answer = await visitor.sends(f"{page}/snooze", "/report", until="noon", why="vendor")
        assert answer.status_code == 403
