"""Reviews through the API: what people do with one, and for whom there is none."""

import asyncio
import io
from typing import Any

from pypdf import PdfReader

from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.api.conftest import Api
from tests.stories.paths import PATHS
from tests.stories.reviewing import REVIEWED, SECTIONS, Reviewing


async def test_it_is_written_closed_and_acted_on(api: Api) -> None:
    desk = api.desk
    desk.amend(**REVIEWED)
    ticket = await PATHS["human"](desk)
    await Reviewing(desk, ticket.id).begins()
    where = f"/api/incidents/{ticket.id}/review"

    async def step(status: int = 200, name: str = "ana", **body: Any) -> Any:
        answer = await api.post(f"{where}/steps", body, Role.RESPONDER, name=name)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert (await api.get(where, Role.REPORTER, name="rita")).status_code == 403
    assert (await api.post(where, {"why": "again"})).status_code == 409
    shown = (await api.get(where)).json()
    assert (shown["state"], shown["title"]) == ("writing", "Wiki crashed")
    assert shown["missing"] == ["What went well", "What was luck", "What we change"]

    refused = await step(409, do="close")
    assert "these sections say nothing yet: What went well" in refused["detail"]
    for section in SECTIONS:
        text = {"text": f"about {section}", "instead_of": 0}
        written = await api.call("PUT", f"{where}/sections/{section}", Role.RESPONDER, json=text)
        assert written.json()["by"] == "responder"
        again = await api.call("PUT", f"{where}/sections/{section}", Role.RESPONDER, json=text)
        assert again.status_code == 409
    await step(422, do="add_action", title="bigger cache", owner="nobody at all")
    await step(422, do="dance")
    assert (await step(422, do="add_action"))["detail"] == "title: is missing"
    added = await step(do="add_action", title="bigger cache", owner="ben", due="14d")
    assert [item["owner"] for item in added["actions"]] == ["ben"]
    await step(403, do="close", by="somebody else")
    assert (await step(do="close", name="lea"))["closed_by"] == "lea"
    [listed] = [
        each
        for each in (await api.get("/api/reviews", Role.RESPONDER)).json()
        if each["review"]["incident_id"] == ticket.id
    ]
    assert listed["state"] == "acting"
    done = await step(do="change_action", id=1, state="done", note="512 MB", name="ben")
    assert done["actions"][0]["changed_by"] == "ben"
    async with asyncio.timeout(20):
        await Reviewing(desk, ticket.id).handle.result()

    document = await api.get(f"{where}/export", Role.RESPONDER)
    assert document.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "- [x] 1. bigger cache (ben, due" in document.text
    noted = desk.records.audit.newest(9, kind=AuditKind.REVIEW_CHANGED)
    assert {(each.subject, each.origin) for each in noted} == {(ticket.id, "127.0.0.1")}
    assert [(each.by, each.detail) for each in noted] == [
        ("ben", "episode 1: change action 1, done"),
        ("lea", "episode 1: close"),
        ("ana", "episode 1: add action, to ben"),
    ]
    pages = await api.get(f"{where}/export?format=pdf", Role.RESPONDER)
    assert pages.headers["content-type"] == "application/pdf"
    assert (
        pages.headers["content-disposition"] == f'attachment; filename="review-{ticket.id}-1.pdf"'
    )
    assert pages.headers["x-content-type-options"] == "nosniff"
    assert "bigger cache" in PdfReader(io.BytesIO(pages.content)).pages[-1].extract_text()
    taken = api.backend.records.audit.newest(2, kind=AuditKind.EXPORTED)
    assert [each.detail for each in taken] == [f"the review of {ticket.id}, episode 1"] * 2
    assert (await api.get(f"{where}/export?format=docx")).status_code == 422
    assert (await api.get(f"{where}/export?format=pdf", Role.REPORTER)).status_code == 403
