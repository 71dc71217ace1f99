"""Articles on record: versions, reviews, uses, who reads which, and what erasing leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from standfast.decisions.article_review import Terms
from standfast.decisions.fix_rate import Opened
from standfast.incidents.article import Article, ArticleText, ShownArticle
from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.roles import Role
from standfast.incidents.search_query import parse
from standfast.records import tables
from standfast.records.article_search import EVERY_RESPONDER, Wanted
from standfast.records.articles import Origin
from standfast.records.search import Searcher
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, incident

EMPTIED = (
    tables.articles,
    tables.article_versions,
    tables.article_uses,
    tables.articles_helped,
    tables.incidents,
    tables.measures,
    tables.indexed_incidents,
    tables.incident_terms,
    tables.erased_incidents,
)
ALL = Searcher("", Role.ADMINISTRATOR)
REPORTER = Searcher("mia", Role.REPORTER)
NOW = datetime.now(UTC)
TERMS = Terms(window=timedelta(days=3))
TEXT = ArticleText(
    title="Renew the VPN certificate",
    symptom="Nobody gets in: certificate expired",
    cause="The cronjob was disabled",
    fix="Run `certbot renew`",
    verified="Sign in works",
    service="vpn",
    category="network",
)


@pytest.fixture
def store(shared_store: RecordStore) -> RecordStore:
    """Made once for the file, and emptied for each test."""
    shared_store.prepare()
    database = shared_store._database
    with database.writing() as connection:
        for row in connection.execute(select(tables.articles.c.number)).all():
            database.article_text.remove(connection, row.number)
        for row in connection.execute(select(tables.indexed_incidents.c.number)).all():
            database.full_text.remove(connection, row.number)
        for table in EMPTIED:
            connection.execute(delete(table))
    return shared_store


def written(store: RecordStore, view: IncidentView | None = None, text: ArticleText = TEXT) -> str:
    origin = None
    if view is not None:
        store.incidents.close(view, None)
        origin = Origin(view.incident_id, view.episode, view.team or "", view.reopened)
    return store.articles.write(text, "ana", origin)


def read(store: RecordStore, article_id: str, searcher: Searcher = ALL) -> ShownArticle:
    found = store.article_search.get(article_id, searcher, TERMS)
    assert found
    return found


def found(
    store: RecordStore,
    words: str = "",
    searcher: Searcher = ALL,
    wanted: Wanted = Wanted.OFFERED,
    terms: Terms = TERMS,
) -> list[Article]:
    page = store.article_search.page(parse(words, NOW), searcher, wanted, terms, 50)
    return list(page.articles)


def ids(store: RecordStore, *asked: Any, **more: Any) -> list[str]:
    return [each.article_id for each in found(store, *asked, **more)]


def test_an_article_from_draft_to_retired(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA", team="network"))
    draft = read(store, article)
    assert (draft.state, draft.version, draft.written_by) == ("draft", 1, "ana")
    assert (draft.text, draft.team, draft.incident_id) == (TEXT, "network", "INC-AAAAAAAAAA")
    assert (draft.rate.worked, draft.rate.of) == (1, 1)

    store.articles.publish(article, 1, "omar")
    assert store.articles.edit(article, {"fix": "Run `certbot renew --force`"}, "ben", read=1)
    published = read(store, article)
    # The new version waits: what others read was reviewed.
    assert (published.state, published.version, published.latest) == ("published", 1, 2)
    assert published.waits_for_review
    assert published.text.fix == "Run `certbot renew`"
    assert [(each.number, each.by) for each in published.versions] == [(2, "ben"), (1, "ana")]
    assert ids(store, "force") == []
    assert ids(store, wanted=Wanted.REVIEW) == [article]

    store.articles.publish(article, 2, "omar")
    assert ids(store, "force") == [article]
    assert ids(store, wanted=Wanted.REVIEW) == []

    store.articles.retire(article, "omar", "The new VPN renews by itself")
    retired = read(store, article)
    assert (retired.state, retired.retired_by) == ("retired", "omar")
    assert ids(store, "certbot") == []
    assert ids(store, "certbot", wanted=Wanted.RETIRED) == [article]
    store.articles.publish(article, 2, "omar")
    assert read(store, article).state == "published"


def test_a_change_of_what_somebody_has_not_read_is_refused(store: RecordStore) -> None:
    article = written(store)
    assert store.articles.edit(article, {"cause": "DNS"}, "ben", read=1)
    assert not store.articles.edit(article, {"cause": "Cables"}, "cleo", read=1)
    assert store.articles.edit(article, {"cause": "DNS"}, "cleo", read=2)  # changes nothing
    assert [each.by for each in read(store, article).versions] == ["ben", "ana"]


def test_a_review_holds_for_as_long_as_the_policy_says(store: RecordStore) -> None:
    article = written(store)
    store.articles.publish(article, 1, "omar")
    soon = NOW + timedelta(days=1)
    due = TERMS._replace(due=soon)
    assert ids(store, wanted=Wanted.REVIEW, terms=due) == [article]
    assert ids(store, wanted=Wanted.PUBLISHED, terms=due) == [article]
    too_old = TERMS._replace(due=soon, retired=soon)
    assert ids(store, wanted=Wanted.PUBLISHED, terms=too_old) == []
    assert ids(store, wanted=Wanted.REVIEW, terms=too_old) == [article]
    (retired,) = found(store, wanted=Wanted.RETIRED, terms=too_old)
    assert retired.retired_because == "nobody has reviewed it for longer than the policy allows"


def test_the_rate_is_counted_from_the_episodes(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA"))
    store.articles.publish(article, 1, "omar")
    came_back = "INC-BBBBBBBBBB"
    store.incidents.close(incident(came_back, 1), None)
    store.articles.use(article, came_back, 1, "ana", 0)
    assert read(store, article).rate.words == "fixed it 2 of 2 times"
    within = CLOSED + timedelta(days=2)
    store.incidents.close(incident(came_back, 2, opened_at=within, closed_at=within), None)
    assert read(store, article).rate.words == "fixed it 1 of 2 times"
    store.incidents.close(incident("INC-CCCCCCCCCC", reopened=2), None)
    store.articles.use(article, "INC-CCCCCCCCCC", 1, "ana", 1)
    shown = read(store, article)
    assert shown.rate.words == "fixed it 1 of 3 times"
    assert sorted((each.incident_id, each.result) for each in shown.uses) == [
        ("INC-AAAAAAAAAA", "worked"),
        (came_back, "came_back"),
        ("INC-CCCCCCCCCC", "sent_back"),
    ]
    store.articles.use(article, "INC-CCCCCCCCCC", 1, "ana", 2)  # said again, now that it closed
    assert read(store, article).rate.words == "fixed it 2 of 3 times"
    assert store.articles.take_back_use(article, came_back, 1)
    assert not store.articles.take_back_use(article, came_back, 1)
    assert read(store, article).rate.words == "fixed it 2 of 2 times"


class Happened(NamedTuple):
    """An episode: reported so many days after the one before it closed."""

    after: int
    outcome: Outcome
    sent_back: int
    sent_back_before: int
    is_secret: bool
    is_used: bool


EPISODES = st.builds(
    Happened,
    after=st.integers(0, 5),
    outcome=st.sampled_from(Outcome),
    sent_back=st.integers(0, 2),
    sent_back_before=st.integers(0, 2),
    is_secret=st.booleans(),
    is_used=st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EPISODES, min_size=1, max_size=4), st.booleans())
def test_the_rate_is_what_counting_by_hand_says(
    store: RecordStore, happened: list[Happened], everything: bool
) -> None:
    article, where = written(store), "INC-AAAAAAAAAA"
    store.erasing.erase(where, "vera", "the next example begins")
    secret, at, seen = Confidential(by="rita", people=("hana",)), CLOSED, []
    for number, each in enumerate(happened, 1):
        opened, at = at + timedelta(days=each.after), at + timedelta(days=each.after, hours=1)
        more: dict[str, Any] = {"confidential": secret} if each.is_secret else {}
        view = incident(
            where,
            number,
            opened_at=opened,
            closed_at=at,
            outcome=each.outcome,
            reopened=each.sent_back,
            **more,
        )
        store.incidents.close(view, None)
        if each.is_used:
            store.articles.use(article, where, number, "ana", each.sent_back_before)
        if everything or not each.is_secret:
            seen.append((each, opened, at))
    worked = of = 0
    for place, (each, _, at) in enumerate(seen):
        if not each.is_used or each.outcome not in (Outcome.RESOLVED, Outcome.AUTOMATED):
            continue
        again = [
            opened
            for other, opened, _ in seen[place + 1 :]
            if other.outcome not in (Outcome.WITHDRAWN, Outcome.MERGED)
            and opened <= at + timedelta(days=3)
        ]
        of += 1
        worked += not again and each.sent_back <= each.sent_back_before
    rate = read(store, article, ALL if everything else EVERY_RESPONDER).rate
    assert (rate.worked, rate.of) == (worked, of)


def test_similar_incidents_tell_of_the_fix_that_worked_most(store: RecordStore) -> None:
    first, second = incident("INC-AAAAAAAAAA"), incident("INC-BBBBBBBBBB")
    good, other, draft = written(store, first), written(store, second), written(store)
    for article in (good, other):
        store.articles.publish(article, 1, "omar")
    for article in (good, draft):
        store.articles.use(article, "INC-BBBBBBBBBB", 1, "ana", 0)
    episodes = [("INC-AAAAAAAAAA", 1), ("INC-BBBBBBBBBB", 1), ("INC-NONE", 1)]
    fixes = store.article_search.fixes(episodes, TERMS)
    assert {where: fix.words for where, fix in fixes.items()} == {
        ("INC-AAAAAAAAAA", 1): f"{good} fixed it 2 of 2 times: Renew the VPN certificate",
        ("INC-BBBBBBBBBB", 1): f"{good} fixed it 2 of 2 times: Renew the VPN certificate",
    }
    assert store.article_search.fixes([], TERMS) == {}
    again = Opened("INC-BBBBBBBBBB", CLOSED)  # which the records do not know yet
    fixes = store.article_search.fixes(episodes[1:2], TERMS, again)
    assert [fix.rate.words for fix in fixes.values()] == ["fixed it 1 of 2 times"]
    here = store.article_search.of_episode("INC-BBBBBBBBBB", 1, ALL, TERMS)
    assert [each.article_id for each in here] == [good, other, draft]


FOUND = {
    "certificates": True,  # other endings
    "certbot cronjob": True,
    '"sign in works"': True,
    "service:vpn renew*": True,
    "category:network team:desk": True,
    "service:wiki": False,
    "-service:vpn": False,
    "-certbot": False,
    "-elephant": True,
    "certbot -cronjob": False,
}


def test_it_is_found_by_its_words(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA", team="desk"))
    for words, finds in FOUND.items():
        assert ids(store, words) == ([article] if finds else []), words


def test_after_an_upgrade_their_words_are_indexed_again(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA", team="desk"))
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM article_text")
    assert ids(store, "certbot") == []
    assert sum(store.articles.catch_up()) == 1
    assert ids(store, "certbot") == [article]
    assert sum(store.articles.catch_up()) == 0


def test_pages_go_on_where_the_last_one_ended(store: RecordStore) -> None:
    made = [written(store, text=TEXT.model_copy(update={"title": f"VPN {n}"})) for n in range(5)]
    for words in ("", "vpn"):
        seen: list[str] = []
        after = None
        for _ in range(3):
            page = store.article_search.page(parse(words, NOW), ALL, Wanted.ANY, TERMS, 2, after)
            seen += [each.article_id for each in page.articles]
            after = page.next
        assert after is None
        assert sorted(seen) == sorted(made)


def test_no_page_loses_anything_while_others_are_written(store: RecordStore) -> None:
    made = [written(store, text=TEXT.model_copy(update={"title": f"VPN {n}"})) for n in range(4)]
    page = store.article_search.page(parse("vpn", NOW), ALL, Wanted.ANY, TERMS, 2)
    written(store, text=TEXT.model_copy(update={"title": "Printer", "symptom": "on fire"}))
    after = store.article_search.page(parse("vpn", NOW), ALL, Wanted.ANY, TERMS, 2, page.next)
    assert sorted(each.article_id for each in (*page.articles, *after.articles)) == sorted(made)


def test_of_a_confidential_incident_only_who_finds_it_reads(store: RecordStore) -> None:
    secret = incident(
        "INC-AAAAAAAAAA", confidential=Confidential(by="rita", people=("hana",)), team="network"
    )
    article = written(store, secret, TEXT.model_copy(update={"for_reporters": True}))
    store.articles.publish(article, 1, "hana")
    store.articles.use(article, "INC-AAAAAAAAAA", 1, "hana", 0)
    hana = Searcher("hana", Role.RESPONDER, as_reader("hana", ()))
    team = Searcher("tom", Role.RESPONDER, as_reader("tom", ("network",)))
    for searcher in (hana, team, ALL):
        assert ids(store, searcher=searcher) == [article]
        assert read(store, article, searcher).rate.of == 1
    omar = Searcher("omar", Role.OPERATOR, as_reader("omar", ("desk",)))
    for searcher in (omar, EVERY_RESPONDER, REPORTER):
        assert ids(store, "certificate", searcher) == []
        assert store.article_search.get(article, searcher, TERMS) is None
        assert store.article_search.fitting(["vpn"], searcher, TERMS, 9) == []
        assert store.article_search.of_episode("INC-AAAAAAAAAA", 1, searcher, TERMS) == []
    assert store.article_search.fixes([("INC-AAAAAAAAAA", 1)], TERMS) == {}


def test_what_was_used_in_secret_counts_for_those_who_may_know(store: RecordStore) -> None:
    article = written(store)
    secret = incident("INC-AAAAAAAAAA", confidential=Confidential(by="rita", people=("hana",)))
    store.incidents.close(secret, None)
    store.articles.use(article, "INC-AAAAAAAAAA", 1, "hana", 0)
    hana = Searcher("hana", Role.RESPONDER, as_reader("hana", ()))
    for searcher, counted in ((hana, 1), (EVERY_RESPONDER, 0)):
        shown = read(store, article, searcher)
        assert (shown.rate.of, len(shown.uses)) == (counted, counted)


def test_by_team_an_article_is_its_teams(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA", team="network"))
    store.articles.publish(article, 1, "omar")

    def of(team: str) -> Searcher:
        return Searcher(team, Role.RESPONDER, as_reader("tom", (team,), own_team=True))

    for _ in range(2):
        assert ids(store, searcher=of("network")) == [article]
        assert ids(store, searcher=of("desk")) == []
        store.erasing.erase("INC-AAAAAAAAAA", "vera", "old")  # the second time without it


def test_reporters_read_what_is_published_for_them(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA"))
    for change, reads in (
        ({"for_reporters": True}, False),  # a draft
        ({}, True),
        ({"for_reporters": False}, True),  # until that is reviewed
    ):
        store.articles.edit(article, change, "ana")
        assert bool(ids(store, searcher=REPORTER)) is bool(read(store, article).published and reads)
        store.articles.publish(article, read(store, article).latest, "omar")
    assert ids(store, searcher=REPORTER) == []
    store.articles.edit(article, {"for_reporters": True}, "ana")
    store.articles.publish(article, read(store, article).latest, "omar")
    assert ids(store, "certbot", REPORTER) == [article]
    assert ids(store, "cronjob", REPORTER) == []  # the cause is not for them
    for about in (f"category:{TEXT.category}", "-category:other", "-team:other"):
        assert ids(store, about) == [article], about
        assert ids(store, about, REPORTER) == [], about
    assert store.article_search.fitting(["cronjob"], REPORTER, TERMS, 9) == []
    shown = read(store, article, REPORTER)
    assert (shown.versions, shown.uses) == ((), ())
    assert store.article_search.get(article, REPORTER, TERMS, version=2)


def test_that_it_helped_counts_once_for_each_form(store: RecordStore) -> None:
    article = written(store)
    for form in ("one", "one", "two"):
        store.articles.helped(article, form)
    store.articles.helped("KB-AAAAAA", "three")
    assert read(store, article).helped == 2


def test_erasing_an_incident_takes_its_drafts_and_unties_the_rest(store: RecordStore) -> None:
    view = incident("INC-AAAAAAAAAA")
    draft, published = written(store, view), written(store, view)
    store.articles.edit(published, {"fix": "Only the fix"}, "ana")
    store.articles.publish(published, 2, "omar")
    store.articles.edit(published, {"fix": "A better fix"}, "ana")
    assert store.articles.staying(["INC-AAAAAAAAAA", "INC-NONE"]) == [published]
    counts = store.erasing.counts("INC-AAAAAAAAAA")
    assert (counts["articles written from it"], counts["uses of articles"]) == (2, 2)
    store.erasing.erase("INC-AAAAAAAAAA", "vera", "asked for")
    store.erasing.tidy()
    assert store.article_search.get(draft, ALL, TERMS) is None
    kept = read(store, published)
    assert (kept.incident_id, kept.episode, kept.uses, kept.rate.of) == ("", None, (), 0)
    # Neither what came from the record, nor what nobody has reviewed.
    assert [each.number for each in kept.versions] == [2]
    assert (kept.latest, kept.waits_for_review) == (2, False)
    assert ids(store, "certificate") == [published]


def test_erasing_a_confidential_incident_takes_its_articles(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA", confidential=Confidential(by="rita")))
    store.articles.publish(article, 1, "hana")
    assert store.articles.staying(["INC-AAAAAAAAAA"]) == []
    store.erasing.erase("INC-AAAAAAAAAA", "vera", "asked for")
    assert store.article_search.get(article, ALL, TERMS) is None
    assert ids(store, "certificate", wanted=Wanted.ANY) == []


def test_erasing_a_person_changes_every_version(store: RecordStore) -> None:
    article = written(store, text=TEXT.model_copy(update={"cause": "Zacharias unplugged it"}))
    store.articles.publish(article, 1, "zacharias")
    store.articles.edit(article, {"cause": "ZACHARIAS tripped"}, "zacharias")
    store.articles.retire(article, "zacharias", "asked by Zacharias")
    assert ids(store, "zacharias", wanted=Wanted.ANY) == [article]
    store.erased_names.replace("zacharias", "erased person 7F3K")
    assert "zacharias" not in read(store, article).model_dump_json().lower()
    assert ids(store, "zacharias", wanted=Wanted.ANY) == []
    assert ids(store, "7F3K", wanted=Wanted.ANY) == [article]


def test_an_article_whose_incident_is_not_indexed_is_shown_to_nobody(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA"))
    with store._database.writing() as connection:
        c = tables.indexed_incidents.c
        connection.execute(update(tables.indexed_incidents).values({c.incident_id: "INC-OTHER"}))
    assert ids(store, searcher=EVERY_RESPONDER) == []
    assert ids(store) == [article]
    # Nor once it is erased: nobody knows that it was not confidential.
    store.articles.publish(article, 1, "omar")
    store.erasing.erase("INC-AAAAAAAAAA", "vera", "asked for")
    assert ids(store, wanted=Wanted.ANY) == []


def test_a_version_that_is_gone_is_not_published(store: RecordStore) -> None:
    article = written(store)
    assert not store.articles.publish(article, 2, "omar")
    assert not store.articles.publish("KB-AAAAAA", 1, "omar")
    assert read(store, article).state == "draft"


def test_what_came_back_in_secret_or_by_mistake_says_nothing_of_the_fix(store: RecordStore) -> None:
    article = written(store, incident("INC-AAAAAAAAAA"))
    soon, hana = CLOSED + timedelta(days=1), as_reader("hana", ())
    mistake = incident(
        "INC-AAAAAAAAAA", 2, opened_at=soon, closed_at=soon, outcome=Outcome.WITHDRAWN
    )
    store.incidents.close(mistake, None)
    assert read(store, article).rate.words == "fixed it 1 of 1 time"
    secret = incident(
        "INC-AAAAAAAAAA",
        3,
        opened_at=soon,
        closed_at=soon,
        confidential=Confidential(by="rita", people=("hana",)),
    )
    store.incidents.close(secret, None)
    for searcher, worked in (
        (ALL, 0),
        (Searcher("hana", Role.RESPONDER, hana), 0),
        (EVERY_RESPONDER, 1),
    ):
        assert read(store, article, searcher).rate.worked == worked, searcher
