"""It happens again: whoever is on call is told what fixed it, and how often."""

from datetime import UTC, datetime

from standfast.decisions.article_draft import drafted
from standfast.decisions.article_review import terms_at
from standfast.incidents.roles import Role
from standfast.records.articles import Origin
from standfast.records.search import Searcher
from tests.stories.desk import Desk

ALL = Searcher("", Role.ADMINISTRATOR)


async def test_the_fix_is_in_the_page_of_the_next_one(desk: Desk) -> None:
    first = await desk.report("Zeppelin lost its mooring", description="It drifts eastwards")
    await first.reaches_resolve()
    await first.act(
        "resolve", by="ana", summary="Threw a rope", root_cause="A knot of two left hands"
    )
    await first.act("verify", by="rita@storyville.example", verdict="resolved")
    await first.closes()
    record = desk.records.incidents.get(first.id)
    assert record
    text = drafted(record)
    assert (text.fix, text.cause) == ("Threw a rope", "A knot of two left hands")
    origin = Origin(record.incident_id, record.episode, record.team or "", record.reopened)
    article = desk.records.articles.write(text, "ana", origin)
    desk.records.articles.publish(article, 1, "ana")

    again = await desk.report("Zeppelin lost its mooring again")
    view = await again.reaches_resolve()
    fix = view.similar[0].fix
    assert fix
    assert fix.words == f"{article} fixed it 1 of 1 time: Zeppelin lost its mooring"
    assert f"; {fix.words}" in view.decisions[0].reasons[-1]
    messages = [str(request.json["message"]) for request in desk.sink.taken]
    assert any(f"Known fix: {fix.words}" in said for said in messages if again.id in said)

    # Used again, and sent back: it did not help this time.
    desk.records.articles.use(article, again.id, 1, "ana", view.reopened)
    await again.act("resolve", by="ana", summary="Threw a rope")
    await again.act("verify", by="rita@storyville.example", verdict="unresolved")
    await again.reaches_resolve()
    await again.act("resolve", by="ana", summary="Built a hangar")
    await again.act("verify", by="rita@storyville.example", verdict="resolved")
    await again.closes()
    closed = desk.records.incidents.get(again.id)
    assert closed
    desk.records.incidents.close(closed, None)  # as the worker has: it changes nothing
    terms = terms_at(desk.policy.current(), datetime.now(UTC))
    shown = desk.records.article_search.get(article, ALL, terms)
    assert shown
    assert shown.rate.words == "fixed it 1 of 2 times"
