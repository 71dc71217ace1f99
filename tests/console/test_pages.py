"""The pages without a browser: what they say, to whom, and what becomes of forms."""

import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from standfast.api.backend import Backend
from standfast.console.incident_page import SHOWN
from standfast.hosting.plugin import standfast_plugin
from standfast.incidents.flowchart import Box
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.web.app import build_app
from tests.api.conftest import Api, open_api
from tests.console.conftest import Visitor, visiting
from tests.stories.desk import Desk, Ticket, until

SCRIPT = "<script>alert(1)</script>"
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[Api]:
    async with open_api(desk) as api:
        yield api


@pytest.fixture
async def ana(api: Api) -> AsyncIterator[Visitor]:
    """A responder."""
    async with visiting(api, Role.RESPONDER, "ana") as visitor:
        yield visitor


async def on_the_board(visitor: Visitor, ticket: Ticket, path: str) -> str:
    """The board, once Temporal's visibility has heard of the ticket and its stage."""

    async def there() -> str | None:
        text = await visitor.reads(path)
        return text if ticket.id in text else None

    return await until(f"{ticket.id} on {path}", there)


async def test_every_page_is_strict_about_what_runs_in_it(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report(f"Wiki {SCRIPT}", service="wiki", description=SCRIPT)
    await ticket.reaches_resolve()
    pages = ["/", "/report", "/on-call", f"/incidents/{ticket.id}", "/incidents/INC-AAAAAAAAAA"]
    for path in pages:
        answer = await ana.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert _INLINE.findall(answer.text) == [], path
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", answer.text, re.DOTALL):
            assert 'name="csrf"' in form, form


async def test_the_board_has_what_one_needs_to_choose_what_to_do_next(
    ana: Visitor, desk: Desk
) -> None:
    # The server is shared with other stories, whose incidents are on its board, too.
    ticket = await desk.report("Wiki crashed", service="wiki of the board")
    await ticket.reaches_resolve()
    text = await on_the_board(ana, ticket, "/?service=wiki of the board&stage=resolve")
    row = text[text.index(f"row-{ticket.id}") :].partition("</li>")[0]
    assert ">P4<" in row
    assert "Wiki crashed" in row
    assert "· wiki of the board" in row
    assert "ana" in row
    assert "apps, tier 1" in row
    assert "data-until=" in row
    assert "page ana again" in row
    assert f'href="/incidents/{ticket.id}"' in row
    assert 'id="stage-resolve">Resolve' in text


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/?team=apps", True),
        ("/?priority=p2&stage=resolve", True),
        ("/?priority=P1", False),
        ("/?team=desk", False),
        ("/?category=hardware", False),
        ("/?stage=follow_up", False),
        ("/?status=closed", False),
        ("/?page=9", False),
    ],
)
async def test_a_filter_is_an_address(ana: Visitor, desk: Desk, path: str, there: bool) -> None:
    service = f"shop {uuid.uuid4()}"
    ticket = await desk.report("The shop app shows old prices", service=service, users_affected=90)
    await ticket.reaches_resolve()
    await on_the_board(ana, ticket, f"/?service={service}&priority=P2&stage=resolve")
    assert (ticket.id in await ana.reads(f"{path}&service={service}")) is there


@pytest.mark.parametrize("path", ["/?status=lost", "/?priority=P9", '/?team="', "/?page=0"])
async def test_a_filter_that_is_none_is_told(ana: Visitor, path: str) -> None:
    assert "<h1>" in await ana.reads(path, status=422)


