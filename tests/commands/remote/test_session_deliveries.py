"""What became of a page: the same on the incident's page, in `explain` and by the API."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.roles import Role
from standfast.records.delivery import Progress
from tests.commands.remote.conftest import Elsewhere
from tests.console.conftest import visiting

RITA = "rita@storyville.example"


async def test_responders_see_what_became_of_a_page_and_reporters_do_not(
    elsewhere: Elsewhere,
) -> None:
    desk = elsewhere.api.desk
    ticket = await desk.report("Wiki crashed", service="wiki")
    [page] = [each for each in (await ticket.reaches_resolve()).timeline if each.person]
    [sent, *_] = desk.records.deliveries.of_incident(ticket.id)
    assert (sent.recipient, sent.state) == (page.person, Progress.SENT)
    opened = sent.at.replace(microsecond=0) + timedelta(seconds=36)
    assert desk.records.deliveries.note_latest(
        ticket.id, 1, sent.recipient, Progress.OPENED, opened
    )
    times = [f"{at.astimezone(UTC):%H:%M:%S}" for at in (sent.at, opened)]
    words = f"{sent.recipient}: sent through {sent.channel} {times[0]}, opened {times[1]}"

    path = f"/api/incidents/{ticket.id}/deliveries"
    told = (await elsewhere.api.get(path, Role.RESPONDER)).json()["deliveries"]
    assert (told[0]["key"], [step["state"] for step in told[0]["steps"]]) == (
        sent.key,
        ["sent", "opened"],
    )
    assert datetime.fromisoformat(told[0]["steps"][1]["at"]) == opened
    hidden = await elsewhere.api.get(path, Role.REPORTER, name=RITA)
    assert (hidden.status_code, sent.recipient in hidden.text) == (403, False)
    async with visiting(elsewhere.api, Role.RESPONDER) as visitor:
        assert words in await visitor.reads(f"/incidents/{ticket.id}")
    async with visiting(elsewhere.api, Role.REPORTER, RITA) as visitor:
        assert "sent through" not in await visitor.reads(f"/incidents/{ticket.id}")

    explained = await elsewhere.run("explain", ticket.id)
    assert f"{sent.recipient}: sent through {sent.channel} " in explained.out
    assert explained == await elsewhere.here("explain", ticket.id)
    own = await elsewhere.run("explain", ticket.id, role=Role.REPORTER, name=RITA)
    assert (own.code, "sent through" in own.out) == (0, False)
    assert "what became of the messages is not known" in own.err
