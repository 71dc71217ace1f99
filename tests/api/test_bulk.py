"""One action on several incidents over HTTP: done to each by itself, and once for a key."""

from pathlib import Path
from typing import Any

import pytest

from standfast.api import bulk
from standfast.incidents.bulk import MOST_AT_ONCE, read_target
from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.api.conftest import Api
from tests.console.house import open_house
from tests.records.samples import incident

NOBODY_S = "INC-AAAAAAAAAA"


async def test_each_is_done_or_refused_by_itself_and_once(api: Api) -> None:
    first, second = await api.desk.report(), await api.desk.report()
    hidden = await api.desk.report(confidential=True)
    for ticket in (first, second, hidden):
        await ticket.reaches_resolve()
    await second.act("acknowledge", by="ben")
    ids = [first.id.lower(), second.id, NOBODY_S, hidden.id, first.id]

    async def bulk(key: str, action: str, **fields: Any) -> dict[str, Any]:
        body = {"action": action, "incidents": ids, "fields": fields}
        headers = {"Idempotency-Key": key}
        answer = await api.post("/api/bulk", body, Role.RESPONDER, name="otto", headers=headers)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    taken = await bulk("k1", "acknowledge")
    assert (taken["done"], taken["refused"]) == (1, 3)
    assert {each["incident"]: each["message"] for each in taken["outcomes"]} == {
        first.id: "otto has it; paging stops",
        second.id: "ben has acknowledged it already",
        NOBODY_S: f"no incident {NOBODY_S} is open",
        hidden.id: f"no incident {hidden.id} is open",
    }
    assert await bulk("k1", "acknowledge") == taken, "pressed twice, it is the same answer"
    for _ in range(2):
        assert (await bulk("k2", "comment", text="It is the switch"))["done"] == 2
    for ticket in (first, second):
        assert len(await ticket.told("comment")) == 1
    other = await api.post(
        "/api/bulk",
        {"action": "acknowledge", "incidents": [first.id]},
        Role.RESPONDER,
        name="otto",
        headers={"Idempotency-Key": "k1"},
    )
    assert other.status_code == 422
    closed = "INC-WOMBATAAAA"
    for episode in (1, 2):
        api.desk.records.incidents.save(incident(closed, episode))
    body = {
        "action": "tag",
        "incidents": [f"{closed}:1", f"{closed}:3", first.id],
        "fields": {"tag": "Zoo"},
    }
    tagged = (await api.post("/api/bulk", body, Role.RESPONDER, name="otto")).json()
    assert [(each["done"], each["message"]) for each in tagged["outcomes"]] == [
        (True, "tagged zoo"),
        (False, f"there is no incident {closed} with an episode 3"),
        (False, f"{first.id} is open: this is for incidents that have closed"),
    ]
    found = await api.get("/api/search", Role.RESPONDER, params={"q": "tag:zoo"})
    assert [each["episode"] for each in found.json()["incidents"]] == [1]

    [*_, entry] = api.desk.records.audit.newest(9, kind=AuditKind.ACTED_ON_SEVERAL)
    assert (entry.by, entry.detail) == ("otto", "acknowledge on 4 incidents: 1 done")


async def test_what_failed_for_a_while_is_tried_again_under_the_same_key(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal is the answer for a day; that there was no time for it is not."""
    api.desk.records.incidents.save(incident("INC-WOMBATAAAA"))
    body = {
        "action": "tag",
        "incidents": ["INC-WOMBATAAAA:1", "INC-WOMBATAAAA:2"],
        "fields": {"tag": "zoo"},
    }

    async def ask() -> list[tuple[bool, bool]]:
        answer = await api.post("/api/bulk", body, headers={"Idempotency-Key": "k3"})
        assert answer.status_code == 200, answer.text
        return [(each["done"], each["try_again"]) for each in answer.json()["outcomes"]]

    with monkeypatch.context() as busy:
        busy.setattr(bulk, "_BEGIN_WITHIN", -1.0)
        assert await ask() == [(False, True)] * 2
    for _ in range(2):
        assert await ask() == [(True, False), (False, False)]
    entries = api.desk.records.audit.newest(9, kind=AuditKind.ACTED_ON_SEVERAL)
    assert len(entries) == 2, "the third was answered from the second"


async def test_what_cannot_be_asked_and_records_of_closed_ones(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as anybody:
        headers = {"Authorization": f"Bearer {house.token().secret}"}
        for body, says in (
            ({"action": "merge"}, "'merge' cannot be done on several; acknowledge"),
            ({"action": "tag", "incidents": ["INC-1"]}, "'INC-1' is not an incident"),
            ({"action": "tag", "incidents": []}, "incidents: "),
            ({"action": "tag", "incidents": [NOBODY_S] * (MOST_AT_ONCE + 1)}, "incidents: "),
            ({"action": "tag", "fields": {"tog": "x"}}, "fields.tog: there is no such field"),
            ({"action": "tag", "fields": {"by": "ben", "tag": "x"}}, "only operators name another"),
        ):
            asked = {"incidents": [NOBODY_S], **body}
            answer = await anybody.http.post("/api/bulk", json=asked, headers=headers)
            assert (answer.status_code in (403, 422), says in answer.text) == (True, True), says


@pytest.mark.parametrize("written", ["INC-7F3K2QXWM4:0", "INC-7F3K2QXWM4:", "x:1", ":1", ""])
def test_what_is_no_incident(written: str) -> None:
    with pytest.raises(ValueError, match="is not an incident"):
        read_target(written)
