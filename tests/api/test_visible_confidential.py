"""Confidential incidents: for whom they exist, at every endpoint, and what else shows of them."""

from standfast.api.access import Caller
from standfast.api.visible import seen_by
from standfast.incidents.article import ArticleText
from standfast.incidents.confidentiality import TITLE, as_reader
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from standfast.records.articles import Origin
from standfast.records.audit import AuditKind
from standfast.records.open_incidents import Narrowed
from tests.api.conftest import Api
from tests.api.test_visible import of_one_incident
from tests.console.conftest import visiting
from tests.console.form_keys import without_form_keys
from tests.stories.desk import Desk, Ticket, until

SECRET, UNKNOWN = "Wiki tells what Otto earns", "INC-AAAAAAAAAA"

FIND_IT = (
    (Role.RESPONDER, "ana"),  # of its team
    (Role.OPERATOR, "ben"),
    (Role.RESPONDER, "hana"),  # named
    (Role.ADMINISTRATOR, "root"),
)
DO_NOT = ((Role.RESPONDER, "dora"), (Role.OPERATOR, "omar"), (Role.RESPONDER, "Hana"))


async def restricted(desk: Desk) -> Ticket:
    """An incident of the applications' team that became confidential, and is being resolved."""
    ticket = await desk.report(SECRET, service="wiki", reporter="rita", description="Otto's pay")
    await ticket.reaches_resolve()
    await ticket.told("page_sent")
    await ticket.act("restrict", by="ana", people=["hana"], reason="personnel")
    await ticket.settles()
    return ticket


async def test_for_others_it_is_as_if_it_did_not_exist(api: Api, desk: Desk) -> None:
    ticket = await restricted(desk)
    api.app.state.leaving.set()  # so that a stream ends
    view = await ticket.view()
    for role, name in (*FIND_IT, *DO_NOT):
        async with visiting(api, role, name) as somebody:
            somebody.http.headers.update(api.headers(role, name))
            for path in of_one_incident():
                if path.endswith("/events") and (role, name) in FIND_IT:
                    continue  # goes on for as long as the incident is open
                answer = await somebody.http.get(path.replace("{incident_id}", ticket.id))
                assert (answer.status_code == 200) is ((role, name) in FIND_IT), (path, name)
                if (role, name) in DO_NOT:
                    nowhere = await somebody.http.get(path.replace("{incident_id}", UNKNOWN))
                    assert nowhere.status_code == 404
                    told = [without_form_keys(each.text) for each in (answer, nowhere)]
                    assert told[0].replace(ticket.id, UNKNOWN) == told[1]
            board = (await somebody.http.get("/", params={"service": "wiki"})).text
            assert (ticket.id in board) is ((role, name) in FIND_IT), name
    for role, name in FIND_IT:
        assert seen_by(Caller(name, role), api.backend, view).title == SECRET
    rita = (await api.get(f"/api/incidents/{ticket.id}", Role.REPORTER, name="rita")).json()
    assert (rita["title"], rita["confidential"], rita["assignee"]) == (SECRET, None, None)
    # An administrator finds it too, and that stays on record.
    glass = api.backend.records.audit.newest(50, kind=AuditKind.BREAK_GLASS)
    assert [(entry.by, entry.detail) for entry in glass] == [("root", f"opened {ticket.id}")]
    assert glass[0].origin


async def test_who_reports_a_colleague_s_matter_sees_it_as_a_reporter(api: Api, desk: Desk) -> None:
    ticket = await desk.report(SECRET, service="wiki", reporter="dora", confidential=True)
    await ticket.reaches_resolve()
    seen = (await api.get(f"/api/incidents/{ticket.id}", Role.RESPONDER, name="dora")).json()
    assert (seen["title"], seen["assignee"], seen["decisions"]) == (SECRET, None, [])
    for action in ("unrestrict", "acknowledge"):
        where = f"/api/incidents/{ticket.id}/{action}"
        assert (await api.post(where, {}, Role.RESPONDER, name="dora")).status_code == 403
        async with visiting(api, Role.RESPONDER, "dora") as dora:
            page = f"/incidents/{ticket.id}"
            assert f'action="{page}/{action}"' not in await dora.reads(page)
            assert (await dora.sends(f"{page}/{action}", page)).status_code == 403


