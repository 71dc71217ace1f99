"""Responders who see their own team's incidents: for whom one exists, at every door."""

from typing import NamedTuple

import pytest

from standfast.api.access import Caller
from standfast.api.visible import hidden_from, reader_of, seen_by
from standfast.incidents.assessment import SimilarIncident
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from standfast.records.open_incidents import Narrowed
from tests.api.conftest import Api
from tests.api.test_visible import of_one_incident
from tests.console.conftest import visiting
from tests.console.form_keys import without_form_keys
from tests.incidents.filled import AT
from tests.stories.desk import Desk, until

UNKNOWN = "INC-AAAAAAAAAA"


class Who(NamedTuple):
    """Somebody, and whether they find an incident of the applications' team by the setting."""

    role: Role
    name: str
    all: bool
    own_team: bool


PEOPLE = (
    Who(Role.RESPONDER, "ana", True, True),  # of the team, and paged
    Who(Role.RESPONDER, "mia", True, True),  # of the team
    Who(Role.RESPONDER, "dan", True, True),  # of the desk, in command of it
    Who(Role.RESPONDER, "dora", True, False),  # of the desk
    Who(Role.RESPONDER, "nils", True, False),  # of no team
    Who(Role.RESPONDER, "rita", True, False),  # reported it: shown as to a reporter
    Who(Role.RESPONDER, "Dan", True, False),
    Who(Role.OPERATOR, "omar", True, True),
    Who(Role.ADMINISTRATOR, "root", True, True),
    Who(Role.REPORTER, "ralf", False, False),
)


async def lists(api: Api, who: Who, incident_id: str) -> bool:
    """Whether the list of the API has it for them."""
    answer = await api.get("/api/incidents", who.role, name=who.name, params={"limit": "200"})
    assert (answer.status_code == 403) is (who.role is Role.REPORTER)
    return incident_id in answer.text


def counted(api: Api, who: Who) -> int:
    """How many incidents that are being resolved the board counts for them."""
    reader = reader_of(Caller(who.name, who.role), api.backend)
    kept = api.backend.records.open_incidents
    return kept.counts(Narrowed(reader=reader), 10_000).get(Box.RESOLVE, 0)


