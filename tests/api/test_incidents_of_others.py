"""A key belongs to who may use it, and joining an incident gives no rights over it."""

from typing import Any
from uuid import uuid4

from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.stories.desk import Desk, Ticket

RITA, RALF = "rita", "ralf"
DOWN = {"title": "Database is slow", "service": "wiki"}


async def reported(api: Api, key: str, name: str, role: Role = Role.REPORTER, **more: Any) -> str:
    answer = await api.post("/api/incidents", DOWN | {"dedup_key": key} | more, role, name=name)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["incident_id"])


async def withdrawal(api: Api, identity: str, name: str, **more: Any) -> tuple[int, str]:
    path, body = f"/api/incidents/{identity}/withdraw", {"reason": "not needed"} | more
    answer = await api.post(path, body, Role.REPORTER, name=name)
    return answer.status_code, answer.json().get("detail", "")


async def test_two_reporters_with_the_same_key_do_not_meet(api: Api) -> None:
    key = uuid4().hex
    ritas, ralfs = await reported(api, key, RITA), await reported(api, key, RALF)
    assert ritas != ralfs
    assert await reported(api, key, RITA) == ritas
    assert (await withdrawal(api, ritas, RALF))[0] == 404
    # A program that acts for people has keys of its own, whoever it names.
    mias = await reported(api, key, "portal", Role.OPERATOR, reporter="mia")
    assert await reported(api, key, "portal", Role.OPERATOR, reporter=RITA) == mias
    assert mias not in (ritas, ralfs)


async def test_only_what_is_theirs_alone_can_a_reporter_withdraw(api: Api) -> None:
    key = uuid4().hex
    shared = await reported(api, key, "portal", Role.OPERATOR, reporter=RITA)
    await reported(api, key, "portal", Role.OPERATOR, reporter=RALF)
    await api.desk.ticket(shared).told("reported_again", 1)
    status, why = await withdrawal(api, shared, RITA, as_reporter=False)
    assert (status, "others have reported it too" in why) == (409, True)
    for action, body in (
        ("withdraw", {"reason": "mine too"}),
        ("verify", {"verdict": "resolved"}),
        ("comment", {"text": "let me see"}),
        ("report_again", DOWN),
    ):
        path = f"/api/incidents/{shared}/{action}"
        assert (await api.post(path, body, Role.REPORTER, name=RALF)).status_code == 404
    assert (await api.get(f"/api/incidents/{shared}", Role.REPORTER, name=RALF)).status_code == 404
    by_ana = {"reason": "seen"}
    answer = await api.post(f"/api/incidents/{shared}/withdraw", by_ana, Role.RESPONDER, name="ana")
    assert answer.status_code == 200
    alone = await reported(api, uuid4().hex, RITA)
    assert (await withdrawal(api, alone, RITA))[0] == 200


async def test_what_was_merged_into_theirs_is_not_theirs_to_withdraw(desk: Desk, api: Api) -> None:
    mine = desk.ticket(await reported(api, "", RITA))
    other = await desk.report("The same", reporter="")
    await mine.reaches_resolve()
    await other.act("merge", by="ana", into=mine.id)
    await mine.told("absorbed")
    assert (await withdrawal(api, mine.id, RITA))[0] == 409


async def test_a_person_does_not_speak_as_a_monitor(api: Api) -> None:
    forged = DOWN | {"channel": "monitor", "labels": {"severity": "critical"}}
    for role in (Role.REPORTER, Role.RESPONDER):
        answer = await api.post("/api/incidents", forged, role, name=RITA)
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("channel: monitor is for sources")
    mine = await reported(api, "", RITA)
    path = f"/api/incidents/{mine}/report_again"
    assert (await api.post(path, forged, Role.REPORTER, name=RITA)).status_code == 403


async def test_a_report_that_begins_the_next_episode_brings_no_key_of_its_own(
    desk: Desk,
) -> None:
    ticket = await desk.report("Wiki crashed", dedup_key=f"prom:{uuid4().hex}")
    key = (await ticket.reaches_resolve()).report.dedup_key
    await ticket.signal("withdraw", by="ana")
    await ticket.signal("report_again", title="Down again", dedup_key="own:db-down")

    view = await episode(ticket, 2)

    assert (view.title, view.report.dedup_key) == ("Down again", key)


async def episode(ticket: Ticket, number: int) -> IncidentView:
    for _ in range(100):
        view = await ticket.view()
        if view.episode == number:
            return view
    raise AssertionError(f"{ticket.id} has no episode {number}")
