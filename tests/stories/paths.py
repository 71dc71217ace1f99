"""One story for each way through the flowchart; tests, golden histories and cost share them."""

from collections.abc import Awaitable, Callable

from standfast.incidents.flowchart import Box
from tests.stories.desk import Desk, Ticket

Story = Callable[[Desk], Awaitable[Ticket]]


async def automatic(desk: Desk) -> Ticket:
    """A runbook restarts the kiosk and its check passes."""
    desk.works("kiosk")
    ticket = await desk.report("Printer of the kiosk is dead", service="kiosk")
    await ticket.closes()
    return ticket


async def human(desk: Desk) -> Ticket:
    """Assigned, acknowledged, resolved, confirmed by the reporter, closed."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.act("resolve", by="ana", summary="cleared the cache")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def runbook_failed(desk: Desk) -> Ticket:
    """The runbook runs, its check fails, it is undone, and people take over."""
    desk.breaks("kiosk")
    ticket = await desk.report("Printer of the kiosk is dead", service="kiosk")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="dora")
    await ticket.act("resolve", by="dora", summary="changed the power supply")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def high_but_not_critical(desk: Desk) -> Ticket:
    """The shop is business critical, but nothing threatens security, data or core."""
    ticket = await desk.report("The shop app shows old prices", service="shop", users_affected=90)
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="purged the price cache")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def critical(desk: Desk) -> Ticket:
    """Core infrastructure is down: the second tier is paged at once, all of it."""
    ticket = await desk.report(
        "Outage of the core switch, vpn down", service="core", users_affected=900
    )
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="lea")
    await ticket.act("resolve", by="lea", summary="replaced the line card")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    for hours in (1, 2, 4, 8, 16):
        await ticket.wait(hours=hours)
    await ticket.closes()
    return ticket


async def nobody_acknowledges(desk: Desk) -> Ticket:
    """Nobody acknowledges in the first tier: the second is paged, and somebody there does."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.wait(hours=2.9)
    await ticket.told("page_sent", times=1)
    await ticket.wait(hours=1.2)
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("acknowledge", by="lea")
    await ticket.act("resolve", by="lea", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def unresolved(desk: Desk) -> Ticket:
    """The reporter says no: it goes to the next tier, which resolves it."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.act("resolve", by="ana", summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="unresolved", comment="still the same")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("resolve", by="lea", summary="gave it more memory")
    await ticket.told("confirm_sent", times=2)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def partial_then_clear(desk: Desk) -> Ticket:
    """Partly resolved: it is watched, the reporter confirms meanwhile, and it closes."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="most pages are back")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="partially_resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    await ticket.wait(hours=1.5)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.wait(hours=24)
    await ticket.closes()
    return ticket


async def recurs(desk: Desk) -> Ticket:
    """Reported again inside the watch window: escalated, resolved, clear."""
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-recurs")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="restarted it", workaround=True)
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.reaches(Box.FOLLOW_UP)
    await ticket.wait(hours=2)
    await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-recurs", reporter="ralf")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("resolve", by="lea", summary="fixed the leak")
    await ticket.told("confirm_sent", times=2)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def still_partial(desk: Desk) -> Ticket:
    """Partly resolved, and no more than that at the end of the window: escalated."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("resolve", by="ana", summary="most pages are back")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="partial")
    await ticket.reaches(Box.FOLLOW_UP)
    await ticket.wait(hours=25)
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("resolve", by="lea", summary="the rest is back too")
    await ticket.told("confirm_sent", times=2)
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def asked_to_escalate(desk: Desk) -> Ticket:
    """A responder asks for the next tier."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.act("escalate", by="ana", reason="needs a database administrator")
    await ticket.reaches(Box.RESOLVE, tier=2)
    await ticket.act("resolve", by="lea", summary="rebuilt the index")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    return ticket


async def approved(desk: Desk) -> Ticket:
    """A runbook waits for an approval, gets it, and resolves it."""
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await ticket.act("approve", by="dan")
    await ticket.closes()
    return ticket


async def held(desk: Desk) -> Ticket:
    """On hold for the vendor over the weekend, then resolved; silence confirms it."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    await ticket.act("hold", by="ana", reason="vendor")
    await ticket.wait(days=2.5)
    await ticket.act("resume", by="ana")
    await ticket.act("resolve", by="ana", summary="the vendor's patch is in")
    await ticket.told("confirm_sent")
    await ticket.wait(days=6)
    await ticket.closes()
    return ticket


async def withdrawn(desk: Desk) -> Ticket:
    """The reporter was mistaken."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("withdraw", by="rita", reason="my own network was down")
    await ticket.closes()
    return ticket


PATHS: dict[str, Story] = {
    story.__name__: story
    for story in (
        automatic,
        human,
        runbook_failed,
        high_but_not_critical,
        critical,
        nobody_acknowledges,
        unresolved,
        partial_then_clear,
        recurs,
        still_partial,
        asked_to_escalate,
        approved,
        held,
        withdrawn,
    )
}