async def test_an_incident_page_tells_all_there_is(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report(
        "Wiki crashed", service="wiki", description="Error 500", labels={"room": "B12"}
    )
    await ticket.reaches_resolve()
    text = await ana.reads(f"/incidents/{ticket.id}")
    for part in (
        'data-box="resolve"',
        "Error 500",
        "<dt>room</dt><dd>B12</dd>",
        "acknowledge it",
        "High impact? no",
        "wiki is not business critical",
        "Page sent",
        'action="/incidents/',
    ):
        assert part in text, part
    assert ticket.id in await ana.reads(f"/incidents/{ticket.id.lower()}")


@pytest.mark.parametrize("path", ["/incidents/INC-AAAAAAAAAA", "/incidents/x", "/static/x"])
async def test_what_is_not_there_is_a_404_in_words(ana: Visitor, path: str) -> None:
    assert "there is no" in (await ana.reads(path, status=404)).lower()


async def test_what_one_does_is_done_in_one_s_own_name(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    answer = await ana.sends(f"{here}/acknowledge", here, by="somebody else")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{here}?did=acknowledge"
    assert "paging has stopped" in await ana.reads(answer.headers["location"])
    assert (await ticket.view()).acknowledged_by == "ana"
    answer = await ana.sends(
        f"{here}/resolve",
        here,
        summary="did it",
        steps="one\n\ntwo",
        root_cause="",
        workaround="yes",
    )
    assert answer.status_code == 303
    resolution = (await ticket.view()).resolution
    assert resolution
    assert (resolution.by, resolution.steps, resolution.workaround) == ("ana", ("one", "two"), True)


async def test_a_priority_can_be_pinned(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    assert 'name="pin"' in await ana.reads(here)
    sent = await ana.sends(f"{here}/reprioritise", here, impact="low", urgency="low", pin="yes")
    assert sent.status_code == 303
    assert (await ticket.view()).priority == "P5"


async def test_a_refusal_is_told_on_the_page_and_nothing_typed_is_lost(
    ana: Visitor, desk: Desk
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    merged = await ana.sends(f"{here}/merge", here, into=ticket.id, reason="they look <b>alike</b>")
    assert merged.status_code == 409
    assert "That is the incident itself." in merged.text
    assert "they look &lt;b&gt;alike&lt;/b&gt;</textarea>" in merged.text
    # The form of this one is not on the page any more: what was typed is shown beside the reason.
    verified = await ana.sends(
        f"{here}/verify", here, verdict="resolved", comment="it works & runs"
    )
    assert verified.status_code == 409
    assert "Nothing to verify yet" in verified.text
    assert "it works &amp; runs" in verified.text


async def test_a_field_that_is_wrong_is_named_beside_it(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    linked = await ana.sends(f"{here}/link", here, to="INC-1", relation="caused_by")
    assert linked.status_code == 422
    assert 'id="do-link-to-error">is not the id of an incident' in linked.text
    assert 'value="INC-1"' in linked.text
    assert '<option value="caused_by" selected>' in linked.text
    long = await ana.sends(f"{here}/comment", here, text="x" * 10_001)
    assert long.status_code == 422
    assert "at most 10000 are taken" in long.text
    assert "x" * 10_001 in long.text


async def test_a_closed_incident_offers_nothing_and_says_when_it_closed(
    ana: Visitor, desk: Desk
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    assert 'id="actions"' in await ana.reads(here)
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
    text = await ana.reads(here)
    assert "Closed: withdrawn" in text
    assert 'id="actions"' not in text
    late = await ana.sends(f"{here}/comment", "/report", text="too late")
    assert late.status_code == 409
    assert "it closed at" in late.text
    assert "too late" in late.text


async def test_a_long_timeline_is_folded_and_can_be_turned_around(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    for number in range(SHOWN):
        await ticket.act("comment", by="ana", text=f"note {number}.")
    entries = len((await ticket.view()).timeline)
    here = f"/incidents/{ticket.id}"
    newest, oldest = await ana.reads(here), await ana.reads(f"{here}?order=oldest")
    assert f"{entries - SHOWN} earlier events" in newest
    assert newest.index("note 39.") < newest.index("note 0.") < newest.index("earlier events")
    assert oldest.index("note 0.") < oldest.index("later events") < oldest.index("note 39.")
    assert [text.count('id="event-') for text in (newest, oldest)] == [entries, entries]


async def test_a_form_from_elsewhere_does_nothing(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    bare = await ana.http.post(f"{here}/comment", data={"text": "typed with care"})
    assert bare.status_code == 403
    assert "typed with care" in bare.text
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    forged = await ana.http.post(f"{here}/withdraw", data={}, headers=elsewhere)
    assert forged.status_code == 403
    assert (await ticket.view()).stage is Box.RESOLVE


async def test_a_reporter_sees_and_does_what_concerns_them(api: Api, desk: Desk) -> None:
    mine = await desk.report("Wiki crashed", service="wiki", reporter="rita")
    other = await desk.report("Wiki crashed", service="wiki", reporter="ralf")
    for ticket in (mine, other):
        await ticket.reaches_resolve()
    async with visiting(api, Role.REPORTER, "rita") as rita:
        assert (await rita.http.get("/")).headers["location"] == "/report"
        text = await rita.reads(f"/incidents/{mine.id}")
        assert f'action="/incidents/{mine.id}/withdraw' in text
        assert f'action="/incidents/{mine.id}/acknowledge' not in text
        await rita.reads(f"/incidents/{other.id}", status=404)
        await rita.reads("/on-call", status=403)
        answer = await rita.sends(f"/incidents/{mine.id}/acknowledge", "/report")
        assert answer.status_code == 403
        answer = await rita.sends(f"/incidents/{other.id}/comment", "/report", text="hello")
        assert answer.status_code == 404
        assert "hello" in answer.text
        for path in ("/live", f"/incidents/{other.id}/live"):
            assert (await rita.http.get(path)).status_code in (403, 404)


REPORTED = {"title": "Wiki crashed", "service": "wiki", "once": "a-form"}


async def test_what_got_worse_is_shown_to_responders(ana: Visitor, api: Api, desk: Desk) -> None:
    same = {"service": "wiki", "dedup_key": "worse-on-the-page"}
    ticket = await desk.report("Wiki is slow", reporter="rita", **same)
    await ticket.reaches_resolve()
    down = {"description": "<b>Error 500</b> since noon", "users_affected": 500}
    await desk.report("Wiki is down", reporter="ralf", **down, **same)
    await ticket.told("judged_anew")
    await ticket.reaches(Box.RESOLVE, priority="P1")
    here = f"/incidents/{ticket.id}"
    text = await ana.reads(here)
    for part in (
        '<h2 id="latest-heading">Latest report</h2>',
        "&lt;b&gt;Error 500&lt;/b&gt; since noon",
        "Wiki is down (500 users)",
        "raised it: P4 to P1",
        "P4 to P1: 500 users instead of 1",
    ):
        assert part in text, part
    async with visiting(api, Role.REPORTER, "rita") as rita:
        hers = await rita.reads(here)
    assert "Error 500" not in hers
    assert "500 users)" not in hers


async def test_a_form_that_is_sent_twice_reports_once(ana: Visitor, desk: Desk) -> None:
    first = await ana.sends("/report", "/report", **REPORTED)
    again = await ana.sends("/report", "/report", **REPORTED)
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    other = await ana.sends("/report", "/report", **REPORTED | {"once": "another form"})
    assert other.headers["location"] != first.headers["location"]
    ticket = desk.ticket(first.headers["location"].split("/")[2].partition("?")[0])
    view = await ticket.reaches_resolve()
    assert (view.occurrences, view.report.reporter, view.report.channel) == (1, "ana", "portal")


async def test_everything_that_a_person_needs_can_be_said(ana: Visitor, desk: Desk) -> None:
    answer = await ana.sends(
        "/report",
        "/report",
        title="Wiki crashed",
        description="a\nb",
        service="wiki",
        users_affected="40",
        error_message="500",
        impact_statement="nobody can work",
        occurred_at="2026-01-02T03:04",
        reporter="rita",
        channel="phone",
        labels="room = B12\nfloor=2",
    )
    ticket = desk.ticket(answer.headers["location"].split("/")[2].partition("?")[0])
    report = (await ticket.view()).report
    assert report.model_dump(mode="json", exclude={"dedup_key"}) == {
        "title": "Wiki crashed",
        "description": "a\nb",
        "service": "wiki",
        "users_affected": 40,
        "error_message": "500",
        "impact_statement": "nobody can work",
        "occurred_at": "2026-01-02T03:04:00Z",
        "reporter": "rita",
        "channel": "phone",
        "labels": {"room": "B12", "floor": "2"},
    }


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", "", "is missing"),
        ("title", "x" * 4_000, "at most 300 are taken"),
        ("users_affected", "many", "must be a whole number"),
        ("users_affected", "-3", "must be a whole number"),
        ("occurred_at", "yesterday", "is not a time like"),
        ("occurred_at", "2099-01-01T00:00", "is in the future"),
        ("labels", "room B12", "is not written as name = value"),
        ("description", "x" * 100_000, "at most 20000 are taken"),
    ],
)
async def test_what_is_wrong_in_a_report_is_named_beside_its_field(
    ana: Visitor, field: str, typed: str, words: str
) -> None:
    fields = {"title": "Wiki crashed", "description": "still here", field: typed}
    answer = await ana.sends("/report", "/report", **fields)
    assert answer.status_code == 422
    [told] = re.findall(rf'id="report-{field}-error">([^<]*)<', answer.text)
    assert words in told
    assert typed in answer.text
    assert (field == "description") or "still here" in answer.text


async def test_who_is_on_call_and_until_when(ana: Visitor) -> None:
    text = await ana.reads("/on-call")
    assert "Applications" in text
    assert "Ana Apps" in text or "Ben Apps" in text
    assert 'data-name="until"><time' in text


async def test_nobody_is_sent_to_sign_in_and_back(api: Api) -> None:
    answer = await api.http.get("/incidents/INC-AAAAAAAAAA?episode=2")
    assert answer.status_code == 303
    back = "next=%2Fincidents%2FINC-AAAAAAAAAA%3Fepisode%3D2"
    assert answer.headers["location"] == f"/sign-in?{back}"


async def test_a_reporter_who_names_another_reports_in_their_own_name(api: Api, desk: Desk) -> None:
    async with visiting(api, Role.REPORTER, "rita") as rita:
        answer = await rita.sends(
            "/report", "/report", title="Wiki crashed", reporter="ralf", channel="monitor"
        )
    ticket = desk.ticket(answer.headers["location"].split("/")[2].partition("?")[0])
    report = (await ticket.view()).report
    assert (report.reporter, report.channel) == ("rita", "portal")


async def test_while_no_worker_runs_the_board_and_the_page_are_there(
    ana: Visitor, desk: Desk
) -> None:
    report = Report(title="Wiki crashed", service="orphan", reporter="rita")
    result = await report_incident(
        desk.client,
        report,
        now=datetime.now(UTC),
        policy=None,
        records=desk.records.incidents,
        task_queue=f"nobody-{desk.task_queue}",
    )
    ticket = desk.ticket(result.incident_id)
    text = await on_the_board(ana, ticket, "/?service=orphan")
    assert "are not shown" not in text
    assert "a worker takes it up" in text
    text = await ana.reads(f"/incidents/{ticket.id}")
    assert "a worker takes it up" in text
    await ticket.handle.terminate()


async def test_while_temporal_is_away_pages_say_so_and_nothing_typed_is_lost(
    api: Api,
) -> None:
    nobody = await Client.connect("127.0.0.1:9", lazy=True, plugins=[standfast_plugin()])
    away = Backend(
        api.backend.settings,
        nobody,
        api.desk.records,
        api.desk.policy,
        Lookup(nobody, api.desk.records),
    )
    app = build_app(away)
    async with visiting(Api(app, api.desk, api.http), Role.RESPONDER, "ana") as ana:
        text = await ana.reads("/", status=503)
        assert "Temporal cannot be reached" in text
        assert 'http-equiv="refresh" content="5"' in text
        assert (await ana.http.get("/")).headers["retry-after"] == "5"
        answer = await ana.sends("/report", "/report", title="Typed with care", once="x")
        assert answer.status_code == 503
        assert "Typed with care</textarea>" in answer.text
        assert 'name="once" value="x"' in answer.text
        assert "http-equiv" not in answer.text
