"""What somebody was paged for: only theirs, who has it, and a button that takes it."""

from pathlib import Path

from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.console.conftest import Visitor, visiting
from tests.console.house import open_house
from tests.policy.small import SMALL
from tests.stories.desk import Desk, until


async def test_who_was_paged_finds_it_takes_it_and_the_next_one_sees_who_has_it(
    api: Api, desk: Desk
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    await ticket.act("reassign", by="ana", team="apps", to="ben")
    await ticket.told("page_sent", 2)
    other = await desk.report("Wiki crashed elsewhere", service="wiki")
    await other.reaches_resolve()
    async with (
        visiting(api, Role.RESPONDER, "ana") as ana,
        visiting(api, Role.RESPONDER, "Ben") as ben,  # names differ in capitals
        visiting(api, Role.RESPONDER, "kim") as kim,
    ):
        hers, his = await ana.reads("/my-pages"), await ben.reads("/my-pages")
        assert hers.index(f"paged-{other.id}") < hers.index(f"paged-{ticket.id}")
        assert f"paged-{ticket.id}" in his
        assert other.id not in his
        assert "Nobody has it yet" in his
        assert ticket.id not in await kim.reads("/my-pages")
        here = f"/incidents/{ticket.id}/acknowledge"
        assert (await ben.sends(here, "/my-pages")).status_code == 303
        await ticket.told("acknowledged")
        await shows(ben, "You have it")
        await shows(ana, "Ben has it")
        await ticket.act("withdraw", by="rita")
        await ticket.closes()
        await shows(ben, "Nothing that is open was paged to you")


async def shows(visitor: Visitor, words: str) -> None:
    """How incidents stand is followed every quarter of a second."""

    async def there() -> bool:
        return words in await visitor.reads("/my-pages")

    await until(words, there)


async def test_a_stranger_to_the_policy_is_told_so(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALL)
    async with open_house(tmp_path / "data", policy=policy) as house, house.browser() as browser:
        await browser.sign_in(house.token(name="nobody").secret)
        assert "nobody pages you" in (await browser.get("/my-pages")).text
