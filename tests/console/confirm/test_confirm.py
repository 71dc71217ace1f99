"""A reporter confirms, or not, by the link in a message: nothing happens before the button."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from standfast.incidents.resolution import Verdict
from standfast.intake.confirmation_links import ReporterLinks
from standfast.notification.rendering import Links
from standfast.policy_file.source import PolicySource
from tests.api.conftest import Api, open_api
from tests.console.confirm.asking import (
    PUBLIC,
    RITA,
    TITLE,
    asked,
    heard,
    links_of,
    path_of,
    press,
    resolve,
    resolved,
)
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk


async def test_the_reporter_confirms_by_one_click(desk: Desk, sink: HttpSink, api: Api) -> None:
    ticket = await resolved(desk)
    [(fixed, not_fixed)] = asked(sink)
    for method, link in (("GET", fixed), ("GET", not_fixed), ("HEAD", fixed), ("GET", fixed)):
        opened = await api.http.request(method, link.removeprefix(PUBLIC))
        assert opened.status_code == 200
    assert await heard(ticket) == []
    assert (await ticket.view()).stage is Box.ISSUE_RESOLVED

    thanked = await press(api, fixed, "fixed")
    assert (thanked.status_code, "we have recorded that it is fixed" in thanked.text.lower()) == (
        200,
        True,
    )
    closed = await ticket.closes()
    assert closed.outcome == "resolved"
    view = (await api.backend.lookup.find(ticket.id)).view
    [verified] = [entry for entry in view.timeline if entry.event == "verified"]
    assert (verified.actor, verified.detail) == (RITA, "resolved by the link in the message")

    for again in (await press(api, fixed, "fixed"), await api.http.get(path_of(fixed))):
        assert again.status_code == 200
        assert re.search(r"On .* UTC you said that it is fixed\. It was closed on", again.text)
        assert "<button" not in again.text


async def test_what_is_not_fixed_goes_back_to_people_and_the_old_link_with_it(
    desk: Desk, sink: HttpSink, api: Api
) -> None:
    ticket = await resolved(desk)
    [(fixed, not_fixed)] = asked(sink)
    told = await press(api, not_fixed, "not-fixed")
    assert "Somebody will work on it again" in told.text
    await ticket.reaches(Box.RESOLVE)
    assert await heard(ticket) == [Verdict.UNRESOLVED]

    late = await press(api, fixed, "fixed")
    assert "you said that it is not fixed. It is being worked on" in late.text
    assert await heard(ticket) == [Verdict.UNRESOLVED]

    await ticket.told("page_sent", 2)
    await resolve(ticket, asked=2)
    old = await press(api, fixed, "fixed")
    assert "This link is about an earlier resolution" in old.text
    assert await heard(ticket) == [Verdict.UNRESOLVED]
    assert (await ticket.view()).stage is Box.ISSUE_RESOLVED

    newest, _ = asked(sink)[-1]
    assert "We have recorded" in (await press(api, newest, "fixed")).text
    await ticket.closes()


async def test_the_link_of_a_reminder_is_as_good(desk: Desk, sink: HttpSink, api: Api) -> None:
    ticket = await resolved(desk)
    await ticket.wait(days=2, minutes=1)
    await ticket.told("confirm_sent", 2)
    first, second = (fixed for fixed, _ in asked(sink))
    assert first != second
    assert "We have recorded" in (await press(api, second, "fixed")).text
    await ticket.closes()
    assert "you said that it is fixed" in (await api.http.get(path_of(first))).text


async def test_in_the_watch_window_one_may_still_say_that_it_came_back(
    desk: Desk, sink: HttpSink, api: Api
) -> None:
    ticket = await resolved(desk, title="Core down", service="core", users_affected=900)
    [(fixed, _)] = asked(sink)
    await press(api, fixed, "fixed")
    await ticket.reaches(Box.FOLLOW_UP)
    page = await api.http.get(path_of(fixed))
    assert "you said that it is fixed. If that has changed, tell us." in page.text
    assert re.findall(r'<button name="answer" value="([\w-]+)"', page.text) == ["not-fixed"]
    await press(api, fixed, "not-fixed")
    await ticket.reaches(Box.RESOLVE)


async def test_the_page_shows_the_title_and_two_buttons_and_nothing_else(
    desk: Desk, sink: HttpSink, api: Api
) -> None:
    ticket = await resolved(desk, description="a secret description")
    [(fixed, not_fixed)] = asked(sink)
    page = await api.http.get(fixed.removeprefix(PUBLIC))
    assert "<h1>Wiki &lt;crashed&gt; &amp; gone</h1>" in page.text
    assert re.findall(r'<button name="answer" value="([\w-]+)"', page.text) == [
        "fixed",
        "not-fixed",
    ]
    other = await api.http.get(not_fixed.removeprefix(PUBLIC))
    assert re.findall(r'value="([\w-]+)"', other.text) == ["not-fixed", "fixed"]
    # A signature may hold any two characters by chance.
    unsigned = re.sub(r"[\w.-]{40,}", "", page.text)
    for hidden in ("secret", "ana", RITA, ticket.id, "P3", "<nav"):
        assert hidden not in unsigned
    elsewhere = re.findall(r'(?:src|href|action)="(?!/)[^"]*"', page.text)
    assert elsewhere == ['href="#content"']
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("answer", ["", "resolved", "FIXED", "fixed; drop"])
async def test_a_form_without_one_of_the_two_answers_asks_again(
    desk: Desk, sink: HttpSink, api: Api, answer: str
) -> None:
    ticket = await resolved(desk)
    [(fixed, _)] = asked(sink)
    assert "<button" in (await press(api, fixed, answer)).text
    assert await heard(ticket) == []


async def test_links_that_are_good_for_nothing_say_why(
    desk: Desk, sink: HttpSink, api: Api, tmp_path: Path
) -> None:
    ticket = await resolved(desk)
    now = await ticket.now()
    ours = links_of(tmp_path)
    foreign = ReporterLinks([b"x" * 32], PUBLIC)
    long_ago = datetime.now(UTC) - timedelta(days=15)
    cases = [
        (ours.links(ticket.id, 1, RITA, long_ago), 410, "valid for 14 d and expired on"),
        (foreign.links(ticket.id, 1, RITA, now), 404, "not made here"),
        (ours.links(ticket.id, 2, RITA, now), 404, "not on record any more"),
        (ours.links("INC-AAAAAAAAAA", 1, RITA, now), 404, "not on record any more"),
    ]
    for (fixed, _), status, words in cases:
        opened, pressed = await api.http.get(path_of(fixed)), await press(api, fixed, "fixed")
        assert (opened.status_code, pressed.status_code) == (status, status)
        assert words in opened.text
        assert TITLE.split()[0] not in opened.text
    cut = await api.http.get(path_of(asked(sink)[0][0])[:-20])
    assert (cut.status_code, "This link is incomplete" in cut.text) == (404, True)
    assert await heard(ticket) == []


async def test_the_next_episode_is_not_answered_by_the_link_of_the_one_before(
    desk: Desk, sink: HttpSink, api: Api
) -> None:
    first = await resolved(desk, dedup_key="wiki/crash")
    [(old, _)] = asked(sink)
    await first.act("verify", by=RITA, verdict="resolved")
    await first.closes()
    second = await resolved(desk, dedup_key="wiki/crash")
    assert second.id == first.id
    assert (await second.view()).episode == 2
    assert "It was closed on" in (await press(api, old, "fixed")).text
    assert await heard(second) == []


async def test_withdrawn_and_merged_incidents_say_so(desk: Desk, sink: HttpSink, api: Api) -> None:
    withdrawn = await resolved(desk)
    [(link, _)] = asked(sink)
    await withdrawn.act("withdraw", by=RITA)
    await withdrawn.closes()
    assert "The report was withdrawn" in (await api.http.get(path_of(link))).text

    merged, goes_on = await resolved(desk), await desk.report(title="Wiki down", service="wiki")
    link, _ = asked(sink)[-1]
    await merged.act("merge", by="ana", into=goes_on.id)
    await merged.closes()
    told = await press(api, link, "fixed")
    assert "It was merged with another report of the same problem, which goes on." in told.text
    assert goes_on.id not in told.text


async def test_without_a_public_address_the_message_has_the_command(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        ticket = await resolved(desk)
        [message] = [request.json for request in sink.taken if request.path == "/reporter"]
    assert asked(sink) == []
    assert f"standfast verify {ticket.id} --by YOU" in message["message"]


async def test_with_links_the_message_has_no_command_and_responders_get_none(
    desk: Desk, sink: HttpSink
) -> None:
    await resolved(desk)
    for request in sink.taken:
        has_links = "/confirm/" in str(request.json)
        assert has_links is (request.path == "/reporter")
        assert not has_links or "standfast verify" not in str(request.json)


async def test_without_a_worker_a_link_opens_and_its_answer_waits(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    links = links_of(tmp_path).links
    async with open_desk(env, policy, sink, tmp_path, links=Links(reporter=links)) as desk:
        await resolved(desk)
    [(fixed, _)] = asked(sink)
    async with open_api(desk, public_url=PUBLIC) as api:
        opened = await api.http.get(path_of(fixed))
        answered = await press(api, fixed, "fixed")
    assert "Is it fixed?" in opened.text
    assert answered.status_code == 504
    assert "not confirmed yet, but may have arrived. Please check again soon." in answered.text


async def test_whoever_tries_links_has_to_wait(desk: Desk, api: Api) -> None:
    statuses = [(await api.http.get(f"/confirm/{number}")).status_code for number in range(70)]
    assert statuses == [404] * 60 + [429] * 10
