"""A confidential incident: what goes out of it, and what Temporal shows, says nothing of it."""

import pytest

from standfast.incidents import names
from standfast.incidents.confidentiality import ADMINISTRATORS
from tests.stories.desk import Desk

SECRET = "Wiki tells what Otto earns"


@pytest.mark.parametrize("how", ["by the reporter", "by the policy", "later"])
async def test_pages_and_temporal_say_nothing_of_it(desk: Desk, how: str) -> None:
    service = {"title": "Wiki", "category": "software", "confidential": how == "by the policy"}
    desk.amend(services={"wiki": service})
    report = {"service": "wiki", "reporter": "rita@storyville.example"}
    if how == "later":
        ticket = await desk.report(SECRET, **report)
        await ticket.reaches_resolve()
        await ticket.act("restrict", by="ana")
        before = len(desk.sink.taken)
        await ticket.wait_for("page_sent", times=2, hours=1)
    else:
        ticket = await desk.report(SECRET, confidential=how == "by the reporter", **report)
        await ticket.reaches_resolve()
        before = 0
        await ticket.told("page_sent")
    pages = [str(request.json) for request in desk.sink.taken[before:]]
    assert [page for page in pages if "Confidential incident: sign in to see it" in page]
    assert not [page for page in pages if "Otto" in page]
    await ticket.settles()
    run = await ticket.handle.describe()
    attributes = run.typed_search_attributes
    shown = str(await run.memo())
    if how != "later":  # what a run was started with cannot be changed
        shown += f"{await run.static_summary()} {await run.static_details()}"
    assert "Otto" not in shown
    assert "wiki" not in str(attributes)
    assert ADMINISTRATORS in attributes[names.READERS]
    if how == "later":
        await ticket.act("unrestrict", by="ana")
        await ticket.settles()
        run = await ticket.handle.describe()
        assert (await run.memo())["title"] == SECRET
        assert run.typed_search_attributes.get(names.SERVICE) == "wiki"
        assert ADMINISTRATORS not in run.typed_search_attributes[names.READERS]
