"""People work from other machines, with an address and a token: nothing else opens there."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

from standfast.incidents.roles import Role
from standfast.incidents.silence import Matcher, NewSilence
from tests.commands.remote.conftest import Elsewhere
from tests.commands.silencing import HOUR
from tests.commands.test_intake_mail import kept
from tests.patience import PATIENCE
from tests.records.samples import OPENED, incident

PERSON = "rosa@storyville.example"


async def test_an_incident_from_its_report_to_its_end(elsewhere: Elsewhere) -> None:
    told = await elsewhere.run(
        "report", "--title", "Wiki crashed", "--json", role=Role.REPORTER, name=PERSON
    )
    opened = told.json
    assert (opened["created"], opened["episode"]) == (True, 1)
    ticket = elsewhere.api.desk.ticket(opened["incident_id"])
    await ticket.reaches_resolve()
    view = await ticket.view()
    assert (view.report.reporter, view.report.channel) == (PERSON, "cli")

    mine = await elsewhere.run("acknowledge", ticket.id, name="nia")
    assert (mine.code, mine.out) == (0, f"{ticket.id}: nia has it; paging stops\n")
    late = await elsewhere.run("acknowledge", ticket.id, name="max")
    local = await elsewhere.here("acknowledge", ticket.id, "--by", "max")
    assert (late.code, late.out) == (1, "")
    assert late == local

    watching = asyncio.create_task(elsewhere.run("watch", ticket.id))
    await asyncio.sleep(0)
    await ticket.act("withdraw", by="rita", reason="a mistake")
    async with asyncio.timeout(PATIENCE):
        watched = await watching
    assert watched.code == 0, watched.err
    assert "a mistake" in watched.out

    for words in (["show", ticket.id], ["show", ticket.id, "--json"], ["explain", ticket.id]):
        assert await elsewhere.run(*words) == await elsewhere.here(*words)
    own = await elsewhere.run("show", ticket.id, "--json", role=Role.REPORTER, name=PERSON)
    assert own.json["incident_id"] == ticket.id


async def test_the_list_is_the_same(elsewhere: Elsewhere) -> None:
    for number in range(3):
        await elsewhere.api.desk.report(f"Same list {number}", service="same-list")
    closed = await elsewhere.api.desk.report("Same list, closed", service="same-list")
    await closed.reaches_resolve()
    await closed.act("withdraw", by="rita", reason="no")
    await closed.closes()

    async def both(*words: str) -> list[dict[str, object]]:
        there = await elsewhere.run("list", "--service", "same-list", "--json", *words)
        here = await elsewhere.here("list", "--service", "same-list", "--json", *words)
        assert [one["incident_id"] for one in there.json] == [
            one["incident_id"] for one in here.json
        ]
        assert there.json[0].keys() == here.json[0].keys()
        return list(there.json)

    assert len(await both("--status", "all")) == 4
    assert len(await both("--status", "all", "--limit", "2")) == 2
    refused = await elsewhere.run("list", role=Role.REPORTER)
    assert (refused.code, refused.err) == (
        1,
        "this needs the role responder; the token of reporter is a reporter's\n",
    )


async def test_only_operators_name_another(elsewhere: Elsewhere) -> None:
    ticket = await elsewhere.api.desk.report()
    await ticket.reaches_resolve()
    refused = await elsewhere.run("comment", ticket.id, "--by", "eve", "--text", "x", name="nia")
    assert (refused.code, refused.err) == (
        1,
        "nia cannot act for eve: only operators name another\n",
    )
    done = await elsewhere.run(
        "comment", ticket.id, "--by", "eve", "--text", "By phone", role=Role.OPERATOR
    )
    assert done.code == 0, done.err
    assert (await ticket.told("comment"))[-1].actor == "eve"


async def test_wrong_fields_are_told_as_here(elsewhere: Elsewhere) -> None:
    ticket = await elsewhere.api.desk.report()
    await ticket.reaches_resolve()
    words = ("comment", ticket.id, "--by", "operator", "--text", "")
    there = await elsewhere.run(*words, role=Role.OPERATOR)
    assert there.code == 1
    assert there == await elsewhere.here(*words)


async def test_a_file_of_reports(elsewhere: Elsewhere, tmp_path: Path) -> None:
    file = tmp_path / "reports.jsonl"
    lines: list[dict[str, object]] = [{"title": f"From a file {number}"} for number in range(3)]
    lines.insert(1, {"titel": "x"})
    file.write_text("\n".join(map(json.dumps, lines)))
    told = await elsewhere.run("report", "--file", str(file), "--json")
    assert told.code == 1
    assert [one["position"] for one in told.document] == [1, 3, 4]
    assert "entry 2: titel: there is no such field; did you mean title?" in told.err
    for one in told.document:
        view = await elsewhere.api.desk.ticket(one["incident_id"]).view()
        assert view.report.reporter == "responder"


async def test_a_token_that_opens_nothing_ends_a_file_at_once(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    file = tmp_path / "reports.json"
    file.write_text(json.dumps([{"title": f"No {number}"} for number in range(60)]))
    told = await elsewhere.with_token("sft_unknown", "report", "--file", str(file))
    assert (told.code, told.out) == (1, "0 of 60 reports accepted\n")
    assert "does not know your token" in told.err
    assert "entry 60: was not sent: " in told.err
    assert "sft_unknown" not in told.err


async def test_a_report_whose_answer_was_lost_opens_one_incident(elsewhere: Elsewhere) -> None:
    cut, its_port = 0, int(elsewhere.where.rpartition(":")[2])

    async def message(reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        [length] = re.findall(rb"(?i)content-length: *(\d+)", head)
        return head + await reader.readexactly(int(length))

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hands everything on, but cuts the first answer after a few bytes."""
        nonlocal cut
        behind, to_it = await asyncio.open_connection("127.0.0.1", its_port)
        to_it.write(await message(reader))
        answer = await message(behind)
        cut += 1
        writer.write(answer[:20] if cut == 1 else answer)
        await writer.drain()
        writer.close()
        to_it.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with server:
        direct = elsewhere.where
        elsewhere.where = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        told = await elsewhere.run("report", "--title", "Answer lost", "--service", "lost-answer")
        elsewhere.where = direct
    assert (told.code, cut) == (0, 2), told.err
    listed = await elsewhere.run("list", "--service", "lost-answer", "--json")
    assert [one["incident_id"] for one in listed.json] == [told.out.split()[0]]


