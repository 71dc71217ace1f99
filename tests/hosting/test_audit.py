"""What the API writes into the audit log, and how much of it a stranger can cause."""

import logging
from pathlib import Path

import pytest

from standfast.hosting.audit import AuditLog
from standfast.incidents.roles import Role
from standfast.records.audit import AuditEntry, AuditEvent, AuditKind
from standfast.records.store import RecordStore
from tests.api.conftest import Api
from tests.stories.desk import until


async def logged(api: Api, kind: AuditKind, by: str = "") -> list[AuditEntry]:
    """The entries of that kind, once there are any."""

    async def there() -> list[AuditEntry] | None:
        return api.backend.records.audit.newest(50, kind=kind, by=by) or None

    return await until(f"the audit log has {kind}", there)


async def test_an_operator_who_acts_for_george_leaves_both_names(api: Api) -> None:
    told = {"title": "Wiki crashed", "reporter": "george"}
    reported = await api.post("/api/incidents", told, Role.OPERATOR, name="olga")
    ticket = api.desk.ticket(reported.json()["incident_id"])
    await ticket.reaches_resolve()
    body = {"by": "george", "reason": "it was me"}
    withdrawn = await api.post(
        f"/api/incidents/{ticket.id}/withdraw", body, Role.OPERATOR, name="olga"
    )
    assert withdrawn.status_code == 200
    closed = await ticket.closes()
    assert closed.incident_id == ticket.id
    said = [(entry.actor, entry.detail) for entry in await ticket.entries("entered_for")]
    assert said == [("olga", "report for george"), ("olga", "withdraw for george")]
    entries = await logged(api, AuditKind.ACTED_FOR, by="olga")
    assert [(entry.behalf, entry.subject) for entry in entries] == [
        ("george", f"POST /api/incidents/{ticket.id}/withdraw"),
        ("george", "POST /api/incidents"),
    ]
    assert entries[0].origin


@pytest.mark.parametrize("body", [{"title": "Wiki"}, {"title": "Wiki", "entered_by": "george"}])
async def test_nobody_chooses_who_entered_a_report(api: Api, body: dict[str, str]) -> None:
    reported = await api.post("/api/incidents", body, Role.OPERATOR, name="olga")
    ticket = api.desk.ticket(reported.json()["incident_id"])
    await ticket.reaches_resolve()
    assert await ticket.entries("entered_for") == []
    assert "george" not in (await ticket.view()).model_dump_json()


async def test_who_is_refused_is_on_record_and_keys_are_not(api: Api) -> None:
    path = "/api/incidents?key=sft_secret"
    assert (await api.get(path, Role.REPORTER, name="rita")).status_code == 403
    wrong = {"Authorization": "Bearer sft_wrong"}
    assert (await api.http.get(path, headers=wrong)).status_code == 401
    [rita] = await logged(api, AuditKind.REFUSED, by="rita")
    assert (rita.subject, rita.detail) == ("GET /api/incidents", "403")

    async def both() -> bool:
        return len(api.backend.records.audit.newest(9, kind=AuditKind.REFUSED)) == 2

    await until("the unknown token is on record", both)
    everything = "".join(entry.model_dump_json() for entry in api.backend.records.audit.all())
    assert "sft_" not in everything


def refusal(number: int) -> AuditEvent:
    origin = f"10.0.{number // 250}.{number % 250}"
    return AuditEvent(AuditKind.REFUSED, origin=origin, subject=f"GET /{number}", detail="401")


async def test_a_flood_is_a_few_entries_with_its_number(tmp_path: Path) -> None:
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    log = AuditLog(store)
    async with log.running():
        for _ in range(5_000):
            log.count(refusal(1))
        for number in range(2, 3_000):
            log.count(refusal(number))
    entries = list(store.audit.all())
    assert len(entries) <= 203
    assert sum(entry.times for entry in entries) == 5_000 + 2_998
    assert max(entry.times for entry in entries if entry.origin == "10.0.0.1") == 4_999
    store.close()


async def test_a_flood_of_strangers_hides_no_broken_glass(tmp_path: Path) -> None:
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    log = AuditLog(store)
    opened = [f"opened INC-{number}" for number in range(300)]
    async with log.running():
        for number in range(300):
            log.count(refusal(number))
        for each in opened:
            log.count(AuditEvent(AuditKind.BREAK_GLASS, by="adam", detail=each))
    glass = [entry for entry in store.audit.all() if entry.kind == AuditKind.BREAK_GLASS]
    assert sorted(entry.detail for entry in glass) == sorted(opened)
    assert {entry.by for entry in glass} == {"adam"}
    store.close()


async def test_the_number_is_written_again_and_again(tmp_path: Path) -> None:
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    log = AuditLog(store, one_in=0.01)
    async with log.running():
        for _ in range(3):
            log.count(refusal(1))

        async def all_there() -> bool:
            return sum(entry.times for entry in store.audit.all()) == 3

        await until("the number is written", all_there)
    store.close()


async def test_without_the_record_store_the_log_of_the_process_has_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "records.db").write_text("this is no database " * 100)
    store = RecordStore(f"sqlite:///{tmp_path}/records.db")
    with caplog.at_level(logging.WARNING):
        await AuditLog(store).record(AuditEvent(AuditKind.SIGNED_IN, by="ana"))
    assert "not in the audit log" in caplog.text
    assert "ana" in caplog.text
    store.close()
