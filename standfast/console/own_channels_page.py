"""My channels: a person adds, verifies, tests and orders the channels by which they are paged."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import CHANGED_CHANNELS, spend
from standfast.api.own_channels import setup_of
from standfast.api.problem_details import Problem
from standfast.console.csrf import checked
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.own_channel import (
    MOST_RULES,
    NewOwnChannel,
    OwnChannelAction,
    PagingRules,
    QuietTime,
    Urgency,
)
from standfast.incidents.roles import Role
from standfast.intake.errors import IntakeError, Refused
from standfast.messages.problems import problems
from standfast.own_channels.setting_up import OwnChannelSetup

PATH = "/my/channels"

_DONE = {
    "added": "Added. A code was sent through it: type it in below.",
    "code": "Another code was sent. Earlier ones do not count any more.",
    "verify": "Verified. Order your channels below.",
    "test": "A test page was sent.",
    "remove": "Removed.",
    "rules": "Your rules are set. They count from the next page on.",
}

_SPARE_LINES = 2
_NOTHING: Mapping[str, str] = MappingProxyType({})

Model = TypeVar("Model", bound=BaseModel)
Work = Callable[[OwnChannelSetup], Awaitable[None]]

router = APIRouter(include_in_schema=False, route_class=PageRoute)


class RuleLine(NamedTuple):
    """A line of the form for rules; `after` is in minutes, and empty for now."""

    number: int
    through: str = ""
    after: str = ""


@router.get(PATH)
async def shown(request: Request, backend: TheBackend, caller: Viewer, done: str = "") -> Response:
    """The page."""
    _must_respond(caller)
    return await _page(request, backend, caller, done=_DONE.get(done, ""))


@router.post(PATH, dependencies=[Depends(checked)])
async def added(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Add a channel."""
    form = await form_of(request)
    given = {name: str(form.get(name, "")) for name in ("method", "address", "name")}

    async def work(setup: OwnChannelSetup) -> None:
        await setup.add(_valid(NewOwnChannel, given))

    return await _done(request, backend, caller, work, "added", given)


@router.post(PATH + "/rules", dependencies=[Depends(checked)])
async def rules_set(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Set the rules."""
    form = await form_of(request)
    given = {str(name): str(value) for name, value in form.items()}

    async def work(setup: OwnChannelSetup) -> None:
        await setup.set_rules(_valid(PagingRules, _rules_in(given)))

    return await _done(request, backend, caller, work, "rules", given)


@router.post(PATH + "/{do}", dependencies=[Depends(checked)])
async def changed(request: Request, backend: TheBackend, caller: Viewer, do: str) -> Response:
    """Do something with the channel `id`: verify it by its `code`, test it, remove it."""
    form = await form_of(request)
    identity, code = str(form.get("id", "")), str(form.get("code", ""))

    async def work(setup: OwnChannelSetup) -> None:
        if do == "verify":
            await setup.verify(identity, code)
        elif do in {each.value for each in OwnChannelAction}:
            await setup.act(OwnChannelAction(do), identity)
        else:
            raise Problem(404, detail="there is no such page")

    return await _done(request, backend, caller, work, do, {})


async def _done(
    request: Request,
    backend: Backend,
    caller: Caller,
    work: Work,
    done: str,
    given: Mapping[str, str],
) -> Response:
    """Do it, and show the page: with what is wrong, and what was typed, where it was not done."""
    _must_respond(caller)
    spend(request, CHANGED_CHANNELS, caller)
    try:
        await work(setup_of(backend, caller))
    except IntakeError as why:
        return await _page(request, backend, caller, wrong=str(why), given=given)
    return RedirectResponse(f"{PATH}?done={done}", 303)


async def _page(
    request: Request,
    backend: Backend,
    caller: Caller,
    *,
    done: str = "",
    wrong: str = "",
    given: Mapping[str, str] = _NOTHING,
) -> Response:
    mine = await setup_of(backend, caller).shown()
    policy = backend.policy.current()
    used = [each.channel.name for each in mine.own if not each.problem]
    return page(
        request,
        "own_channels.html",
        caller=caller,
        status=409 if wrong else 200,
        mine=mine,
        names=[*mine.of_policy, *used],
        lines={urgency.value: _lines(urgency, mine.rules, given) for urgency in Urgency},
        low=", ".join(policy.quiet_hours.priorities),
        done=done,
        wrong=wrong.splitlines(),
        given={**_nothing_typed(mine.rules.quiet, policy.people[mine.person].zone), **given},
    )


def _nothing_typed(quiet: QuietTime | None, zone: str) -> dict[str, str]:
    """The fields of the page's forms as they are at first; `zone` is the person's in the policy."""
    fields = {**dict.fromkeys(("method", "address", "begins", "ends"), ""), "time_zone": zone}
    if quiet:
        times = {"begins": f"{quiet.begins:%H:%M}", "ends": f"{quiet.ends:%H:%M}"}
        fields |= {**times, "time_zone": quiet.time_zone}
    return fields


def _lines(urgency: Urgency, rules: PagingRules, given: Mapping[str, str]) -> list[RuleLine]:
    """The rules as they were typed, else as they are set, and some lines to add more."""
    typed = [
        (through, after or "") for through, after in _typed_rules(urgency, given) if through
    ] or [(rule.through, _minutes(rule.after)) for rule in rules.for_(urgency)]
    last = min(len(typed) + _SPARE_LINES, MOST_RULES)
    there = [RuleLine(number, *line) for number, line in enumerate(typed)]
    return [*there, *map(RuleLine, range(len(typed), last))]


def _typed_rules(urgency: Urgency, given: Mapping[str, str]) -> list[tuple[str, str | None]]:
    return [
        (given.get(f"{urgency}-{number}-through", ""), given.get(f"{urgency}-{number}-after"))
        for number in range(MOST_RULES)
    ]


def _minutes(after: timedelta) -> str:
    return f"{after.total_seconds() / 60:g}" if after else ""


def _duration(minutes: str) -> str:
    """Minutes as they were typed, as a duration; what is no number is judged where rules are."""
    try:
        return f"{float(minutes.replace(',', '.')) * 60:.0f}s" if minutes.strip() else "now"
    except (ValueError, OverflowError):
        return minutes


def _rules_in(given: Mapping[str, str]) -> dict[str, object]:
    """The rules that a form says, as `PagingRules` takes them."""
    found: dict[str, object] = {}
    for urgency in Urgency:
        found[urgency.value] = [
            {"through": through, "after": _duration(after or "")}
            for through, after in _typed_rules(urgency, given)
            if through
        ]
    begins, ends = given.get("begins", ""), given.get("ends", "")
    if begins or ends:
        zone = given.get("time_zone", "")
        found["quiet"] = {"begins": begins, "ends": ends, "time_zone": zone}
    return found


def _valid(model: type[Model], fields: Mapping[str, object]) -> Model:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        lines = [line.removeprefix(": ") for line in problems(error, model.model_fields)]
        raise Refused("\n".join(lines)) from None


def _must_respond(caller: Caller) -> None:
    if not caller.role.may(Role.RESPONDER):
        raise Problem(403, detail=f"this needs the role {Role.RESPONDER}")