async def test_mail_that_was_set_aside(elsewhere: Elsewhere) -> None:
    identity = kept(elsewhere.api.desk.records)
    for words in (["list"], ["list", "--json"], ["show", identity], ["show", identity, "--json"]):
        there = await elsewhere.run("intake", "mail", *words)
        assert there.code == 0, there.err
        assert there == await elsewhere.here("intake", "mail", *words)
    opened = await elsewhere.run("intake", "mail", "open", identity, name="nia")
    assert opened.out.startswith(f"{identity}: opened INC-")
    [line] = elsewhere.api.desk.records.mails_set_aside.latest()
    assert line.opened_by == "nia"
    missing = await elsewhere.run("intake", "mail", "show", "MAIL-AAAAAAAA")
    assert missing == await elsewhere.here("intake", "mail", "show", "MAIL-AAAAAAAA")


async def test_silences(elsewhere: Elsewhere) -> None:
    added = await elsewhere.run(
        *("silence", "add", "--service", "no-such-vpn", "--for", "1h"),
        *("--reason", "upgrade", "--json"),
        name="nia",
    )
    assert added.code == 0, added.err
    assert "the policy has no service 'no-such-vpn'; " in added.err
    given = added.document
    assert (given["by"], given["state"]) == ("nia", "running")
    for words in (["list"], ["list", "--all", "--json"], ["show", given["id"], "--json"]):
        there = await elsewhere.run("silence", *words)
        assert there.code == 0, there.err
        assert there == await elsewhere.here("silence", *words)
    ended = await elsewhere.run("silence", "end", given["id"], name="max")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{given['id']} was ended by max at ")
    again = await elsewhere.run("silence", "end", given["id"])
    assert again == await elsewhere.here("silence", "end", given["id"], "--by", "max")
    assert again.code == 1