async def test_who_finds_it_by_role_and_team_and_setting(api: Api, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", reporter="rita")
    desks = await desk.report("Printer is out of paper", service="printer", reporter="rita")
    await ticket.reaches_resolve()
    await desks.reaches_resolve()
    await ticket.act("command", by="ana", to="dan")
    # The list of the API learns who commands it with the next change of what it shows.
    await ticket.act("reprioritise", by="ben", impact="high", urgency="high")
    await ticket.settles()
    api.app.state.leaving.set()  # so that a stream ends

    async def both_lists_know() -> bool:
        line = desk.records.open_incidents.those_of([ticket.id]).get(ticket.id)
        boss = await lists(api, PEOPLE[2], ticket.id)
        return bool(line and line.readers) and boss

    past = SimilarIncident(incident_id=desks.id, episode=1, title="Printer", closed_at=AT)
    judged_before = (await ticket.view()).model_copy(update={"similar": (past,)})
    for setting in ("own_team", "all"):  # it counts at once, also for what is open already
        desk.amend(access={"responders_see": setting})
        await until("the lists know who has to do with it", both_lists_know)
        for who in PEOPLE:
            finds = getattr(who, setting)
            seen = f"{who.name}: {setting}"
            async with visiting(api, who.role, who.name) as somebody:
                somebody.http.headers.update(api.headers(who.role, who.name))
                for path in of_one_incident():
                    if path.endswith("/events") and finds:
                        continue  # goes on for as long as the incident is open
                    if who.name == "rita":
                        continue
                    answer = await somebody.http.get(path.replace("{incident_id}", ticket.id))
                    assert (answer.status_code == 200) is finds, (path, seen)
                    if not finds:
                        nowhere = await somebody.http.get(path.replace("{incident_id}", UNKNOWN))
                        told = [without_form_keys(each.text) for each in (answer, nowhere)]
                        assert told[0].replace(ticket.id, UNKNOWN) == told[1], path
                board = (await somebody.http.get("/", params={"service": "wiki"})).text
            assert (ticket.id in board) is finds, seen
            assert await lists(api, who, ticket.id) is finds, seen
            if who.role is not Role.REPORTER:
                of_desk = await lists(api, who, desks.id)
                assert counted(api, who) == finds + of_desk, seen
                assert of_desk is (
                    setting == "all" or who.name not in ("ana", "mia", "nils", "rita", "Dan")
                ), seen
            caller = Caller(who.name, who.role)
            if who.role is not Role.REPORTER:
                hidden = await hidden_from(caller, api.backend, [ticket.id])
                assert (ticket.id not in hidden) is finds, seen
            if finds:
                left_out = who.role is Role.RESPONDER and setting == "own_team"
                assert seen_by(caller, api.backend, judged_before).similar == (
                    () if left_out else judged_before.similar
                ), seen
        told = (await api.get(f"/api/incidents/{ticket.id}", Role.RESPONDER, name="rita")).json()
        assert told["title"] == "Wiki crashed"
        assert (told["assignee"] is None) is (setting == "own_team")


async def test_others_neither_act_on_it_nor_link_to_it(api: Api, desk: Desk) -> None:
    desk.amend(access={"responders_see": "own_team"})
    ticket = await desk.report("Wiki crashed", service="wiki", reporter="rita")
    desks = await desk.report("Printer is out of paper", service="printer", reporter="rita")
    await ticket.reaches_resolve()
    await desks.reaches_resolve()
    tries: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("{}", "acknowledge", {}),
        ("{}", "comment", {"text": "hello"}),
        ("{}", "resolve", {"summary": "done"}),
        (desks.id, "link", {"to": "{}"}),
        (desks.id, "merge", {"into": "{}"}),
    )
    for where, action, body in tries:
        here, nowhere = [
            await api.post(
                f"/api/incidents/{where.format(each)}/{action}",
                {field: value.format(each) for field, value in body.items()},
                Role.RESPONDER,
                name="dora",
            )
            for each in (ticket.id, UNKNOWN)
        ]
        assert (here.status_code, nowhere.status_code) == (404, 404), action
        assert here.json()["detail"].replace(ticket.id, UNKNOWN) == nowhere.json()["detail"]
    where = f"/api/incidents/{ticket.id}/comment"
    for name, status in (("rita", 200), ("ana", 200)):
        done = await api.post(where, {"text": "hello"}, Role.RESPONDER, name=name)
        assert done.status_code == status, done.text
    # Who took the call finds what it became, whatever team has it.
    call = {"title": "Wiki crashed again", "service": "wiki", "reporter": "walter"}
    taken = await api.post("/api/incidents", call, Role.RESPONDER, name="dora")
    entered = f"/api/incidents/{taken.json()['incident_id']}"

    async def has_a_team() -> bool:
        return bool((await api.get(entered)).json()["team"] == "apps")

    await until("it has a team", has_a_team)
    for name, status in (("dora", 200), ("nils", 404)):
        assert (await api.get(entered, Role.RESPONDER, name=name)).status_code == status, name
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    closed = f"/api/incidents/{ticket.id}"
    for name, status in (("ana", 200), ("rita", 200), ("dora", 404)):
        assert (await api.get(closed, Role.RESPONDER, name=name)).status_code == status, name
    assert not await lists(api, PEOPLE[3], ticket.id)
    assert "not looked up" in str((await ticket.view()).decisions)


@pytest.mark.parametrize("setting", ["all", "own_team"])
async def test_before_it_has_a_team_all_responders_find_it(
    api: Api, desk: Desk, setting: str
) -> None:
    """No worker takes it up, so nobody has classified it."""
    desk.amend(access={"responders_see": setting})
    desk.task_queue = f"nobody-works-here-{setting}"
    ticket = await desk.report("Wiki crashed", service="wiki", reporter="rita")

    async def listed() -> bool:
        return await lists(api, PEOPLE[4], ticket.id)

    await until("the list has it", listed)
    async with visiting(api, Role.RESPONDER, "nils") as nils:
        assert ticket.id in await nils.reads("/?service=wiki")
    await ticket.handle.terminate()
