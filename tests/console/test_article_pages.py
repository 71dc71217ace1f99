"""The pages of articles: an article is offered, written, reviewed, used, and read by reporters."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from standfast.console.article_html import article_html
from standfast.incidents.article import ArticleText
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.record import IncidentView, LookupResult
from standfast.incidents.roles import Role
from standfast.intake.errors import NoSuchIncident
from standfast.lookup.lookup import Lookup
from standfast.records.store import RecordStore
from tests.console.house import House, open_house
from tests.decisions.small_policy import SMALL
from tests.records.samples import incident

ONE, TWO, SECRET = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB", "INC-CCCCCCCCCC"


class OnRecord(Lookup):
    """Knows what is on record, without Temporal."""

    def __init__(self, place: Path) -> None:
        self.records = RecordStore(f"sqlite:///{place}/records.db")

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        view = self.records.incidents.get(incident_id, episode)
        if view is None:
            raise NoSuchIncident(f"there is no incident {incident_id}")
        return LookupResult(view)


def small(place: Path, **sections: Any) -> Path:
    """The small policy, which is read in no time."""
    path = place / "policy.yaml"
    path.write_text(yaml.safe_dump(SMALL | sections))
    return path


def closed(incident_id: str, **changed: Any) -> IncidentView:
    now = datetime.now(UTC)
    return incident(
        incident_id,
        title="VPN certificate expired",
        description="Nobody <b>gets</b> in",
        resolution="Renewed it",
        opened_at=now - timedelta(hours=2),
        closed_at=now,
        **changed,
    )


def fill(house: House) -> None:
    house.records.incidents.close(closed(ONE), None)
    house.records.incidents.close(closed(TWO), None)
    secret = Confidential(by="rita", people=("hana",))
    house.records.incidents.close(closed(SECRET, confidential=secret), None)


async def test_an_article_is_offered_written_reviewed_and_used(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, policy=small(tmp_path), knows=OnRecord(tmp_path)) as house,
        house.browser() as browser,
    ):
        fill(house)
        await browser.sign_in(house.token().secret)
        page = await browser.get(f"/incidents/{ONE}")
        new = f"/knowledge/new?incident={ONE}&amp;episode=1"
        assert new in page.text
        form = await browser.get(new.replace("&amp;", "&"))
        assert "Nobody \\&lt;b\\&gt;gets\\&lt;/b\\&gt; in" in form.text
        empty = await browser.send(form, "/knowledge", title="", fix="x")
        assert (empty.status_code, "must not be empty" in empty.text) == (422, True)
        fix = "1. `certbot renew`\n\n<script>alert(1)</script>"
        kept = await browser.send(
            form,
            "/knowledge",
            title="Renew the VPN certificate",
            symptom="VPN certificate expired",
            fix=fix,
            for_reporters="yes",
        )
        where = kept.headers["location"]
        article = where.removeprefix("/knowledge/").partition("?")[0]
        shown = await browser.get(where)
        assert "It is a draft now." in shown.text
        assert "<li><code>certbot renew</code></li>" in shown.text.replace("\n", "").replace(
            "<p>", ""
        ).replace("</p>", "")
        assert "<script>alert" not in shown.text
        assert "It fixed it 1 of 1 time." in shown.text
        # The other incident is like it, but nobody has reviewed the article.
        assert article not in (await browser.get(f"/incidents/{TWO}")).text

        published = await browser.send(shown, f"/knowledge/{article}/publish")
        assert "It is published" in (await browser.get(published.headers["location"])).text
        other = await browser.get(f"/incidents/{TWO}")
        assert f"{article}; it fixed it 1 of 1 time" in other.text
        used = await browser.send(other, f"/knowledge/{article}/use")
        assert used.headers["location"] == f"/incidents/{TWO}?episode=1#articles"
        assert (
            f"{article}, published; it fixed it 2 of 2 times"
            in (await browser.get(f"/incidents/{TWO}")).text
        )
        mistaken = await browser.get(f"/knowledge/{article}")
        assert mistaken.text.count("Not used there") == 2
        undone = await browser.send(
            mistaken, f"/knowledge/{article}/use", incident_id=TWO, undo="yes"
        )
        assert undone.headers["location"] == f"/knowledge/{article}?did=undo"
        assert "It fixed it 1 of 1 time." in (await browser.get(f"/knowledge/{article}")).text
        refused = await browser.send(shown, f"/knowledge/{article}/use", incident_id="the VPN")
        assert (refused.status_code, "ids look like" in refused.text) == (404, True)

        retired = await browser.send(
            await browser.get(f"/knowledge/{article}"),
            f"/knowledge/{article}/retire",
            reason="It renews by itself",
        )
        gone = await browser.get(retired.headers["location"])
        assert "It renews by itself" in gone.text
        assert article not in (await browser.get("/knowledge?q=certificate")).text
        assert article in (await browser.get("/knowledge?state=retired")).text
        noted = {each.kind: each for each in house.records.audit.newest(9)}
        for kind in ("article_published", "article_retired"):
            assert (noted[kind].subject, noted[kind].origin) == (article, "127.0.0.1")


async def test_two_who_edit_at_once_lose_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path, policy=small(tmp_path)) as house, house.browser() as browser:
        article = house.records.articles.write(ArticleText(title="x", symptom="y", fix="z"), "ana")
        await browser.sign_in(house.token().secret)
        form = await browser.get(f"/knowledge/{article}/edit")
        house.records.articles.edit(article, {"fix": "bens", "cause": "a mouse"}, "ben")
        late = await browser.send(
            form, f"/knowledge/{article}/edit", title="x", symptom="y", fix="anas"
        )
        assert (late.status_code, f"ben has changed {article} since version 1" in late.text) == (
            422,
            True,
        )
        for both in ("anas</textarea>", "What version 2 says, by ben", ">bens</div>"):
            assert both in late.text
        # What she did not touch is as he wrote it, so that sending it again undoes nothing.
        assert "a mouse</textarea>" in late.text
        again = await browser.send(late, f"/knowledge/{article}/edit", title="x", fix="both")
        assert again.headers["location"] == f"/knowledge/{article}?did=edit"
        for read in ("", "x", "9" * 5_000):  # it must say what its author has read
            unread = await browser.send(
                form, f"/knowledge/{article}/edit", title="x", fix="over", version=read
            )
            assert (unread.status_code, "version: " in unread.text) == (422, True), read
        too_long = await browser.send(form, f"/knowledge/{article}/edit", title="x" * 300)
        assert (too_long.status_code, "at most 200" in too_long.text) == (422, True)
        still_late = await browser.send(too_long, f"/knowledge/{article}/edit", title="x", fix="y")
        assert "has changed" in still_late.text  # what was wrong first makes it no newer
        for query, code in (("priority:P1", 422), ("is:open", 422), ("service:", 422), ("", 200)):
            assert (await browser.get("/knowledge", params={"q": query})).status_code == code
        nothing = await browser.send(late, f"/knowledge/{article}/edit", title="x")
        assert nothing.status_code == 422


async def test_who_reads_what(tmp_path: Path) -> None:
    async with open_house(tmp_path, policy=small(tmp_path), knows=OnRecord(tmp_path)) as house:
        fill(house)
        text = ArticleText(title="Renew it", symptom="expired", cause="cron", fix="certbot")
        desk = house.records.articles
        open_to_all = desk.write(text.model_copy(update={"for_reporters": True}), "ana")
        inside = desk.write(text, "ana")
        for each in (open_to_all, inside):
            desk.publish(each, 1, "omar")
        async with house.browser() as mia:
            await mia.sign_in(house.token(Role.REPORTER, "mia").secret)
            listed = (await mia.get("/knowledge?q=certbot")).text
            assert (open_to_all in listed, inside in listed) == (True, False)
            shown = (await mia.get(f"/knowledge/{open_to_all}")).text
            assert "certbot" in shown
            for hidden in ("cron", "ana", "fixed it", "Version", "Edit"):
                assert hidden not in shown, hidden
            assert (await mia.get(f"/knowledge/{inside}")).status_code == 404
            assert (await mia.get("/knowledge?q=cron")).text.count("Nothing was found") == 1
        async with house.browser() as hana, house.browser() as ben:
            await hana.sign_in(house.token(Role.RESPONDER, "hana").secret)
            await ben.sign_in(house.token(Role.RESPONDER, "ben").secret)
            form = await hana.get(f"/knowledge/new?incident={SECRET}")
            kept = await hana.send(form, "/knowledge", title="Secret", symptom="x", fix="y")
            where = kept.headers["location"]
            assert (await hana.get(where)).status_code == 200
            assert (await ben.get(where)).status_code == 404
            assert "Secret" not in (await ben.get("/knowledge")).text
            assert (await ben.get(f"/knowledge/new?incident={SECRET}")).status_code == 404


async def test_only_reviewers_publish(tmp_path: Path) -> None:
    policy = small(tmp_path, knowledge={"reviewers": ["dan"]})
    async with open_house(tmp_path, policy=policy) as house:
        article = house.records.articles.write(ArticleText(title="x", symptom="y", fix="z"), "ben")
        for name, code in (("ben", 403), ("dan", 303)):
            async with house.browser() as browser:
                await browser.sign_in(house.token(Role.RESPONDER, name).secret)
                page = await browser.get(f"/knowledge/{article}")
                assert (f"/knowledge/{article}/publish" in page.text) is (code == 303)
                used = await browser.send(
                    page, f"/knowledge/{article}/use", incident_id="INC-ZZZZZZZZZZ"
                )
                assert used.status_code != 303
                form = re_addressed(page, article)
                assert (await browser.send(form, f"/knowledge/{article}/publish")).status_code == (
                    code
                )


def re_addressed(page: Any, article: str) -> Any:
    """The page with a form that goes where the caller may have none."""

    class Changed:
        text = page.text.replace(f"/knowledge/{article}/use", f"/knowledge/{article}/publish")

    return Changed if f"/knowledge/{article}/publish" not in page.text else page


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("![x](http://evil.example/x.png)", "<img"),
        ("[x](javascript:alert(1))", "href"),
        ("[x](data:text/html;base64,PHNjcmlwdD4=)", "href"),
        ("<a href='https://x' onclick='y'>z</a>", "<a"),
        ("`</code><script>`", "<script"),
        ('[x](https://x.example "a\\" onmouseover=\\"b")', ' onmouseover="'),
    ],
)
def test_the_text_of_people_is_no_html(text: str, never: str) -> None:
    assert never not in article_html(text)


def test_markdown_is_shown() -> None:
    shown = article_html("# Big\n\n[docs](https://x.example)\n\n| a |\n| - |\n| b |")
    assert "<h4>Big</h4>" in shown
    assert '<a href="https://x.example" rel="noopener noreferrer">docs</a>' in shown
    assert "<td>b</td>" in shown
