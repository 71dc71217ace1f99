"""Who sees which field: every endpoint that tells of an incident, with something in every field."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, get_args

from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from standfast.api.access import Caller
from standfast.incidents.actors import AUTOMATION
from standfast.incidents.addition import Addition
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, LookupResult, TimelineEntry, WaitingFor
from standfast.incidents.reporters_part import TO_REPORTER
from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict
from standfast.incidents.roles import Role
from standfast.incidents.visibility import decision, project
from standfast.lookup.lookup import Lookup
from tests.api.test_access import ELSEWHERE, MATRIX
from tests.console.house import Browser, House, open_house
from tests.console.test_pages_access import PAGES
from tests.incidents.filled import AT, filled

RITA, INCIDENT = "Rita@Example.com", "INC-7F3K2QXWM4"
HER_TOKEN = "rita@example.com"
"""She reported by mail; her address is written in another way there."""

SECRET = "secret-"

HERS = (
    ("reported", RITA, ""),
    ("comment", RITA, ""),
    ("verified", RITA, ""),
    (TO_REPORTER, "ana", ""),
    ("resolved", "ana", ""),
    ("confirm_sent", "standfast", RITA),
)
"""Events that she sees, with who did it and for whom."""

NOT_HERS = (
    ("comment", "ana", ""),
    ("triage", "standfast", ""),
    ("resolved", AUTOMATION, ""),
    ("acknowledged", "ana", ""),
    ("held", "ana", ""),
    ("reported_again", "ralf", ""),
    ("absorbed", "ana", ""),
    ("linked", "ana", ""),
    ("merged", "ana", ""),
    ("page_sent", "standfast", "ana"),
    ("not_reached", "standfast", "ana"),
    ("evidence", "probe", ""),
    ("runbook_started", "standfast", ""),
    ("left_behind", AUTOMATION, ""),
    ("judged_anew", "standfast", ""),
    ("told", "standfast", "ana"),
    ("an_event_of_next_year", "ana", ""),
)
"""Events of which she sees nothing of what they say, some not at all."""


def hers_and_others() -> IncidentView:
    """An incident of rita with something in every field; what is not for her is `secret-`."""
    view = filled(IncidentView)
    marked = {
        name: _secret(value) if name not in SHOWN else value
        for name, value in view.__dict__.items()
    }
    hers = [_entry(*event, detail="hers", why="hers") for event in HERS]
    others = [
        _entry(*event, detail=f"{SECRET}{event[0]}", why=f"{SECRET}why") for event in NOT_HERS
    ]
    entries = [
        each.model_copy(update={"number": number}) for number, each in enumerate(hers + others, 1)
    ]
    said = {"says": Verdict.RESOLVED, "at": AT}
    resolution = view.resolution
    assert resolution
    return view.model_construct(
        **marked
        | {
            "incident_id": INCIDENT,
            "status": "closed",
            "confidential": Confidential(by=f"{SECRET}ben", people=("ana",)),
            "report": view.report.model_copy(update={"reporter": RITA}),
            "resolution": resolution.model_copy(
                update={"steps": (f"{SECRET}step",), "root_cause": f"{SECRET}cause"}
            ),
            "reporters": (RITA, f"{SECRET}ralf"),
            "waiting_for": (
                WaitingFor(kind="person", what="confirm it", who=RITA),
                WaitingFor(kind="person", what=f"{SECRET}acknowledge", who=f"{SECRET}ana"),
                WaitingFor(kind="timer", what=f"{SECRET}page", until=AT),
            ),
            "evidence": (
                Evidence(kind=EvidenceKind.USER_CONFIRMATION, source=RITA, detail="hers", **said),
                Evidence(
                    kind=EvidenceKind.USER_CONFIRMATION, source="ralf", detail=f"{SECRET}1", **said
                ),
                Evidence(kind=EvidenceKind.SYSTEM_TESTS, source=RITA, detail=f"{SECRET}2", **said),
                Evidence(kind=EvidenceKind.LOG_ANALYSIS, source="log", detail=f"{SECRET}3", **said),
            ),
            "timeline": tuple(entries),
            "additions": (
                added("comment", by=RITA, text="hers"),
                added("comment", text="hers", to_reporter=True),
                added("comment", text=f"{SECRET}comment"),
                added("correction", text="hers", field="title", reason=f"{SECRET}why"),
                added("correction", text=f"{SECRET}cause", field="root_cause"),
                added("tag", text=f"{SECRET}tag"),
            ),
        }
    )


def added(kind: str, **fields: Any) -> Addition:
    """What somebody added after it had closed."""
    return Addition.model_validate({"kind": kind, "at": AT, "by": "ana"} | fields)


SHOWN = {
    "incident_id", "episode", "title", "status", "stage", "path", "priority", "team", "on_hold",
    "reopened", "occurrences", "outcome", "opened_at", "closed_at", "report", "resolution",
}  # fmt: skip
"""The whole of what a reporter sees, besides their part of the fields below."""

IN_PART = {"reporters", "waiting_for", "evidence", "latest", "timeline", "additions"}


def _secret(value: Any) -> Any:
    """The same with `secret-` before each text, and a number that stands nowhere else."""
    if isinstance(value, BaseModel):
        changed = {name: _secret(each) for name, each in value.__dict__.items()}
        return type(value).model_construct(**changed)
    if isinstance(value, tuple):
        return tuple(map(_secret, value))
    if isinstance(value, dict):
        return {_secret(name): _secret(each) for name, each in value.items()}
    return f"{SECRET}{value}" if type(value) is str else value


def _entry(event: str, actor: str, person: str, **words: str) -> TimelineEntry:
    box = Box.TRIAGE if event == "triage" else Box.RESOLVE
    return TimelineEntry(
        number=1, at=AT, box=box, event=event, actor=actor, person=person or None, **words
    )


class OneIncident(Lookup):
    """Knows one incident, the same whatever is asked."""

    def __init__(self, view: IncidentView) -> None:
        self.view = view

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        return LookupResult(self.view, (f"{SECRET}note",))


@asynccontextmanager
async def somebody(house: House, role: Role, name: str) -> AsyncIterator[Browser]:
    """Somebody with a token, signed in as well."""
    async with house.browser() as browser:
        secret = house.token(role, name).secret
        assert (await browser.sign_in(secret)).status_code == 303
        browser.http.headers["Authorization"] = f"Bearer {secret}"
        yield browser


def of_one_incident() -> list[str]:
    """The path of every endpoint that tells a reporter of one incident.

    Who gets an attachment is in `test_attachments.py`.
    """
    paths = [path for method, path in (*MATRIX, *ELSEWHERE) if method == "GET"]
    for_reporters = [
        path
        for path in paths
        if MATRIX.get(("GET", path), PAGES.get(("GET", path))) != Role.RESPONDER
    ]
    return [path for path in for_reporters if "{incident_id}" in path and "{name}" not in path]


async def test_at_every_endpoint_a_reporter_sees_what_is_theirs_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path, knows=OneIncident(hers_and_others())) as house:
        house.app.state.leaving.set()  # so that a stream ends
        async with (
            somebody(house, Role.REPORTER, HER_TOKEN) as rita,
            somebody(house, Role.REPORTER, "ralf") as ralf,
            somebody(house, Role.RESPONDER, "ana") as ana,
        ):
            told = ""
            for path in of_one_incident():
                where = path.replace("{incident_id}", INCIDENT)
                answer = await rita.get(where)
                assert answer.status_code == 200, (path, answer.text)
                assert re.findall(rf"[^<>\"]*{SECRET}[^<>\"]*", answer.text) == [], path
                assert (await ralf.get(where)).status_code == 404, path
                told += (await ana.get(where)).text
            for event, *_ in NOT_HERS:
                assert f"{SECRET}{event}" in told
            shown = (await rita.get(f"/api/incidents/{INCIDENT}")).json()
    hidden = {name for name, value in shown.items() if not value}
    assert set(shown) - hidden - IN_PART == SHOWN
    assert [entry["detail"] for entry in shown["timeline"]].count("hers") == len(HERS) - 1
    assert [each["text"] for each in shown["additions"]] == ["hers"] * 3
    assert [wait["who"] for wait in shown["waiting_for"]] == [RITA]
    assert [piece["detail"] for piece in shown["evidence"]] == ["hers"]
    assert shown["reporters"] == [RITA]


def undecided(model: type[BaseModel], seen: tuple[type, ...] = ()) -> Iterator[str]:
    """Fields without a decision, in the model and in what reporters see inside of it."""
    for name, field in model.model_fields.items():
        decided = decision(field)
        if decided is None:
            yield f"{model.__name__}.{name}: who sees it?"
        elif decided.role.may(Role.RESPONDER):
            decided.for_others(field)  # ValueError where there is nothing to show instead
        else:
            for inner in models_in(field.annotation):
                yield from () if inner in seen else undecided(inner, (*seen, inner))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from models_in(each)


async def test_every_field_of_an_answer_to_reporters_says_who_sees_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        answers: dict[tuple[str, str], Any] = {
            (method, route.path): route.response_model
            for route in _routes(house.app.routes)
            for method in route.methods or ()
            if MATRIX.get((method, route.path)) is Role.REPORTER
        }
    models = {model for answer in answers.values() for model in models_in(answer)}
    # An incident, where a report went, what an action did, what a search found, named views, how
    # often something happened before, an article, and a list of them.
    assert len(models) == 8, models
    for model in models:
        assert list(undecided(model)) == []


def _routes(routes: Any) -> Iterator[APIRoute]:
    for context in iter_route_contexts(routes):
        route = getattr(context, "route", context)
        if isinstance(route, APIRoute):
            yield route


class Forgotten(IncidentView):
    somebody_added_this: str = "without a thought"


def test_a_field_without_a_decision_is_found_and_not_shown() -> None:
    assert list(undecided(Forgotten)) == ["Forgotten.somebody_added_this: who sees it?"]
    view = Forgotten.model_construct(**hers_and_others().__dict__, somebody_added_this="secret")
    seen = project(view, Caller(HER_TOKEN, Role.REPORTER))
    assert seen.somebody_added_this == "without a thought"
    assert project(view, Caller("ana", Role.RESPONDER)) == view
