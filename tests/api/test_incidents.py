"""Reports over HTTP: taken once, answered with where they went, and never answered in vain."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from standfast.api.idempotency import hash_of
from standfast.incidents.dedup_keys import callers_key
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.intake.reporting import report_incident
from tests.api.conftest import Api, open_api
from tests.stories.desk import Desk, until

PRINTER = {"title": "Printer jams", "description": "On the second floor"}


async def test_a_report_opens_an_incident_that_its_location_shows(api: Api) -> None:
    reported = await api.post("/api/incidents", PRINTER, Role.REPORTER, name="rita")
    assert reported.status_code == 201
    incident = reported.json()["incident_id"]
    assert reported.json() == {"incident_id": incident, "episode": 1, "created": True, "note": ""}
    assert reported.headers["location"] == f"/api/incidents/{incident}"
    await api.desk.ticket(incident).reaches_resolve()
    shown = (await api.get(reported.headers["location"])).json()
    assert (shown["title"], shown["stage"]) == ("Printer jams", "resolve")
    assert shown["report"]["reporter"] == "rita"
    assert shown["report"]["channel"] == "api"
    assert shown["notes"] == []


async def test_a_repeat_joins_the_open_incident(api: Api) -> None:
    body = PRINTER | {"dedup_key": "printer-2"}
    first = await api.post("/api/incidents", body)
    second = await api.post("/api/incidents", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["incident_id"] == first.json()["incident_id"]
    assert second.json()["created"] is False
    assert second.headers["location"] == first.headers["location"]


@pytest.mark.parametrize(
    ("role", "named", "status"),
    [
        (Role.REPORTER, "", 201),
        (Role.REPORTER, "rita", 201),
        (Role.REPORTER, "mia", 403),
        (Role.RESPONDER, "mia", 201),
    ],
)
async def test_who_may_report_for_whom(api: Api, role: Role, named: str, status: int) -> None:
    answer = await api.post("/api/incidents", PRINTER | {"reporter": named}, role, name="rita")
    assert answer.status_code == status
    if status == 201:
        ticket = api.desk.ticket(answer.json()["incident_id"])
        assert (await ticket.view()).report.reporter == (named or "rita")


async def test_the_list_is_narrowed_and_paged(api: Api) -> None:
    """Netflix/dispatch#890, Netflix/dispatch#1458: none twice, and none missing."""
    service = f"paged-{api.desk.place.parent.name}{api.desk.place.name}"[-60:]
    for number in range(5):
        await api.post("/api/incidents", {"title": f"Number {number}", "service": service})

    async def listed() -> list[str] | None:
        titles: list[str] = []
        page = ""
        for _ in range(9):
            query = {"service": service, "limit": "2", "page": page, "status": "all"}
            answer = await api.get("/api/incidents", params=query)
            assert answer.status_code == 200
            titles += [one["title"] for one in answer.json()["incidents"]]
            assert len(answer.json()["incidents"]) <= 2
            page = answer.json()["next"]
            if page is None:
                return titles if len(titles) >= 5 else None
        raise AssertionError("the pages have no end")

    titles = await until("visibility knows all five", listed)
    assert titles == [f"Number {number}" for number in reversed(range(5))]


@pytest.mark.parametrize("page", ["nonsense", "AAAA", "_w==", "é"])
async def test_a_page_that_no_list_gave_is_named(api: Api, page: str) -> None:
    answer = await api.get("/api/incidents", params={"page": page})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("page: ")


async def test_reporters_see_their_own_and_nothing_else(api: Api) -> None:
    reported = await api.post("/api/incidents", PRINTER, Role.REPORTER, name="rita")
    where = reported.headers["location"]
    for path in (where, f"{where}/events"):
        mias = await api.get(path, Role.REPORTER, name="mia")
        assert mias.status_code == 404
        nowhere = await api.get("/api/incidents/INC-AAAAAAAAAA", Role.REPORTER, name="mia")
        said = nowhere.json()["detail"].replace("INC-AAAAAAAAAA", reported.json()["incident_id"])
        assert mias.json()["detail"] == said
    assert (await api.get(where, Role.REPORTER, name="rita")).status_code == 200
    assert (await api.get("/api/incidents", Role.REPORTER, name="rita")).status_code == 403


