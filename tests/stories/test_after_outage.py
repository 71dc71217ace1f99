"""After an outage: what fell due meanwhile is settled once, by who is on call now, in no burst."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from standfast.incidents.schedule import NewOverride
from standfast.incidents.silence import Matcher, NewSilence
from standfast.policy_file.source import PolicySource
from standfast.time.clocks import Target
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk
from tests.stories.outage import leaves, nobody_runs_it

pytestmark = pytest.mark.long

HOUR = timedelta(hours=1)

Begins = Callable[[Desk], Awaitable[Ticket]]


class Company:
    """What goes on when Standfast does not: the server's clock, the policy, people's phones."""

    def __init__(self, env: WorkflowEnvironment, sink: HttpSink, place: Path) -> None:
        self._env, self._sink, self._place = env, sink, place
        self._policy = PolicySource(write_policy(place / "policy.yaml", sink.address, place))

    @contextlib.asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        async with open_desk(self._env, self._policy, self._sink, self._place) as desk:
            yield desk

    @contextlib.asynccontextmanager
    async def after_an_outage(
        self, begins: Begins, *meanwhile: tuple[str, dict[str, str]], **span: float
    ) -> AsyncIterator[Ticket]:
        """The incident that `begins` tells of, when nobody has run Standfast for so long.

        meanwhile: signals that the server took in that time.
        """
        async with self.desk() as desk:
            left = await leaves(await begins(desk), desk.task_queue)
        await nobody_runs_it(self._env, left, **span)
        before = len(self._sink.taken)
        for action, payload in meanwhile:
            await desk.ticket(left.incident_id).signal(action, **payload)
        async with self.desk() as desk:
            ticket = desk.ticket(left.incident_id)
            await ticket.catches_up()
            self.earlier = before
            yield ticket
            await ticket.signal("withdraw", by="rita")
            await ticket.closes()

    def messages(self) -> list[tuple[str, str]]:
        """To whom each message went since the outage, and its words."""
        return [
            (request.path.strip("/"), f"{request.json['title']}\n{request.json['message']}")
            for request in self._sink.taken[self.earlier :]
        ]


@pytest.fixture
def company(env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path) -> Company:
    return Company(env, sink, tmp_path)


async def outage(desk: Desk) -> Ticket:
    """A P1 that Ana or Ben has just been paged about."""
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    return ticket


async def taken(desk: Desk) -> Ticket:
    """A P1 that Mia has taken, of whichever tier she is."""
    ticket = await outage(desk)
    await ticket.act("acknowledge", by="mia")
    return ticket


def stands_in(desk: Desk, person: str, hours: float, tier: str = "L1") -> None:
    """From so many hours from now on somebody else is on call."""
    starts = datetime.now(UTC) + hours * HOUR
    desk.records.overrides.add(
        NewOverride(
            team="apps", tier=tier, person=person, starts=starts, ends=starts + 24 * HOUR, by="dan"
        )
    )


async def test_six_hours_over_two_deadlines_page_who_is_on_call_now_once(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        stands_in(desk, "leo", hours=3)
        return await outage(desk)

    async with company.after_an_outage(begins, hours=6) as ticket:
        await ticket.told("page_sent")
        [(whom, page)] = company.messages()
        assert whom == "leo"
        assert page.startswith("P1 Outage: wiki down. Please acknowledge")
        assert (
            "\nnobody acknowledged within 15 min, noticed 5 h 45 min late; "
            "not resolved within 4 h, noticed 2 h" in page
        )
        view = await ticket.view()
        assert (view.tier, view.assignee, view.stage) == (1, "leo", Box.RESOLVE)
        assert {(missed.target, missed.tier) for missed in view.breaches} == {
            (Target.RESPONSE, 1),
            (Target.RESOLUTION, 1),
        }
        assert {missed.within for missed in view.breaches} == {HOUR / 4, 4 * HOUR}
        overdue = await ticket.note("overdue")
        assert overdue == "page, acknowledge, warn, resolve, noticed 5 h 54 min late"
        assert len(await ticket.told("target_missed", times=2)) == 2

        # From here on it is as if it had just been assigned.
        await ticket.wait(minutes=5)
        assert len(company.messages()) == 1
        await ticket.wait(minutes=2)
        await ticket.told("page_sent", times=2)
        await ticket.wait(minutes=9)
        await ticket.reaches(Box.RESOLVE, tier=2)


async def test_six_hours_over_two_deadlines_escalate_once(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(after_outage={"then": "escalate"})
        stands_in(desk, "mia", hours=3, tier="L2")
        return await outage(desk)

    async with company.after_an_outage(begins, hours=6) as ticket:
        view = await ticket.reaches(Box.RESOLVE, tier=2)
        await ticket.told("page_sent")
        [(whom, page)] = company.messages()
        assert (whom, view.assignee) == ("mia", "mia")
        assert "nobody acknowledged within 15 min, noticed 5 h 45 min late" in page
        assert {missed.target for missed in view.breaches} == {*Target}
        await ticket.wait(minutes=5)
        assert len(company.messages()) == 1


async def test_who_has_it_is_warned_once_and_keeps_it(company: Company) -> None:
    async with company.after_an_outage(taken, hours=6) as ticket:
        await ticket.told("warn_sent")
        [(whom, warning)] = company.messages()
        assert whom == "mia"
        assert "Time is running out" in warning
        assert "not resolved within 4 h, noticed 2 h" in warning
        view = await ticket.view()
        assert (view.tier, view.acknowledged_by) == (1, "mia")
        assert [missed.target for missed in view.breaches] == [Target.RESOLUTION]
        await ticket.wait(hours=2)
        assert len(company.messages()) == 1


async def test_who_has_it_loses_it_where_the_policy_says_so(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(after_outage={"then": "escalate"})
        return await taken(desk)

    async with company.after_an_outage(begins, hours=6) as ticket:
        await ticket.reaches(Box.RESOLVE, tier=2, acknowledged_by=None)
        await ticket.told("page_sent")
        assert len(company.messages()) == 1


async def test_only_three_quarters_have_gone_and_that_is_said_late(company: Company) -> None:
    async with company.after_an_outage(taken, hours=3.5) as ticket:
        await ticket.told("warn_sent")
        [(whom, warning)] = company.messages()
        assert whom == "mia"
        assert "75% of 4 h to resolve it has passed, noticed 30 min" in warning
        assert (await ticket.view()).breaches == ()
        await ticket.wait(minutes=31)
        await ticket.reaches(Box.RESOLVE, tier=2)


async def test_a_moment_is_no_outage(company: Company) -> None:
    async with company.after_an_outage(outage, minutes=7) as ticket:
        await ticket.told("page_sent")
        [(_, page)] = company.messages()
        assert "late" not in page
        assert "overdue" not in [entry.event for entry in (await ticket.view()).timeline]


async def test_nothing_was_heard_of_its_owner_and_nobody_could_hear(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(clocks={"P1": {"idle_after": "1h", "resolve_within": "2d"}})
        return await taken(desk)

    async with company.after_an_outage(begins, hours=6) as ticket:
        await ticket.told("page_sent")
        [(whom, page)] = company.messages()
        assert whom in ("ana", "ben")
        assert "mia has acknowledged it, and nothing was heard since, noticed 5 h" in page


async def test_somebody_took_it_meanwhile_and_is_not_paged(company: Company) -> None:
    async with company.after_an_outage(outage, ("acknowledge", {"by": "ben"}), hours=2) as ticket:
        view = await ticket.reaches(Box.RESOLVE, acknowledged_by="ben")
        await ticket.wait(minutes=30)
        assert all("ben has it, " in text for _, text in company.messages())
        assert view.breaches == ()


async def test_a_silence_has_ended_meanwhile(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        now = datetime.now(UTC)
        desk.records.silences.add(
            NewSilence(
                matcher=Matcher(services=["wiki"]),
                starts=now,
                ends=now + HOUR,
                by="dan",
                reason="upgrade",
            )
        )
        ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
        await ticket.told("quiet")
        return ticket

    async with company.after_an_outage(begins, hours=3) as ticket:
        await ticket.told("page_sent")
        [(whom, page)] = company.messages()
        assert whom in ("ana", "ben")
        assert "It is not quiet any more, noticed 2 h" in page
        assert (await ticket.view()).breaches == ()


async def test_on_hold_it_is_reminded_of_once_and_in_step(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(clocks={"P1": {"remind_hold_every": "1h"}})
        ticket = await taken(desk)
        await ticket.act("hold", by="mia", reason="user")
        return ticket

    async with company.after_an_outage(begins, hours=6, minutes=30) as ticket:
        await ticket.told("remind_sent")
        [(whom, reminder)] = company.messages()
        assert whom == "mia"
        assert "On hold (user) for 6 h 30 min" in reminder
        await ticket.wait(minutes=28)
        assert len(company.messages()) == 1
        await ticket.wait(minutes=3)
        await ticket.told("remind_sent", times=2)
        view = await ticket.view()
        assert (view.on_hold, view.breaches) == ("user", ())


async def test_the_reporter_is_asked_again_once(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(verification={"remind_every": "1h"})
        ticket = await taken(desk)
        await ticket.act("resolve", by="mia", summary="restarted it")
        await ticket.told("confirm_sent")
        return ticket

    async with company.after_an_outage(begins, hours=6, minutes=30) as ticket:
        await ticket.told("confirm_sent")
        [(whom, _)] = company.messages()
        assert whom == "reporter"
        await ticket.wait(minutes=28)
        assert len(company.messages()) == 1


async def test_approvers_are_asked_again_once(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(runbooks={"restart-press": {"approve_within": "1d", "remind_every": "1h"}})
        ticket = await desk.report("Printer press is dead", service="press")
        await ticket.told("approve_sent")
        return ticket

    async with company.after_an_outage(begins, hours=6, minutes=30) as ticket:
        await ticket.told("approve_sent")
        [(whom, _)] = company.messages()
        assert whom == "dan"
        await ticket.wait(minutes=28)
        assert len(company.messages()) == 1


async def test_nothing_heard_of_its_owner_and_not_resolved(company: Company) -> None:
    async def begins(desk: Desk) -> Ticket:
        desk.amend(clocks={"P1": {"idle_after": "1h"}})
        return await taken(desk)

    async with company.after_an_outage(begins, hours=6) as ticket:
        await ticket.told("page_sent")
        view = await ticket.view()
        assert len(company.messages()) == 1
        assert (view.tier, view.acknowledged_by) == (1, None)
        assert [missed.target for missed in view.breaches] == [Target.RESOLUTION]
        assert await ticket.due("not resolved")


async def test_paged_late_the_next_page_takes_its_time(company: Company) -> None:
    """An hour's page comes 59 minutes late: it is not followed by another after one minute."""

    async def begins(desk: Desk) -> Ticket:
        clocks = {"acknowledge_within": "1d", "page_again_every": "1h", "resolve_within": "2d"}
        desk.amend(clocks={"P1": clocks})
        return await outage(desk)

    async with company.after_an_outage(begins, minutes=119) as ticket:
        await ticket.told("page_sent")
        [(_, page)] = company.messages()
        assert "Nobody has acknowledged it yet, noticed 59 min" in page
        await ticket.wait(minutes=58)
        assert len(company.messages()) == 1
        await ticket.wait(minutes=3)
        await ticket.told("page_sent", times=2)