async def test_nobody_else_acts_on_it_or_learns_that_it_exists(api: Api, desk: Desk) -> None:
    ticket = await restricted(desk)
    other = await desk.report("Wiki is slow", service="wiki", reporter="ralf")
    await other.reaches_resolve()
    for action, body in (
        ("acknowledge", {}),
        ("comment", {"text": "hello"}),
        ("unrestrict", {}),
        ("restrict", {"people": ["dora"]}),
    ):
        here, nowhere = [
            await api.post(f"/api/incidents/{each}/{action}", body, Role.RESPONDER, name="dora")
            for each in (ticket.id, UNKNOWN)
        ]
        assert (here.status_code, nowhere.status_code) == (404, 404), action
        assert here.json()["detail"].replace(ticket.id, UNKNOWN) == nowhere.json()["detail"]
    for action, field in (("link", "to"), ("merge", "into")):
        where = f"/api/incidents/{other.id}/{action}"
        here, nowhere = [
            await api.post(where, {field: each}, Role.RESPONDER, name="dora")
            for each in (ticket.id, UNKNOWN)
        ]
        assert (here.status_code, nowhere.status_code) == (404, 404), action
        assert here.json()["detail"].replace(ticket.id, UNKNOWN) == nowhere.json()["detail"]
    done = await api.post(f"/api/incidents/{ticket.id}/acknowledge", {}, Role.RESPONDER, name="ben")
    assert done.status_code == 200


async def test_lists_counts_and_searches_leave_it_out(api: Api, desk: Desk) -> None:
    ticket = await restricted(desk)

    async def listed(role: Role, name: str) -> dict[str, str]:
        answer = await api.get("/api/incidents", role, name=name, params={"limit": "200"})
        return {one["incident_id"]: one["title"] for one in answer.json()["incidents"]}

    async def known() -> bool:
        return (await listed(Role.ADMINISTRATOR, "root")).get(ticket.id) == TITLE

    await until("visibility knows it", known)
    assert ticket.id in await listed(Role.RESPONDER, "ana")
    assert ticket.id in await listed(Role.RESPONDER, "hana")
    for role, name in DO_NOT:
        assert ticket.id not in await listed(role, name), name

    kept = desk.records.open_incidents

    async def counted() -> bool:
        return kept.those_of([ticket.id])[ticket.id].readers != ""

    await until("the list knows it", counted)
    stage = str(Box.RESOLVE)
    before = kept.counts(Narrowed(reader=as_reader("dora", ())), 10_000).get(stage, 0)
    assert kept.counts(Narrowed(reader=as_reader("hana", ())), 10_000)[stage] == before + 1
    await ticket.act("resolve", by="ana", summary="hid the payroll", steps=[])
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    assert ticket.id not in {
        each.incident_id for each in desk.records.incidents.similar("wiki Otto earns", 50)
    }
    closed = f"/api/incidents/{ticket.id}"
    assert (await api.get(closed, Role.RESPONDER, name="dora")).status_code == 404
    assert (await api.get(closed, Role.RESPONDER, name="hana")).status_code == 200
    origin = Origin(ticket.id, 1, "apps", reopened=0)
    read = f"/api/articles/{desk.records.articles.write(ArticleText(title=SECRET), 'ana', origin)}"
    assert (await api.get(read, Role.RESPONDER, name="dora")).status_code == 404
    root = {"role": Role.ADMINISTRATOR}
    read_by = {
        "reads": await api.get(read, **root, name="reads"),
        "lists": await api.get("/api/articles", **root, name="lists"),
        "edits": await api.post(f"{read}/edit", {"cause": "dust"}, **root, name="edits"),
        "retires": await api.post(f"{read}/retire", {}, **root, name="retires"),
    }
    assert {each.status_code for each in read_by.values()} == {200}

    async def noted() -> bool:
        glass = [one for one in desk.records.audit.all() if one.kind == AuditKind.BREAK_GLASS]
        return set(read_by) <= {one.by for one in glass}

    await until("it is on record", noted)
