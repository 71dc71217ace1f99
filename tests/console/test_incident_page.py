"""The page of an incident: all that there is to tell, and to whom."""

import re
from typing import Any

from temporalio.client import Client

from standfast.console.incident_page import SHOWN
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from tests.api.conftest import Api, open_api
from tests.console.conftest import Visitor, visiting
from tests.console.form_keys import without_form_keys
from tests.stories.desk import Desk, Ticket

SCRIPT = "<script>alert(1)</script>"


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


async def test_a_closed_incident_offers_what_is_added_to_its_record_and_says_when_it_closed(
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
    assert re.findall(r'id="act-(\w+)"', text) == ["comment", "restrict", "correct", "tag"]
    late = await ana.sends(f"{here}/acknowledge", "/report")
    assert late.status_code == 409
    assert "it closed at" in late.text
    there = "?episode=1"
    for action, typed in (
        ("comment", {"text": "It was the <b>cable</b>"}),
        ("correct", {"field": "title", "should_say": "Wiki cable cut", "reason": "seen since"}),
        ("tag", {"tag": "Cables"}),
        ("restrict", {"people": "hana", "reason": "it names Otto"}),
    ):
        done = await ana.sends(f"{here}/{action}{there}", here, **typed)
        assert done.headers["location"] == f"{here}?episode=1&did={action}"
    text = await ana.reads(f"{here}?episode=1&did=correct")
    assert "Corrected. What was written stays beside it." in text
    assert "Corrected after it closed</a>: title" in text
    added = text.partition('id="added"')[2].partition("</section>")[0]
    for part in ("It was the &lt;b&gt;cable&lt;/b&gt;", "Wiki crashed", "Wiki cable cut", "cables"):
        assert part in added, part
    assert re.search(
        r"Made confidential, and found by [a-z, ]*hana[a-z, ]*: <span[^>]*>it names Otto</span>",
        added,
    )
    assert "by ana: it names Otto; also for " in text
    assert re.findall(r'id="act-(\w+)"', text)[1:3] == ["restrict", "unrestrict"]
    await ana.sends(f"{here}/unrestrict{there}", here)
    text = await ana.reads(f"{here}?episode=1&did=unrestrict")
    assert "Every responder finds it again." in text
    assert "Not confidential any more" in text


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


async def test_what_got_worse_is_shown_to_responders(ana: Visitor, api: Api, desk: Desk) -> None:
    same = {"service": "wiki", "dedup_key": "worse-on-the-page"}
    ticket = await desk.report("Wiki is slow", reporter="rita", **same)
    await ticket.reaches_resolve()
    down: dict[str, Any] = {"description": "<b>Error 500</b> since noon", "users_affected": 500}
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


async def test_of_what_closed_all_is_told_when_temporal_has_forgotten_it(
    ana: Visitor, desk: Desk
) -> None:
    first = await closed(desk, "Wiki crashed", "the flamingo cable")
    kept = await closed(desk, "Wiki crashed again", "the heron cable")
    assert kept.id == first.id
    here = f"/incidents/{kept.id}"
    known = [await ana.reads(f"{here}?episode={episode}") for episode in (1, 2)]
    async with open_api(forgetful(desk)) as api, visiting(api, Role.RESPONDER, "ana") as later:
        for episode, said, other in ((1, "flamingo", 2), (2, "heron", 1)):
            text = await later.reads(f"{here}?episode={episode}")
            assert without_secrets(text) == without_secrets(known[episode - 1])
            whole = (said, 'id="decisions"', 'id="deliveries"', "Page sent", "restarted", "Ladder")
            for part in whole:
                assert part in text, (episode, part)
            assert f'<a href="{here}?episode={other}">Episode {other}</a>' in text
        await later.sends(f"{here}/comment?episode=1", here, text="It was the stork")
        assert "It was the stork" in await later.reads(f"{here}?episode=1")
        assert "It was the stork" not in await later.reads(here)


async def closed(desk: Desk, title: str, cause: str) -> Ticket:
    """An episode that people have resolved."""
    ticket = await desk.report(title, service="wiki", dedup_key="forgotten", description="Ladder")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it", root_cause=cause)
    await ticket.reaches(Box.ISSUE_RESOLVED)
    await ticket.act("verify", by="rita@storyville.example", verdict="resolved")
    await ticket.closes()
    return ticket


def forgetful(desk: Desk) -> Desk:
    """The same desk when Temporal has deleted every run, which takes it half a minute: it answers
    to this client as it does then.
    """
    client = Client(
        desk.client.service_client,
        namespace="forgotten",
        data_converter=desk.client.data_converter,
    )
    return Desk(desk.env, desk.task_queue, desk.policy, desk.records, desk.sink, desk.place, client)


def without_secrets(page: str) -> str:
    """The page without what is new each time."""
    return re.sub(r"<time[^>]*>[^<]*</time>", "", without_form_keys(page))
