"""What was learned last year is there when it happens again: found, offered and named."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.article import ArticleState, NewArticle, PublishedArticle
from standfast.incidents.confidentiality import Reader
from standfast.incidents.review import ReviewState
from standfast.incidents.roles import Role
from standfast.lookup.articles import ArticleDesk
from standfast.lookup.search import search
from standfast.records.search import Searcher
from tests.stories.desk import Desk
from tests.stories.reviewing import REVIEWED, SECTIONS, Reviewing

BEN = Searcher("ben", Role.RESPONDER, Reader(("ben", "desk")))


async def test_found_by_a_word_of_a_comment_its_fix_offered_its_open_action_named(
    desk: Desk,
) -> None:
    desk.amend(**REVIEWED)
    reported = {"title": "Wiki crashed", "service": "wiki", "dedup_key": f"{desk.place} learned"}
    ticket = await desk.report(**reported)
    await ticket.reaches_resolve()
    await ticket.act("comment", by="ana", text="The inotify watches of the indexer ran out")
    await ticket.act("resolve", by="ana", summary="Raised the limit of watches", steps=["sysctl"])
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    closed = desk.records.incidents.get(ticket.id)
    assert closed

    review = Reviewing(desk, ticket.id)
    await review.begins()
    due = datetime.now(UTC) + timedelta(days=400)
    await review.does("add_action", title="alert on watches", owner="ben", due=due.isoformat())
    review.writes(*SECTIONS)
    assert (await review.does("close")).state is ReviewState.ACTING

    articles = ArticleDesk(desk.records, desk.policy.current, BEN, desk.records.audit.record)
    draft = articles.write(NewArticle(by="ana", incident_id=ticket.id), closed)
    assert "Raised the limit of watches" in draft.text.fix
    ready = PublishedArticle(by="lea", version=draft.version)
    article = articles.publish(draft.article_id, ready)
    assert article.state is ArticleState.PUBLISHED
    await review.wait(days=365)

    found = await search(desk.records, "inotify service:wiki", BEN, 10)
    assert [each.incident_id for each in found.incidents] == [ticket.id]

    again = await desk.report(**reported)
    assert again.id == ticket.id
    view = await again.reaches_resolve()
    assert view.episode == 2
    action = f"alert on watches (ben, due {due:%Y-%m-%d})"
    assert view.open_actions == (action,)
    assert article.rate.words == "fixed it 1 of 1 time"
    # To the records no year has passed: it has just come back, so the fix did not last.
    fix = f"{article.article_id} fixed it 0 of 1 time"
    await again.told("page_sent")
    paged = [str(each.json) for each in desk.sink.taken if action in str(each.json)]
    assert [each for each in paged if fix in each], "whoever is paged reads the fix and its rate"
    offered = articles.fitting("The wiki crashed again")
    assert [each.article_id for each in offered] == [article.article_id]
