"""What is said of an incident after it has closed: on its record once, marked, and by whom."""

import asyncio
from typing import Any

import httpx

from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.api.conftest import Api
from tests.stories.desk import Ticket


async def closed(api: Api, **fields: str) -> Ticket:
    ticket = await api.desk.report("Wiki crashed", service="wiki", **fields)
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="ana")
    await ticket.closes()
    return ticket


async def test_what_is_added_is_marked_with_who_and_when_and_overwrites_nothing(api: Api) -> None:
    ticket = await closed(api, reporter="rita")
    here = f"/api/incidents/{ticket.id}"
    asked = (
        ("comment", {"text": "It was the flamingo cable"}, Role.RESPONDER, "ana"),
        ("comment", {"text": "Thank you"}, Role.REPORTER, "rita"),
        ("correct", {"field": "title", "should_say": "Cable cut"}, Role.RESPONDER, "ana"),
        ("tag", {"tag": "Cables", "by": "marco"}, Role.OPERATOR, "olga"),
    )
    words = []
    for action, body, role, name in asked:
        answer = await api.post(f"{here}/{action}", body, role, name=name)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["action"], answer.json()["stage"]) == (action, "close")
        words.append(answer.json()["message"])
    assert words == [
        "added to its record; it is closed, so nobody is told",
        "added to its record; it is closed, so nobody is told",
        "corrected: title; what was written stays beside it",
        "tagged cables",
    ]
    shown = (await api.get(here)).json()
    assert shown["title"] == "Wiki crashed"
    assert [(each["kind"], each["by"], each["text"]) for each in shown["additions"]] == [
        ("comment", "ana", "It was the flamingo cable"),
        ("comment", "rita", "Thank you"),
        ("correction", "ana", "Cable cut"),
        ("tag", "marco", "cables"),
    ]
    assert shown["additions"][3]["entered_by"] == "olga"
    assert all(each["at"] > shown["closed_at"] for each in shown["additions"])
    hers = (await api.get(here, Role.REPORTER, name="rita")).json()["additions"]
    assert [each["text"] for each in hers] == ["Thank you", "Cable cut"]
    for query, count in (("flamingo", 1), ("tag:cables", 1), ("tag:flamingo", 0)):
        answer = await api.get("/api/search", params={"q": query})
        there = [one["incident_id"] for one in answer.json()["incidents"]]
        assert there.count(ticket.id) == count, query
    log = api.desk.records.audit.newest(10, kind=AuditKind.ADDED_TO_RECORD)
    assert [(entry.by, entry.behalf, entry.detail) for entry in reversed(log)] == [
        ("ana", "", "episode 1: comment"),
        ("rita", "", "episode 1: comment"),
        ("ana", "", "episode 1: correction title"),
        ("olga", "marco", "episode 1: tag"),
    ]
    assert log[0].origin


async def test_sent_again_under_its_key_it_is_added_once(api: Api) -> None:
    ticket, other = await closed(api), await closed(api)
    for each in (ticket, ticket, other):
        answer = await api.post(
            f"/api/incidents/{each.id}/comment",
            {"text": "once"},
            headers={"Idempotency-Key": "added"},
        )
        assert answer.status_code == 200
    for each in (ticket, other):
        record = api.desk.records.incidents.get(each.id)
        assert record is not None
        assert [added.text for added in record.additions] == ["once"]


async def test_whoever_does_not_find_it_adds_nothing_and_learns_nothing(api: Api) -> None:
    ticket = await closed(api, reporter="rita", confidential=True)  # type: ignore[arg-type]
    unknown = "INC-AAAAAAAAAA"
    for action, body in (
        ("comment", {"text": "hello"}),
        ("correct", {"field": "title", "should_say": "hello"}),
        ("tag", {"tag": "hello"}),
    ):
        for query in ("", "?episode=1"):
            here, nowhere = [
                await api.post(
                    f"/api/incidents/{each}/{action}{query}", body, Role.RESPONDER, name="dora"
                )
                for each in (ticket.id, unknown)
            ]
            assert (here.status_code, nowhere.status_code) == (404, 404), (action, query)
            assert here.json()["detail"].replace(ticket.id, unknown) == nowhere.json()["detail"]
    where = f"/api/incidents/{ticket.id}/comment"
    assert (await api.post(where, {"text": "x"}, Role.REPORTER, name="mia")).status_code == 404
    mine = await api.post(where, {"text": "x"}, Role.RESPONDER, name="rita")
    assert mine.status_code == 200  # its reporter, who may comment and no more
    tag = f"/api/incidents/{ticket.id}/tag"
    assert (await api.post(tag, {"tag": "x"}, Role.RESPONDER, name="rita")).status_code == 403