async def test_ending_a_silence_pages_about_what_it_kept_quiet(elsewhere: Elsewhere) -> None:
    desk = elsewhere.api.desk
    view = await (ticket := await desk.report()).reaches_resolve()
    silence = desk.records.silences.add(
        NewSilence(
            matcher=Matcher(words=["never seen"]),
            starts=view.opened_at - HOUR,
            ends=view.opened_at + 999 * HOUR,
            by="nia",
            reason="x",
        )
    )
    desk.records.silences.note_silenced(silence.id, ticket.id)
    ended = await elsewhere.run("silence", "end", silence.id, "--json")
    assert ended.code == 0, ended.err
    assert [(one["incident_id"], one["done"]) for one in ended.document["incidents"]] == [
        (ticket.id, True)
    ]
    shown = await elsewhere.run("silence", "show", silence.id, "--json")
    assert shown.document["incidents"][0]["woken_at"]


async def test_numbers_of_closed_incidents(elsewhere: Elsewhere) -> None:
    since = ("--since", "2026-01-01", "--until", "2026-02-01")
    for words in (since, (*since, "--json"), (*since, "--csv"), (*since, "--people")):
        there = await elsewhere.run("stats", *words)
        assert there == await elsewhere.here("stats", *words)
        assert there.code == 0
    refused = await elsewhere.run("stats", "--since", "soon")
    assert refused == await elsewhere.here("stats", "--since", "soon")
    assert refused.err.startswith("since: 'soon' is not a date")


async def test_problems(elsewhere: Elsewhere) -> None:
    one, other = "INC-PR2BLEMAAA", "INC-PR2BLEMBBB"
    for number, each in enumerate((one, other)):
        view = incident(each, title="Badge reader", opened_at=OPENED + number * timedelta(days=9))
        elsewhere.api.desk.records.incidents.save(view)
    assert (await elsewhere.run("problem", "show", one)).err.startswith(f"{one} is not a problem: ")

    linked = await elsewhere.run("problem", "link", one, other, name="nia")
    assert (linked.code, linked.out) == (0, f"{other} is in the problem of {one} now\n")
    again = await elsewhere.run("problem", "link", one, other, name="nia")
    assert again == await elsewhere.here("problem", "link", one, other, "--by", "nia")
    assert again.code == 1
    named = await elsewhere.run("problem", "name", one, "--title", "Door", "--owner", "ana")
    assert named.out == "named: Door, owner ana\n"

    listed = ("problems", "--since", "2026-11-01", "--service", "printers")
    for words in (listed, (*listed, "--json"), ("problem", "show", other, "--json")):
        there = await elsewhere.run(*words)
        assert there == await elsewhere.here(*words)
        assert "Door" in there.out
    shown = await elsewhere.run("problem", "show", other)
    assert "2 times since 2026-11-24, last on 2026-12-03" in shown.out
    assert "Put it out" in shown.out
    for line in (f"show {other}", f"explain {other}", f"explain {other} --json"):
        there = await elsewhere.run(*line.split())
        assert there == await elsewhere.here(*line.split())
        assert "2nd time since 2026-11-24" in there.out
    # Its reporter is not told how often it happened.
    hers = await elsewhere.run("show", other, role=Role.REPORTER, name="mia")
    assert (hers.code, "2nd time" in hers.out) == (0, False)

    out = await elsewhere.run("problem", "unlink", one, other, name="nia")
    assert out.out == f"{other} is not in the problem of {one} any more\n"
    nothing = await elsewhere.run(*listed)
    assert nothing == await elsewhere.here(*listed)
    assert nothing.err.startswith("nothing has happened more than once")
    empty = await elsewhere.run("problem", "name", one)
    assert empty == await elsewhere.here("problem", "name", one, "--by", "nia")
    refused = await elsewhere.run("problems", "--since", "soon")
    assert refused == await elsewhere.here("problems", "--since", "soon")


