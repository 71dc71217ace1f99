"""The command line against a real server and worker: what people type, and what they read."""

import asyncio
import io
import json
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from standfast.commands.app import run as run_command
from standfast.commands.watch import Screen
from standfast.incidents.actions import Action, Comment
from standfast.incidents.dedup_keys import command_lines_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.intake.actions import act
from standfast.intake.errors import NoAnswer
from standfast.lookup.lookup import Lookup
from tests.commands.ended import Ended
from tests.patience import PATIENCE
from tests.stories.desk import Desk, Ticket, until

Type = Callable[..., Coroutine[Any, Any, Ended]]


@pytest.fixture
def type_(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Type:
    """Types a command, on a machine whose settings lead to the desk's server and records."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", desk.task_queue)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "policy.yaml"))

    async def type_(*arguments: str) -> Ended:
        capsys.readouterr()
        code = await asyncio.to_thread(run_command, arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return type_


async def reported(type_: Type, desk: Desk, *options: str) -> Ticket:
    """An incident that was reported at the command line, and that people work on now."""
    answer = (
        await type_("report", "--reporter", "rita@storyville.example", "--json", *options)
    ).json
    assert answer["created"] is True
    ticket = desk.ticket(answer["incident_id"])
    await ticket.reaches_resolve()
    return ticket


async def test_an_incident_from_report_to_close(type_: Type, desk: Desk) -> None:
    ticket = await reported(
        type_, desk, "--title", "Wiki crashed", "--service", "wiki", "--users-affected", "8"
    )

    open_now = (await type_("show", ticket.id, "--json")).json
    assert (open_now["status"], open_now["stage"]) == ("open", "resolve")
    assert {"timer", "person"} == {wait["kind"] for wait in open_now["waiting_for"]}
    assert open_now["report"]["channel"] == "cli"

    taken = (await type_("acknowledge", ticket.id, "--by", "ana", "--json")).json
    assert taken["action"] == "acknowledge"
    again = await type_("acknowledge", ticket.id.lower(), "--by", "ben")
    assert again == Ended(1, "", f"{ticket.id}: ana has acknowledged it already\n")

    done = await type_("resolve", ticket.id, "--by", "ana", "--summary", "restarted", "--step", "a")
    assert done.out == f"{ticket.id}: resolved; its verification begins\n"
    await ticket.reaches(Box.ISSUE_RESOLVED)
    assert (await type_("verify", ticket.id, "--by", "rita", "--resolved")).code == 0
    await ticket.closes()

    closed = (await type_("show", ticket.id, "--json")).json
    assert (closed["status"], closed["waiting_for"], closed["tier"]) == ("closed", [], 1)
    assert closed["resolution"]["steps"] == ["a"]
    why_not_escalated = {decision["box"]: decision for decision in closed["decisions"]}
    assert why_not_escalated["high_impact"]["answer"] == "no"
    assert why_not_escalated["high_impact"]["reasons"]
    later = await type_("comment", ticket.id, "--by", "ana", "--text", "it was the disk")
    assert later.out.startswith(f"{ticket.id}: added to its record")
    late = await type_("acknowledge", ticket.id, "--by", "ana")
    assert late.code == 1
    assert late.err.startswith(f"no incident {ticket.id} is open: it closed at ")


async def test_what_people_read_holds_their_words_as_they_wrote_them(
    type_: Type, desk: Desk
) -> None:
    ticket = await reported(type_, desk, "--title", "[red]Wiki[/red] :bomb: crashed \x1b[31m")
    await type_("comment", ticket.id, "--by", "\udcffana", "--text", "[link=x]\nsecond line")

    page = await type_("show", ticket.id)
    whole = await type_("show", ticket.id, "--timeline")

    assert "[red]Wiki[/red] :bomb: crashed [31m" in page.out
    assert "report → triage → classify" in page.out
    assert "acknowledge it" in page.out
    assert "[link=x] second line" in page.out
    assert "\ufffdana: [link=x]  " in whole.out
    assert "  second line" in whole.out
    assert "\x1b" not in page.out + whole.out
    assert (page.code, page.err) == (0, "")


async def test_the_same_key_joins_and_after_closing_opens_the_next_episode(
    type_: Type, desk: Desk
) -> None:
    again = ("report", "--title", "Wiki crashed", "--service", "wiki", "--dedup-key", "wiki-cli")
    ticket = await reported(type_, desk, *again[1:])

    joined = (await type_(*again, "--json")).json
    assert joined == {"incident_id": ticket.id, "created": False, "episode": 1}
    await type_("withdraw", ticket.id, "--by", "rita", "--reason", "a mistake")
    await ticket.closes()
    opened = await type_(*again)

    assert opened.out == f"{ticket.id} opened again, episode 2\n"
    earlier = (await type_("show", ticket.id, "--episode", "1", "--json")).json
    assert (earlier["outcome"], earlier["occurrences"]) == ("withdrawn", 2)
    why = (await type_("explain", ticket.id, "--episode", "1", "--json")).json
    assert (why["episode"], why["happened"][-1]["words"]) == (
        1,
        "rita withdrew it, so paging ended",
    )
    for command in ("show", "explain"):
        nothing = await type_(command, ticket.id, "--episode", "3")
        assert nothing == Ended(1, "", f"there is no incident {ticket.id} with an episode 3\n")


async def test_show_and_report_go_on_after_temporal_has_forgotten(type_: Type, desk: Desk) -> None:
    ticket = await reported(type_, desk, "--title", "Wiki crashed", "--service", "wiki")
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    forgotten = incident_id(command_lines_key("wiki-long-ago"))
    desk.records.incidents.save(record.model_copy(update={"incident_id": forgotten, "episode": 3}))

    shown = (await type_("show", forgotten, "--json")).json
    opened = (await type_("report", "--title", "x", "--dedup-key", "wiki-long-ago", "--json")).json

    assert (shown["status"], shown["outcome"], shown["episode"]) == ("closed", "withdrawn", 3)
    assert opened == {"incident_id": forgotten, "created": True, "episode": 4}


async def test_a_run_that_an_operator_terminated_is_shown_as_what_it_is(
    type_: Type, desk: Desk
) -> None:
    ticket = await reported(type_, desk, "--title", "Wiki crashed", "--service", "wiki")
    await ticket.act("hold", by="ana", reason="vendor")
    assert (await ticket.view()).on_hold
    await ticket.handle.terminate()

    shown = await type_("show", ticket.id, "--json")

    assert shown.err == "not on record: its run in Temporal is terminated\n"
    view = json.loads(shown.out)
    assert (shown.code, view["status"], view["waiting_for"]) == (0, "closed", [])
    assert (view["on_hold"], view["next_pages"]) == (None, [])


async def test_a_list_is_narrowed_and_ordered(type_: Type, desk: Desk) -> None:
    first = await reported(type_, desk, "--title", "Wiki crashed", "--service", "wiki")
    second = await reported(type_, desk, "--title", "Shop app down", "--service", "shop")
    await first.act("withdraw", by="rita")
    await first.closes()

    async def both_seen() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await type_("list", "--status", "all", "--json")).json
        ours = [one for one in found if one["incident_id"] in (first.id, second.id)]
        return ours if [one["status"] for one in ours] == ["open", "closed"] else None

    newest, oldest = await until("both are in visibility as they are", both_seen)
    assert (newest["incident_id"], newest["stage"], newest["service"]) == (
        second.id,
        "resolve",
        "shop",
    )
    assert (oldest["incident_id"], oldest["stage"]) == (first.id, "close")
    assert oldest["closed_at"] > oldest["opened_at"]

    closed = (await type_("list", "--status", "closed", "--service", "wiki", "--json")).json
    assert first.id in {one["incident_id"] for one in closed}
    open_ones = (await type_("list", "--priority", newest["priority"].lower(), "--json")).json
    assert {one["priority"] for one in open_ones} == {newest["priority"]}
    none = await type_("list", "--team", "desk", "--category", "data", "--service", "wiki")
    assert none == Ended(0, "", "no open incidents\n")
    nowhere = await type_("list", "--team", "aps")
    said = "team: the policy has no team 'aps'; did you mean apps?\n"
    assert nowhere == Ended(1, "", said)
    assert second.id in (await type_("list", "--limit", "1")).out


async def test_a_thousand_entries_good_and_bad(
    type_: Type, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", "nobody-works-here")
    bad = [
        ({"titel": "x"}, "title: is missing"),
        ({"title": "x", "users_affected": float("nan")}, "users_affected: must be a whole number"),
        ({"title": "x", "description": "y" * 20_001}, "description: is 20001 characters long"),
        ({"title": "x", "occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at: 2999-01-01"),
        (["x"], "must be a report"),
    ]
    entries: list[Any] = [
        {"title": f"Disk {n} full", "dedup_key": f"disk-{n % 100}"} if n % 5 == 0 else bad[n % 5][0]
        for n in range(1000)
    ]
    file = tmp_path / "reports.jsonl"
    file.write_text("\n".join(map(json.dumps, entries)))

    ended = await type_("report", "--file", str(file), "--json")

    assert ended.code == 1
    taken = json.loads(ended.out)
    assert [one["position"] for one in taken] == list(range(1, 1001, 5))
    assert len({one["incident_id"] for one in taken}) == 20
    assert sum(one["created"] for one in taken) == 20
    lines = iter(ended.err.splitlines())
    for position in range(1, 1001):
        if position % 5 != 1:
            problem = bad[(position - 1) % 5][1]
            assert next(lines).startswith(f"entry {position}: {problem}")
            if problem == "title: is missing":
                assert next(lines).startswith(f"entry {position}: titel: there is no such field")
    assert not list(lines)


async def test_watching_tells_each_event_and_ends_with_the_incident(
    type_: Type, desk: Desk
) -> None:
    ticket = await reported(type_, desk, "--title", "Wiki crashed", "--service", "wiki")
    watching = asyncio.create_task(type_("watch", ticket.id))
    await ticket.act("acknowledge", by="ana")
    await ticket.act("withdraw", by="rita", reason="a mistake")

    ended = await asyncio.wait_for(watching, PATIENCE)

    lines = ended.out.splitlines()
    assert lines[0].startswith(ticket.id)
    assert any(line.endswith("resolve: acknowledged, ana") for line in lines)
    assert lines[-1].endswith("close: closed, standfast: withdrawn")
    assert (ended.code, ended.err) == (0, "")
    document = (await type_("watch", ticket.id, "--json")).json
    assert document["outcome"] == "withdrawn"


async def test_the_screen_of_watch_fills_a_small_terminal_and_no_more(
    type_: Type, desk: Desk
) -> None:
    ticket = await reported(type_, desk, "--title", "Wiki crashed " * 20, "--service", "wiki")
    await type_("comment", ticket.id, "--by", "ana", "--text", "long " * 100)
    console = Console(width=80, height=24, file=io.StringIO())
    screen = Screen(console)

    screen.show(await ticket.view(), ())
    with console.capture() as capture:
        console.print(screen.picture(datetime.now(UTC)))
    lines = capture.get().splitlines()

    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert "║ resolve ╠" in "\n".join(lines)
    assert "acknowledge it" in "\n".join(lines)
    assert lines[-1].startswith(str(datetime.now(UTC).year))


async def test_without_a_worker_nobody_waits_for_ever(
    type_: Type, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", "nobody-works-here")
    answer = (await type_("report", "--title", "Wiki crashed", "--json")).json
    incident = answer["incident_id"]
    comment = Comment(by="ana", text="hello")

    found = await Lookup(desk.client, desk.records, taken_up_within=timedelta()).find(incident)
    assert (found.view.title, found.view.stage) == ("Wiki crashed", "report")
    [remark] = found.notes
    assert re.fullmatch(r"no worker has picked up .* UTC: is worker\.py running\?", remark)
    with pytest.raises(NoAnswer, match="`comment` may still be done if one comes up now"):
        await act(desk.client, incident, Action.COMMENT, comment, answer_within=0.3)
