"""axe-core looks at every page, on a phone and on a screen, in light and dark."""

from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from standfast.incidents.addition import Addition, AdditionKind, CorrectedField
from standfast.incidents.article import ArticleText
from standfast.incidents.review import ActionItem, Review
from standfast.incidents.roles import Role
from standfast.mail.attachments import keep
from standfast.mail.mail import Attachment
from standfast.policy.mail import AttachmentLimits
from standfast.records.audit import AuditEvent, AuditKind
from tests.console.conftest import Console, reading
from tests.console.looking import nothing_serious, unfold
from tests.records.samples import OPENED, incident
from tests.stories.desk import Desk

pytestmark = pytest.mark.long

WIDTHS = (360, 1280)


def a_review_of(desk: Desk, incident_id: str) -> None:
    """It is written, and somebody has to do something by yesterday."""
    records, due = desk.records, OPENED + timedelta(days=9)
    review = Review(incident_id=incident_id, episode=1, why="asked for", wanted_at=OPENED)
    item = ActionItem(
        id=1,
        incident_id=incident_id,
        episode=1,
        title="Replace the disk",
        due=due,
        changed_by="ana",
        changed_at=OPENED,
    )
    records.reviews.want(review)
    written = {"owner": "ana", "due": due, "actions": (item,), "not_told": ("ana: no channel",)}
    records.reviews.keep(review.model_copy(update=written))
    for text in ("40 people", "41 people"):
        records.review_texts.write(incident_id, 1, "impact", by="ana", text=text)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_serious(console: Console, chromium: Browser, dark: bool) -> None:
    desk = console.desk
    waiting = await desk.report("Printer press is dead", service="press")
    await waiting.told("approve_sent")
    at_work = await desk.report("Wiki crashed", service="wiki", description="x " * 4_000)
    await at_work.reaches_resolve()
    verified = await desk.report("Wiki crashed again", service="wiki", labels={"room": "B12"})
    await verified.reaches_resolve()
    await verified.act("resolve", by="ana", summary="restarted it", steps=["one", "two"])
    await verified.told("confirm_sent")
    closed = await desk.report("Wiki crashed once more", service="wiki")
    await closed.reaches_resolve()
    await closed.act("withdraw", by="rita")
    await closed.closes()
    tickets = [f"/incidents/{each.id}" for each in (waiting, at_work, verified, closed)]
    again = "INC-AXEPR2BLEM"
    picture, log = (
        Attachment("shot of the printer.png", "", b"\x89PNG\r\n\x1a\n"),
        Attachment("W" * 90 + ".log", "", b"it stopped " * 400),
    )
    files = keep([picture, log], desk.place / "attachments", again, AttachmentLimits())
    for number in (1, 2):
        opened = OPENED + timedelta(days=number)
        view = incident(again, number, opened_at=opened, description=files.text)
        desk.records.incidents.save(view)
    a_review_of(desk, again)
    text = ArticleText(
        title="Axe printed nothing", symptom="Axe prints nothing", fix="1. `sharpen`"
    )
    article = desk.records.articles.write(text, "ana")
    desk.records.articles.publish(article, 1, "ana")
    for added in (
        Addition(kind=AdditionKind.COMMENT, at=OPENED, by="ana", text="W" * 400),
        Addition(kind=AdditionKind.TAG, at=OPENED, by="ana", text="a tag of several words"),
        Addition(
            kind=AdditionKind.CORRECTION,
            at=OPENED,
            by="ana",
            field=CorrectedField.TITLE,
            text="Printer out of toner",
            reason="it was not on fire",
        ),
    ):
        event = AuditEvent(AuditKind.ADDED_TO_RECORD, by="ana")
        desk.records.adding.add(again, 2, added, "", event)
    others = [
        "/?service=wiki&stage=issue_resolved",
        "/?status=closed&service=wiki",
        "/?priority=P1",
        "/on-call",
        "/my-pages",
        "/report",
        "/stats?since=1d",
        "/reviews",
        f"/problems/{again}",
        f"/incidents/{again}/review",
        f"/incidents/{again}/review?episode=2",
        f"/knowledge/{article}",
        "/search?q=service:wiki",
        "/search?q=crashed servise:wiki",
        f"/incidents/{again}",
        "/incidents/INC-AAAAAAAAAA",
    ]
    for width in WIDTHS:
        async with reading(chromium, console, Role.RESPONDER, "ana", width=width, dark=dark) as ana:
            for path in (*others, *tickets):
                await ana.opens(path)
                await unfold(ana)
                await nothing_serious(ana.page)
                assert await ana.is_as_wide_as_the_window(), (width, path)
            await ana.opens("/report")
            await ana.page.get_by_label("Users affected").evaluate("it => { it.type = 'text' }")
            await ana.page.get_by_label("Users affected").fill("many")
            await ana.page.get_by_label("Title").fill("Wiki crashed")
            await ana.page.get_by_role("button", name="Report").click()
            await expect(ana.page.get_by_role("alert")).to_be_visible()
            await nothing_serious(ana.page)
            await ana.context.clear_cookies()
            await ana.opens("/sign-in")
            await nothing_serious(ana.page)