async def test_who_is_on_call_and_who_stands_in(elsewhere: Elsewhere) -> None:
    there, here = await elsewhere.run("oncall"), await elsewhere.here("oncall")
    assert (there.code, there.err, there.out) == (0, "", here.out)
    moment = ("--at", "2099-01-05T12:00", "--days", "2")
    for words in (moment, (*moment, "--json")):
        assert await elsewhere.run("oncall", *words) == await elsewhere.here("oncall", *words)
    nobody = await elsewhere.run("oncall", "--team", "nope")
    assert nobody == await elsewhere.here("oncall", "--team", "nope")
    assert nobody.code == 1

    tiers = (await elsewhere.run("oncall", "--json")).document["tiers"]
    team, tier, person = tiers[0]["team"], tiers[0]["tier"], tiers[-1]["on_call"]
    asked = ("override", "add", "--team", team, "--tier", tier, "--person", person)
    when = ("--from", "2099-01-05T12:00", "--until", "2099-01-06T12:00Z")
    added = await elsewhere.run(*asked, *when, "--json", name="nia")
    assert added.code == 0, added.err
    assert (added.document["by"], added.document["already_so"]) == ("nia", False)
    again = await elsewhere.run(*asked, *when)
    assert again == await elsewhere.here(*asked, *when, "--by", "nia")
    assert again.out.startswith("already so: OVR-")
    for options in (["--team", team], ["--all", "--json"]):
        listed = await elsewhere.run("override", "list", *options)
        assert listed.code == 0, listed.err
        assert listed == await elsewhere.here("override", "list", *options)
    wrong = (*asked[:-1], "nobody-known", *when)
    assert await elsewhere.run(*wrong) == await elsewhere.here(*wrong, "--by", "nia")
    swap = ("override", "swap", *wrong[2:-5], person, "--with", person, *when)
    refused = await elsewhere.run(*swap)
    assert refused == await elsewhere.here(*swap, "--by", "nia")
    assert refused.code == 1
    ended = await elsewhere.run("override", "end", added.document["id"], name="max")
    assert ended.out.startswith(f"{added.document['id']} is over: ")
    twice = await elsewhere.run("override", "end", added.document["id"])
    assert twice == await elsewhere.here("override", "end", added.document["id"], "--by", "x")


async def test_own_channels_are_those_of_the_tokens_owner(elsewhere: Elsewhere) -> None:
    elsewhere.api.desk.amend(contact_methods={"push": "outbox://file/{topic}"})
    topic = "ana-7f3k2qxwm4tz5b"
    added = await elsewhere.run("contact", "add", "push", topic, name="ana")
    assert (added.code, "a code was sent" in added.out) == (0, True), added.err
    outbox = elsewhere.api.app.state.backend.settings.outbox
    [code] = re.findall(r"\d{6}", json.loads(outbox.read_text("utf-8").splitlines()[-1])["title"])
    assert (await elsewhere.run("contact", "verify", "push", code, name="ana")).code == 0
    ruled = await elsewhere.run("contact", "rules", "--high", "push, phone 2m", name="ana")
    assert ruled.out.startswith("urgent: push now, phone after 2m\n"), ruled.err
    listed = await elsewhere.run("contact", "list", name="ana")
    assert listed == await elsewhere.here("contact", "list", "--by", "ana")
    for by in ("ben", "ana"):
        told = await elsewhere.run("contact", "list", "--by", by, role=Role.OPERATOR, name="olga")
        assert (told.code, "their own channels only" in told.err) == (1, True)
    assert topic not in (await elsewhere.run("contact", "list", name="ben")).out
    assert (await elsewhere.run("contact", "remove", "push", name="ana")).code == 0