async def test_an_episode_that_has_closed_takes_it_while_the_next_one_is_open(api: Api) -> None:
    first = await closed(api, dedup_key="carry-out")
    again = await api.desk.report("Wiki crashed again", service="wiki", dedup_key="carry-out")
    assert again.id == first.id
    await again.reaches_resolve()
    here = f"/api/incidents/{first.id}"
    early = await api.post(f"{here}/tag", {"tag": "cables"})
    assert early.status_code == 409
    assert "is open" in early.json()["detail"]
    for query, text in (("?episode=1", "the first"), ("?episode=2", "the next"), ("", "latest")):
        answer = await api.post(f"{here}/comment{query}", {"text": text})
        assert answer.status_code == 200, answer.text
    assert (await api.post(f"{here}/tag?episode=1", {"tag": "cables"})).status_code == 200
    record = api.desk.records.incidents.get(first.id, 1)
    assert record is not None
    assert [each.text for each in record.additions] == ["the first", "cables"]
    assert [entry.detail for entry in await again.told("comment")] == ["the next", "latest"]
    await again.act("withdraw", by="ana")
    await again.closes()


async def test_a_closed_one_is_made_confidential_by_the_same_route_as_an_open_one(api: Api) -> None:
    ticket = await closed(api, dedup_key="restricted", reporter="rita")
    again = await api.desk.report("Wiki crashed again", service="wiki", dedup_key="restricted")
    await again.reaches_resolve()
    here, first = f"/api/incidents/{ticket.id}", {"episode": 1}

    async def reads(name: str, episode: int = 1) -> int:
        where = f"{here}?episode={episode}"
        return (await api.get(where, Role.RESPONDER, name=name)).status_code

    async def does(action: str, body: dict[str, Any], name: str = "ben") -> httpx.Response:
        return await api.post(f"{here}/{action}?episode=1", body, Role.RESPONDER, name=name)

    asked = {"people": ["hana"], "reason": "it names Otto"}
    words = "confidential: only its team and those who have to do with it find it"
    for _ in range(2):
        done = await does("restrict", asked)
        assert (done.status_code, done.json()["message"]) == (200, words), done.text
    assert [await reads(name) for name in ("ben", "hana", "ana", "dora")] == [200, 200, 200, 404]
    assert await reads("dora", 2) == 200  # an episode is its own
    shown = (await api.get(here, Role.RESPONDER, name="ben", params=first)).json()
    assert shown["confidential"]["by"] == "ben"
    [restricted] = shown["additions"]  # the second one changed nothing
    assert (restricted["kind"], restricted["reason"]) == ("restrict", "it names Otto")
    hers = (await api.get(here, Role.REPORTER, name="rita", params=first)).json()
    assert (hers["title"], hers["confidential"]) == ("Wiki crashed", None)
    assert "additions" not in hers
    for action in ("restrict", "unrestrict", "comment", "tag"):
        refused = await does(action, {"text": "x"} if action == "comment" else {}, name="dora")
        assert refused.status_code in (404, 422), (action, refused.text)
    assert (await does("unrestrict", {"reason": "a drill"}, name="hana")).status_code == 200
    assert await reads("dora") == 200
    log = api.desk.records.audit.newest(9, kind=AuditKind.ADDED_TO_RECORD)
    assert [(entry.by, entry.detail) for entry in reversed(log) if entry.subject == ticket.id] == [
        ("ben", "episode 1: restrict"),
        ("hana", "episode 1: unrestrict"),
    ]
    await again.act("withdraw", by="ana")
    await again.closes()


async def test_a_comment_that_comes_as_it_closes_is_on_record_once(api: Api) -> None:
    """The run takes it, or the record: as it happens."""
    ticket = await api.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    said = [f"comment {number}" for number in range(30)]

    async def comment(text: str) -> None:
        answer = await api.post(f"/api/incidents/{ticket.id}/comment", {"text": text})
        assert answer.status_code == 200, answer.text

    talking = [asyncio.create_task(comment(text)) for text in said[:10]]
    await ticket.signal("withdraw", by="ana")
    for text in said[10:]:
        talking.append(asyncio.create_task(comment(text)))
        await asyncio.sleep(0.01)
        if text == said[20]:
            restricted = api.post(f"/api/incidents/{ticket.id}/restrict", {"reason": "a name"})
            made_so = asyncio.create_task(restricted)
    await ticket.closes()
    await asyncio.gather(*talking)
    assert (await made_so).status_code == 200
    record = api.desk.records.incidents.get(ticket.id)
    assert record is not None
    in_time = [entry.detail for entry in record.timeline if entry.event == "comment"]
    late = [each.text for each in record.additions]
    assert sorted(filter(None, in_time + late)) == sorted(said)
    assert record.confidential is not None
    assert record.confidential.why == "a name"
