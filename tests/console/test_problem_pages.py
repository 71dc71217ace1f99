"""The pages of problems: what they show, to whom, and what is linked and named there."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from standfast.console.episodes_svg import episodes_svg
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from tests.console.house import open_house
from tests.decisions.test_problem import FIRST, day, episode, problem
from tests.records.samples import incident

ONE, TWO, UNKNOWN = "INC-BADGEAAAAA", "INC-BADGEBBBBB", "INC-AAAAAAAAAA"


def closed(incident_id: str, days_ago: int, number: int = 1, **changed: Any) -> IncidentView:
    opened = datetime.now(UTC) - timedelta(days=days_ago)
    fixed = opened + timedelta(hours=1)
    view = incident(incident_id, number, title="<b>Badge</b> reader", opened_at=opened)
    assert view.resolution
    fix = view.resolution.model_copy(update={"at": fixed, "summary": f"Reset, {days_ago} d ago"})
    return view.model_copy(update={"resolution": fix, "closed_at": fixed, **changed})


async def test_a_problem_is_linked_named_and_taken_apart(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        for view in (closed(ONE, 30), closed(ONE, 12, 2), closed(TWO, 3)):
            house.records.incidents.save(view)
        await browser.sign_in(house.token().secret)
        listed = await browser.get("/problems")
        assert f'href="/problems/{ONE}"' in listed.text
        assert "<b>Badge</b>" not in listed.text

        alone = await browser.get(f"/problems/{TWO}")
        assert (alone.status_code, "happened only once" in alone.text) == (404, True)
        shown = await browser.get(f"/problems/{ONE}")
        assert "held 17 d 23 h" in shown.text
        linked = await browser.send(shown, f"/problems/{ONE}/link", to=TWO.lower())
        assert linked.headers["location"] == f"/problems/{ONE}?did=link"
        both = await browser.get(linked.headers["location"])
        assert "Both are one problem now." in both.text
        assert both.text.count("holds for") == 2  # of the last fix, and of its episode

        await browser.send(both, f"/problems/{ONE}/name", owner="ana")
        owned = await browser.get(f"/problems/{ONE}")
        assert '<input name="title" value=""' in owned.text  # nobody has called it anything
        await browser.send(owned, f"/problems/{ONE}/name", title="The door")
        # Somebody else had the page open since before, and sets what they know.
        await browser.send(owned, f"/problems/{ONE}/name", owner="ben")
        await browser.send(owned, f"/problems/{ONE}/name")
        named = await browser.get(f"/problems/{TWO}")
        assert '<dd dir="auto">ben</dd>' in named.text
        assert '<h1 class="title" dir="auto">The door</h1>' in named.text
        refused = await browser.send(named, f"/problems/{ONE}/link", to=TWO)
        assert (refused.status_code, "is in the problem of" in refused.text) == (409, True)
        nowhere = await browser.send(named, f"/problems/{ONE}/link", to=UNKNOWN)
        assert (nowhere.status_code, f"no incident {UNKNOWN}" in nowhere.text) == (404, True)
        wrong = await browser.send(named, f"/problems/{ONE}/link", to="the door")
        assert (wrong.status_code, "ids look like" in wrong.text) == (422, True)

        left = await browser.send(named, f"/problems/{TWO}/unlink", to=ONE)
        assert left.headers["location"] == f"/incidents/{TWO}"  # it happened once only
        soon = await browser.get("/problems?since=soon")
        assert (soon.status_code, "&#39;soon&#39; is not a date" in soon.text) == (422, True)


async def test_each_sees_what_they_find(tmp_path: Path) -> None:
    secret = Confidential(by="ana", people=("hana",))
    async with open_house(tmp_path) as house:
        house.records.incidents.save(closed(ONE, 30))
        house.records.incidents.save(closed(ONE, 12, 2, confidential=secret))
        for name, role, code in (
            ("hana", Role.RESPONDER, 200),
            ("omar", Role.OPERATOR, 404),
            ("mia", Role.REPORTER, 403),
        ):
            async with house.browser() as browser:
                await browser.sign_in(house.token(role, name).secret)
                assert (await browser.get(f"/problems/{ONE}")).status_code == code
                listed = await browser.get("/problems")
                assert (ONE in listed.text) is (code == 200), name


def test_the_picture_shows_episodes_and_what_held() -> None:
    found = problem(episode(0, 1), episode(4, 5), episode(9))
    picture = episodes_svg(found, day(10))
    assert picture.count('class="part-0"') == 3
    assert picture.count('class="part-1"') == 2
    assert 'aria-label="When its 3 episodes were, and how long each fix held"' in picture
    assert f"{FIRST:%Y-%m-%d}" in picture
    # A clock that is behind draws nothing outside.
    assert 'width="-' not in episodes_svg(found, FIRST - timedelta(days=1))
