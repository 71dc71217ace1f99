"""The pages of reviews: what waits for whom, and how one is asked for and written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from standfast.incidents.confidentiality import Confidential
from standfast.incidents.review import Review
from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.console.house import House, open_house
from tests.records.samples import CLOSED, incident
from tests.records.test_reviews import action

ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"
SOON = datetime.now(UTC) + timedelta(days=3)


def begun(house: House, incident_id: str = ONE, **changed: Any) -> Review:
    """Its draft is there, as if a worker had run."""
    review = house.records.reviews.get(incident_id, 1)
    if review is None:
        review = Review(
            incident_id=incident_id, episode=1, why="its priority was P1", wanted_at=CLOSED
        )
        house.records.reviews.want(review)
    review = review.model_copy(update={"owner": "ana", "due": SOON, "revision": 1, **changed})
    assert house.records.reviews.keep(review)
    return review


async def test_one_is_asked_for_and_written(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        house.records.incidents.save(incident(ONE, title="<b>Printer</b> on fire"))
        await browser.sign_in(house.token().secret)
        path = f"/incidents/{ONE}/review"
        none = await browser.get(path)
        assert (none.status_code, "Ask for one" in none.text) == (404, True)
        asked = await browser.send(none, path, why="We were lucky")
        assert asked.headers["location"] == f"{path}?did=ask"
        wanted = await browser.get(asked.headers["location"])
        assert "We were lucky" in wanted.text
        begun(house)

        page = await browser.get(path)
        assert "<b>Printer</b>" not in page.text
        assert "What was luck" in page.text
        write = {
            "do": "write",
            "section": "luck",
            "text": "<i>It was Sunday</i>",
            "instead_of": "0",
        }
        assert (await browser.send(page, path, **write)).status_code == 303
        late = await browser.send(page, path, **{**write, "text": "mine"})
        assert (late.status_code, "somebody else has written" in late.text) == (409, True)
        assert "What you wrote:" in late.text
        nothing = await browser.send(page, path, **{**write, "text": "", "instead_of": "1"})
        assert "mark the section as not applicable" in nothing.text
        early = await browser.send(page, path, do="close")
        assert "these sections say nothing yet: What happened, Impact" in early.text
        odd = await browser.send(page, path, do="dance")
        assert (odd.status_code, "do:" in odd.text) == (409, True)

        document = await browser.get(f"{path}.md?episode=1")
        assert "## What was luck" in document.text
        assert "\\<i>It was Sunday\\</i>" in document.text
        assert document.headers["content-type"].startswith("text/markdown")
        assert document.headers["x-content-type-options"] == "nosniff"
        assert [each.kind for each in house.records.audit.newest(1)] == [AuditKind.EXPORTED]


async def test_the_list_has_ones_own_first_and_nothing_that_one_does_not_find(
    tmp_path: Path,
) -> None:
    secret = Confidential(by="vera", people=("lena",))
    async with open_house(tmp_path) as house:
        house.records.incidents.save(incident(ONE, title="Printer on fire"))
        house.records.incidents.save(incident(OTHER, title="Salaries", confidential=secret))
        begun(house, ONE, owner="george", actions=(action(title="bigger cache"),))
        begun(house, OTHER)
        for name, role, finds in (
            ("ana", Role.RESPONDER, [ONE]),
            ("lena", Role.RESPONDER, [ONE, OTHER]),
            ("vera", Role.ADMINISTRATOR, [ONE, OTHER]),
        ):
            async with house.browser() as browser:
                await browser.sign_in(house.token(role, name).secret)
                page = (await browser.get("/reviews")).text
                assert [
                    each for each in (ONE, OTHER) if f"/incidents/{each}/review" in page
                ] == finds
                mine = page.partition("Other people's")[0]
                assert ("bigger cache" in mine) is (name == "ana")
                answer = await browser.get(f"/incidents/{OTHER}/review")
                assert (answer.status_code == 200) is (OTHER in finds)
        async with house.browser() as browser:
            await browser.sign_in(house.token(Role.REPORTER, "mia").secret)
            review = f"/incidents/{ONE}/review"
            for path in ("/reviews", review, f"{review}.md", f"{review}.pdf"):
                assert (await browser.get(path)).status_code == 403
