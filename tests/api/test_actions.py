"""Every action over HTTP: done in the caller's name, or refused with the incident's reason."""

import pytest

from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.stories.desk import Ticket
from tests.stories.test_actions import SAMPLES

CLOSED = "the incident is closed"


def path(ticket: Ticket, action: str) -> str:
    return f"/api/incidents/{ticket.id}/{action}"


async def resolved(api: Api) -> Ticket:
    ticket = await api.desk.report()
    await ticket.reaches_resolve()
    return ticket


async def test_from_report_to_close(api: Api) -> None:
    reported = await api.post("/api/incidents", {"title": "Wiki crashed"}, Role.REPORTER)
    ticket = api.desk.ticket(reported.json()["incident_id"])
    await ticket.reaches_resolve()
    not_theirs = {"via": "slack", "episode": 9}  # what the ways to answer a page alone fill in
    taken = await api.post(path(ticket, "acknowledge"), not_theirs, Role.RESPONDER, name="ana")
    assert taken.status_code == 200
    assert taken.json()["message"] == "ana has it; paging stops"
    assert (await ticket.told("acknowledged"))[0].via is None
    body = {"summary": "restarted it"}
    done = await api.post(path(ticket, "resolve"), body, Role.RESPONDER, name="ana")
    assert done.status_code == 200
    await ticket.reaches(Box.ISSUE_RESOLVED)
    fixed = await api.post(path(ticket, "verify"), {"verdict": "resolved"}, Role.REPORTER)
    assert fixed.status_code == 200
    late = await api.post(path(ticket, "comment"), {"text": "Thanks!"}, Role.REPORTER)
    assert late.status_code in (200, 409)


async def test_what_makes_no_sense_is_a_conflict_with_the_reason(api: Api) -> None:
    ticket = await resolved(api)
    answer = await api.post(path(ticket, "resume"), {})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": f"{ticket.id}: it is not on hold",
    }


async def test_a_closed_incident_is_a_conflict_and_an_unknown_one_is_not_found(api: Api) -> None:
    ticket = await resolved(api)
    await api.post(path(ticket, "withdraw"), {"reason": "a mistake"})
    await ticket.closes()
    closed = await api.post(path(ticket, "acknowledge"), {})
    assert closed.status_code == 409
    assert "it closed at" in closed.json()["detail"]
    for unknown in ("INC-AAAAAAAAAA", "nonsense", "INC-7f3k2qxwm"):
        nobody = await api.post(f"/api/incidents/{unknown}/acknowledge", {})
        assert nobody.status_code == 404


@pytest.mark.parametrize("action", Action)
async def test_each_action_reaches_the_incident(api: Api, action: Action) -> None:
    """Done or refused, but by the incident itself: neither its name nor its payload is lost."""
    ticket = await resolved(api)
    field = {Action.LINK: "to", Action.MERGE: "into"}.get(action)
    named = {field: (await api.desk.report()).id} if field else {}
    answer = await api.post(path(ticket, action), SAMPLES[action] | named)
    assert answer.status_code in (200, 409), answer.text
    if answer.status_code == 200:
        assert answer.json()["action"] == action
        assert answer.json()["incident_id"] == ticket.id
    else:
        assert answer.json()["detail"].startswith(f"{ticket.id}: ")


@pytest.mark.parametrize(
    ("role", "named", "status"),
    [
        (Role.RESPONDER, "", 200),
        (Role.RESPONDER, "ana", 200),
        (Role.RESPONDER, "marco", 403),
        (Role.OPERATOR, "marco", 200),
        (Role.ADMINISTRATOR, "marco", 200),
    ],
)
async def test_only_operators_act_for_others(api: Api, role: Role, named: str, status: int) -> None:
    ticket = await resolved(api)
    body = {"text": "looking", **({"by": named} if named else {})}
    answer = await api.post(path(ticket, "comment"), body, role, name="ana")
    assert answer.status_code == status
    if status == 200:
        assert (await ticket.told("comment"))[-1].actor == (named or "ana")
        entered = [entry.actor for entry in await ticket.entries("entered_for")]
        assert entered == (["ana"] if named == "marco" else [])
    else:
        assert answer.json()["detail"] == ("ana cannot act for marco: only operators name another")


@pytest.mark.parametrize(
    "action", [action for action in Action if ACTIONS[action].role is Role.REPORTER]
)
async def test_reporters_act_on_their_own_alone(api: Api, action: Action) -> None:
    ticket = await api.desk.report(reporter="rita")
    await ticket.reaches_resolve()
    sample = {name: value for name, value in SAMPLES[action].items() if name != "by"}
    others = await api.post(path(ticket, action), sample, Role.REPORTER, name="mia")
    assert others.status_code == 404
    own = await api.post(path(ticket, action), sample, Role.REPORTER, name="rita")
    assert own.status_code in (200, 409)
    if own.status_code == 409:  # nothing to verify yet
        assert action is Action.VERIFY


async def test_sent_again_under_its_key_an_action_is_done_once(api: Api) -> None:
    """Whoever got no answer sends it again; another action under that key is another one."""
    ticket = await resolved(api)
    keyed = {"Idempotency-Key": "try-1"}

    async def comment(text: str, name: str) -> int:
        answer = await api.post(path(ticket, "comment"), {"text": text}, name=name, headers=keyed)
        return answer.status_code

    asked = (("on my way", "ana"), ("on my way", "ana"), ("got it", "ana"), ("on my way", "ben"))
    assert [await comment(*one) for one in asked] == [200] * len(asked)
    told = [(entry.actor, entry.detail) for entry in await ticket.told("comment")]
    assert told == [("ana", "on my way"), ("ana", "got it"), ("ben", "on my way")]


async def test_sent_again_after_it_closed_the_incident_an_action_gets_its_answer(api: Api) -> None:
    ticket = await resolved(api)

    async def withdraw() -> tuple[int, str]:
        answer = await api.post(
            path(ticket, "withdraw"), {"reason": "a mistake"}, headers={"Idempotency-Key": "try-1"}
        )
        return answer.status_code, answer.text

    first = await withdraw()
    await ticket.closes()
    assert first[0] == 200
    assert await withdraw() == first
