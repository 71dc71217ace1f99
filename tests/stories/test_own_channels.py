"""People's own channels and rules, on virtual time: push now, SMS after 2 minutes, call after 5."""

from datetime import timedelta

from standfast.incidents.own_channel import NO_RULES, PagingRules
from standfast.records.own_channels import CodeState
from tests.stories.desk import Desk, Ticket

MINUTE = timedelta(minutes=1)
ADDRESSES = {"push": "7f3k2qxwm4tz5b", "sms": "+49301234567", "call": "+49301234567"}


def has_own_channels(desk: Desk) -> None:
    """Ana and Ben, one of whom is on call, have three channels each, beside the policy's phone."""
    desk.amend(
        contact_methods={
            "push": f"json://{desk.sink.address}/push/{{topic}}",
            "sms": f"json://{desk.sink.address}/sms/{{number}}",
            "call": f"json://{desk.sink.address}/call/{{number}}",
        },
        clocks={"P1": {"acknowledge_within": "1h"}},
        paging={"P1": [{"page": "on_call"}, {"after": "7m", "page": "lea"}]},
    )
    kept = desk.records.own_channels
    for person in ("ana", "ben"):
        for name, address in ADDRESSES.items():
            address = f"{person}-{address}" if name == "push" else address
            channel = kept.add(person, name, name, address)
            assert channel
            kept.open_code(channel.id, "123456")
            assert kept.verify(person, channel.id, "123456") is CodeState.RIGHT
        rules = [{"through": "push"}, {"through": "sms", "after": "2m"}]
        rules.append({"through": "call", "after": "5m"})
        kept.set_rules(person, PagingRules.model_validate({"high": rules}))


def ways(desk: Desk) -> list[str]:
    """Which way each page came, in order."""
    return [page.split("/")[0] for page in desk.paged()]


async def outage(desk: Desk) -> Ticket:
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.reaches_resolve()
    return ticket


async def test_push_now_sms_after_2_minutes_and_no_call_once_it_is_acknowledged(
    desk: Desk,
) -> None:
    has_own_channels(desk)
    ticket = await outage(desk)
    on_call = str((await ticket.view()).assignee)
    assert f"push/{on_call}-" in desk.paged()[0]
    view = await ticket.view()
    assert view.next_pages[0].whom == on_call
    assert f"the rules of {on_call}: push now, sms after 2m, call after 5m" in str(view.decisions)
    assigned = (await ticket.told("assign"))[0].at

    await ticket.wait_until(assigned + 2 * MINUTE - timedelta(seconds=5))
    assert ways(desk) == ["push"]
    await ticket.wait_until(assigned + 2 * MINUTE + timedelta(seconds=5))
    await ticket.told("page_sent", times=2)
    assert ways(desk) == ["push", "sms"]
    sent = await ticket.entries("page_sent")
    assert [entry.detail.split(",")[0] for entry in sent] == ["through push", "through sms"]

    await ticket.act("acknowledge", by=on_call)
    await ticket.wait(hours=2)
    assert ways(desk) == ["push", "sms"]


async def test_unanswered_it_goes_on_and_the_policys_step_comes_at_its_time(desk: Desk) -> None:
    has_own_channels(desk)
    ticket = await outage(desk)
    assigned = (await ticket.told("assign"))[0].at
    for minute, expected in ((2, "sms"), (5, "call"), (7, "lea")):
        before = len(desk.paged())
        await ticket.wait_until(assigned + minute * MINUTE + timedelta(seconds=5))
        await ticket.told("page_sent", times=before + 1)
        assert ways(desk)[before:] == [expected]


async def test_rules_that_are_gone_meanwhile_move_no_step_of_the_policy(desk: Desk) -> None:
    has_own_channels(desk)
    ticket = await outage(desk)
    assigned = (await ticket.told("assign"))[0].at
    for person in ("ana", "ben"):
        desk.records.own_channels.set_rules(person, NO_RULES)
    await ticket.wait_until(assigned + 7 * MINUTE - timedelta(seconds=5))
    assert ways(desk) == ["push"]
    await ticket.wait_until(assigned + 7 * MINUTE + timedelta(seconds=5))
    await ticket.told("page_sent", times=2)
    assert ways(desk) == ["push", "lea"]