async def test_what_monitors_say_later_is_for_responders_alone(desk: Desk, api: Api) -> None:
    ticket = await desk.report("Wiki is slow", reporter="rita", dedup_key=desk.task_queue)
    await ticket.reaches_resolve()
    alarm = {"channel": "monitor", "reporter": "prom", "dedup_key": desk.task_queue}
    labels = {"severity": "critical", "group_member": "Wiki on n1", "group_member_key": "a"}
    await desk.report("Wiki leaks", labels=labels, **alarm)
    await ticket.told("reported_again")
    where = f"/api/incidents/{ticket.id}"
    seen = (await api.get(where, Role.RESPONDER)).json()
    assert seen["labels"] == {"severity": "critical"}
    assert seen["members"] == [{"name": "Wiki on n1", "fires": True}]
    theirs = (await api.get(where, Role.REPORTER, name="rita")).json()
    assert (theirs["labels"], theirs["members"], theirs["latest"]) == ({}, [], None)


async def test_the_same_key_opens_one_incident_and_is_answered_the_same(
    desk: Desk, api: Api
) -> None:
    key = {"Idempotency-Key": "try-1"}
    first = await api.post("/api/incidents", PRINTER, headers=key)
    async with open_api(desk) as again:  # as after a restart: all that it knows is on record
        again.tokens = api.tokens
        second = await again.post("/api/incidents", PRINTER, headers=key)
    assert second.json() == first.json()
    assert (first.status_code, second.status_code) == (201, 201)
    others = await api.post("/api/incidents", PRINTER, Role.RESPONDER, headers=key)
    assert others.json()["incident_id"] != first.json()["incident_id"]
    other = await api.post("/api/incidents", {"title": "Something else"}, headers=key)
    assert other.status_code == 422
    assert other.json()["detail"] == "Idempotency-Key: try-1 came with something else before"


async def test_at_once_with_one_key_one_of_them_opens_it(api: Api) -> None:
    key = {"Idempotency-Key": "at-once"}
    calls = [api.post("/api/incidents", PRINTER, headers=key) for _ in range(6)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {201, 409}
    opened = {one.json()["incident_id"] for one in answers if one.status_code == 201}
    assert len(opened) == 1


@pytest.mark.parametrize("dedup_key", ["", "printer-crash"])
async def test_a_try_that_died_before_it_could_answer_has_opened_the_incident(
    api: Api, dedup_key: str
) -> None:
    key, caller = "died", "operator"
    whole = Report.model_validate(PRINTER | {"reporter": caller, "dedup_key": dedup_key})
    died = await _begin_and_die(api, caller, key, whole)
    body = PRINTER | {"dedup_key": dedup_key}
    again = await api.post("/api/incidents", body, headers={"Idempotency-Key": key})
    assert (again.status_code, again.json()["incident_id"]) == (201, died)
    view = await api.desk.ticket(died).view()
    assert view.occurrences == 1
    secret = api.desk.records.installation.key_secret()
    assert view.report.dedup_key == callers_key(secret, caller, dedup_key)
    # It is an incident of its own: the same words without the key open another.
    if not dedup_key:
        fresh = await api.post("/api/incidents", body)
        assert fresh.json()["incident_id"] != died


async def _begin_and_die(api: Api, caller: str, key: str, report: Report) -> str:
    """What a process leaves that dies between taking a report and answering; the incident's id."""
    keys = api.desk.records.idempotency
    begun = keys.begin(hash_of(caller), key, hash_of(report.model_dump_json()))
    secret = api.desk.records.installation.key_secret()
    taken = await report_incident(
        api.desk.client,
        report.model_copy(update={"dedup_key": callers_key(secret, caller, report.dedup_key)}),
        now=datetime.now(UTC),
        policy=None,
        records=api.desk.records.incidents,
        task_queue=api.desk.task_queue,
        attempt=begun.attempt,
    )
    keys.failed(hash_of(caller), key)  # as its lease does, which runs out
    return taken.incident_id


async def test_a_refused_report_leaves_its_key_free(api: Api) -> None:
    key = {"Idempotency-Key": "mended"}
    future: dict[str, Any] = PRINTER | {"occurred_at": "2999-01-01T00:00:00Z"}
    refused = await api.post("/api/incidents", future, headers=key)
    assert refused.status_code == 422
    assert refused.json()["errors"] == ["occurred_at: 2999-01-01T00:00:00+00:00 is in the future"]
    mended = await api.post("/api/incidents", PRINTER, headers=key)
    assert mended.status_code == 201
