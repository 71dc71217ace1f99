"""Problems through the API: for whom they are, what each finds of one, and what is refused."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.api.conftest import Api
from tests.records.samples import incident
from tests.stories.desk import until

FIRST = datetime(2025, 3, 1, tzinfo=UTC)
ONE, SECRET, LAST, UNKNOWN = (
    *("INC-WALRUSAAAA", "INC-WALRUSBBBB", "INC-WALRUSCCCC"),
    "INC-AAAAAAAAAA",
)


def walrus(incident_id: str, day: int, **changed: object) -> IncidentView:
    opened = FIRST + timedelta(days=day)
    closed = opened + timedelta(hours=1)
    view = incident(incident_id, title=f"Walrus of day {day}", opened_at=opened, closed_at=closed)
    assert view.resolution
    fix = view.resolution.model_copy(update={"at": closed, "summary": f"Herring on day {day}"})
    return view.model_copy(update={"resolution": fix, "team": "zoo", **changed})


async def test_each_finds_a_problem_made_of_what_they_find(api: Api) -> None:
    secret = Confidential(by="rita", people=("hana",))
    records = api.desk.records
    for view in (
        walrus(ONE, 0),
        walrus(SECRET, 5, confidential=secret, title="Walrus bit Otto"),
        walrus(LAST, 9),
    ):
        records.incidents.save(view)

    async def link(to: str, role: Role, name: str, where: str = ONE) -> tuple[int, str]:
        answer = await api.post(f"/api/problems/{where}/link", {"to": to}, role, name=name)
        return answer.status_code, answer.json().get("words") or answer.json()["detail"]

    assert (await link(LAST, Role.RESPONDER, "bo"))[0] == 200
    assert await link(SECRET, Role.RESPONDER, "bo") == (404, f"there is no incident {SECRET}")
    assert await link(UNKNOWN, Role.RESPONDER, "bo") == (404, f"there is no incident {UNKNOWN}")
    assert await link(SECRET, Role.RESPONDER, "hana") == (
        200,
        f"{SECRET} is in the problem of {ONE} now",
    )
    assert (await link(LAST, Role.RESPONDER, "bo"))[0] == 409
    assert (await link("INC-NO", Role.RESPONDER, "bo"))[0] == 422

    for name, ids in (("bo", [ONE, LAST]), ("hana", [ONE, SECRET, LAST])):
        shown = (await api.get(f"/api/problems/{LAST}", Role.RESPONDER, name=name)).json()
        assert shown["incident_ids"] == ids
        assert ("Otto" in str(shown)) is (name == "hana")
        listed = await api.get(
            "/api/problems", Role.RESPONDER, name=name, params={"since": "2025", "team": "zoo"}
        )
        [line] = listed.json()["problems"]
        assert (line["problem_id"], line["episodes"]) == (ONE, len(ids))
    hidden = await api.get(f"/api/problems/{SECRET}", Role.RESPONDER, name="bo")
    nowhere = await api.get(f"/api/problems/{UNKNOWN}", Role.RESPONDER, name="bo")
    assert hidden.text.replace(SECRET, UNKNOWN) == nowhere.text

    linked = records.audit.newest(9, kind=AuditKind.PROBLEM_CHANGED)
    assert {(each.by, each.origin, each.subject, each.detail) for each in linked} == {
        ("bo", "127.0.0.1", ONE, f"link {LAST}"),
        ("hana", "127.0.0.1", ONE, f"link {SECRET}"),
    }

    # Who reads it only as an administrator is on record.
    assert (await api.get(f"/api/problems/{ONE}", Role.ADMINISTRATOR, name="root")).is_success

    async def glass_is_broken() -> bool:
        glass = records.audit.newest(50, kind=AuditKind.BREAK_GLASS)
        return ("root", f"opened {SECRET}") in {(each.by, each.detail) for each in glass}

    await until("the audit log has it", glass_is_broken)


async def test_an_incident_says_how_often_it_happened_to_responders(api: Api) -> None:
    again = "INC-WALRUSDDDD"
    for episode, day in ((1, 0), (2, 9)):
        view = walrus(again, day)
        api.desk.records.incidents.save(view.model_copy(update={"episode": episode}))
    where = f"/api/incidents/{again}/problem"
    told = (await api.get(where, Role.RESPONDER, name="bo")).json()["problem"]
    assert told["words"] == "2nd time since 2025-03-01; the last fix held 8 d 23 h"
    assert (await api.get(where, Role.REPORTER, name="mia")).json() == {"problem": None}
    assert (await api.get(where, Role.REPORTER, name="leo")).status_code == 404
    first = await api.get(where, Role.RESPONDER, name="bo", params={"episode": "1"})
    assert first.json()["problem"]["words"] == "1st of 2 times since 2025-03-01"


async def test_a_name_is_changed_in_part(api: Api) -> None:
    twice = "INC-WALRUSEEEE"
    for episode, day in ((1, 0), (2, 9)):
        view = walrus(twice, day)
        api.desk.records.incidents.save(view.model_copy(update={"episode": episode}))

    async def name(**said: str) -> tuple[int, str]:
        answer = await api.post(f"/api/problems/{twice}/name", said, Role.RESPONDER, name="bo")
        return answer.status_code, answer.json().get("words") or answer.json()["detail"]

    assert await name(title="The tide") == (200, "named: The tide")
    said = "owner: the policy has no person or team 'dorra'; did you mean dora?"
    assert await name(owner="dorra") == (422, said)
    assert await name(owner="ana") == (200, "named: The tide, owner ana")
    assert await name(owner="apps") == (200, "named: The tide, owner apps")
    assert await name(title="") == (200, "it has no name of its own now, owner apps")
    assert (await name())[0] == 422
    other = await api.post(f"/api/problems/{UNKNOWN}/name", {"title": "x"}, Role.RESPONDER)
    assert other.status_code == 404
    for since, says in (("soon", "'soon' is not a date"), ("2019", "at most three years")):
        refused = await api.get("/api/problems", params={"since": since})
        assert (refused.status_code, says in refused.text) == (422, True)
