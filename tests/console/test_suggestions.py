"""Known fixes beside the report form: offered while one types, and "this helped" ends it there."""

import re
from pathlib import Path

import pytest

from standfast.api import caller_budgets
from standfast.decisions.article_fit import fits
from standfast.incidents.article import ArticleText
from standfast.incidents.roles import Role
from standfast.lookup.articles import ArticleDesk
from standfast.records.search import Searcher
from tests.console.house import House, open_house
from tests.console.test_article_pages import small
from tests.decisions.small_policy import small_policy

TEXT = ArticleText(
    title="VPN asks for a new certificate",
    symptom="The VPN says that your **certificate** has expired",
    cause="The secret cron job",
    fix="Open *Self service* and press Renew",
    for_reporters=True,
)
SAID = {"title": "vpn certificates expired", "description": "since today"}


def put(house: House, **changed: object) -> str:
    """A published article; its id."""
    article = house.records.articles.write(TEXT.model_copy(update=changed), "ana")
    house.records.articles.publish(article, 1, "omar")
    return article


def helped(house: House, article: str) -> int:
    anybody, note = Searcher("", Role.ADMINISTRATOR), house.records.audit.record
    desk = ArticleDesk(house.records, small_policy, anybody, note)
    return desk.show(article).helped


async def test_a_known_fix_is_offered_and_ends_it_without_an_incident(tmp_path: Path) -> None:
    async with open_house(tmp_path, policy=small(tmp_path)) as house, house.browser() as browser:
        article, inside = put(house), put(house, for_reporters=False)
        await browser.sign_in(house.token(Role.REPORTER, "mia").secret)
        form = await browser.get("/report")
        assert "Known fixes" not in form.text
        looked = await browser.http.post(
            "/report/suggestions",
            data=_typed(form.text) | SAID,
            headers={"Origin": str(browser.http.base_url).rstrip("/")},
        )
        assert looked.status_code == 200
        assert 'value="vpn certificates expired"' in looked.text  # nothing of it is lost
        assert "<strong>certificate</strong>" in looked.text
        assert "press Renew" in looked.text
        for hidden in ("cron", "fixed it", inside):
            assert hidden not in looked.text, hidden
        for _ in range(2):  # pressed twice
            done = await browser.send(looked, "/report/helped")
            assert done.headers["location"] == "/report?did=helped"
        assert "nothing was reported" in (await browser.get("/report?did=helped")).text
        assert helped(house, article) == 1
        wrong = await browser.http.post(
            "/report/helped",
            data=_typed(form.text) | {"article": inside},
            headers={"Origin": str(browser.http.base_url).rstrip("/")},
        )
        assert wrong.status_code == 404


async def test_the_script_gets_only_what_it_shows_and_not_too_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(caller_budgets.PER_MINUTE, caller_budgets.LOOKED_FOR_FIXES, 2)
    async with open_house(tmp_path, policy=small(tmp_path)) as house, house.browser() as browser:
        article = put(house)
        await browser.sign_in(house.token(Role.REPORTER, "mia").secret)
        form = _typed((await browser.get("/report")).text)
        here = {"Origin": str(browser.http.base_url).rstrip("/")}
        codes = []
        for said, finds in ((SAID, True), ({"title": "vpn"} | {"x": "y"}, True), (SAID, False)):
            answer = await browser.http.post(
                "/report/suggestions?part=1", data=form | said, headers=here
            )
            codes.append(answer.status_code)
            assert (f'data-found="{article}"' in answer.text) is finds
            assert "<title>" not in answer.text or answer.status_code == 429
        assert codes == [200, 200, 429]
        answer = await browser.http.post("/report/suggestions", data=SAID, headers=here)
        assert answer.status_code == 403  # without the token of the form
        # However fast somebody types, that it helped is counted.
        told = await browser.http.post(
            "/report/helped", data=form | {"article": article}, headers=here
        )
        assert told.status_code == 303


def _typed(page: str) -> dict[str, str]:
    """The hidden fields of the report form."""
    form = page[page.index('action="/report"') :]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)[:2])


@pytest.mark.parametrize(
    ("words", "fit"),
    [
        (["vpn", "certificate"], True),
        (["vpns", "certificates"], True),
        (["vpn", "printer"], False),
        (["vpn"], True),
        (["cron", "secret"], False),  # the cause is not how it shows
        ([], False),
    ],
)
def test_an_article_fits_by_two_words_of_its_symptom(words: list[str], fit: bool) -> None:
    assert fits(words, TEXT) is fit
