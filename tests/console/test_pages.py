"""The pages without a browser: what holds for all of them."""

import re
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from standfast.api.backend import Backend
from standfast.hosting.plugin import standfast_plugin
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.intake.reporting import report_incident
from standfast.lookup.lookup import Lookup
from standfast.web.app import build_app
from tests.api.conftest import Api
from tests.console.conftest import Visitor, on_the_board, visiting
from tests.stories.desk import Desk

SCRIPT = "<script>alert(1)</script>"
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)


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


@pytest.mark.parametrize("path", ["/incidents/INC-AAAAAAAAAA", "/incidents/x", "/static/x"])
async def test_what_is_not_there_is_a_404_in_words(ana: Visitor, path: str) -> None:
    assert "there is no" in (await ana.reads(path, status=404)).lower()


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
