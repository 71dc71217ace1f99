"""The search over open and closed incidents: what is found, in which order, and by whom."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.assessment import Priority
from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.incidents.search_query import QueryError, parse
from standfast.records import postgresql_full_text
from standfast.records import search as searching
from standfast.records.search import FoundPage, Searcher
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, OPENED, entry, incident
from tests.records.test_open_incidents import AT, HOUR, keep

NOW = datetime(2026, 11, 30, tzinfo=UTC)
EVERYBODY = Searcher("rita", Role.ADMINISTRATOR)
DAY = timedelta(days=1)


def search(
    store: RecordStore, text: str, searcher: Searcher = EVERYBODY, limit: int = 50, **more: Any
) -> FoundPage:
    return store.search.page(parse(text, NOW), searcher, limit, **more)


def ids(store: RecordStore, text: str, searcher: Searcher = EVERYBODY) -> list[str]:
    return [each.incident.incident_id for each in search(store, text, searcher).found]


def about(incident_id: str, title: str = "Printer on fire", **changes: Any) -> IncidentView:
    """An incident; `service`, `reporter`, `labels` and `description` are those of its report."""
    known = {"service": "printers", "reporter": "mia", "labels": {}, "description": ""}
    report = {name: changes.pop(name, value) for name, value in known.items()}
    changes.setdefault("reporters", (report["reporter"],))
    return incident(incident_id, title=title, **changes).model_copy(
        update={"report": Report(title=title, **report)}
    )


def said(event: str, actor: str, detail: str, number: int = 3) -> TimelineEntry:
    return entry(number, event).model_copy(update={"actor": actor, "detail": detail})


@pytest.fixture(scope="module")
def past(shared_store: RecordStore) -> RecordStore:
    """Only to be read."""
    fill(shared_store)
    return shared_store


def fill(store: RecordStore) -> None:
    """Two that closed, one of them twice, and is open again; and one more that is open."""
    secret = Confidential(by="rita", people=("hana",))
    store.incidents.save(
        about(
            "INC-VPN",
            "VPN certificate has expired",
            service="vpn",
            category="network",
            team="network",
            description="No one can connect from home",
            labels={"host": "Web-1", "site": "vienna"},
            opened_at=OPENED - 400 * DAY,
            timeline=(
                said("comment_to_reporter", "ana", "We renew the intermediate"),
                said("comment", "bo", "The cronjob was disabled by puppet", 4),
                said("comment", "mia", "It works on my phone", 5),
            ),
        )
    )
    store.incidents.save(
        about("INC-WIKI", "Wiki is down", service="wiki", outcome=Outcome.WITHDRAWN, team="desk")
    )
    store.incidents.save(
        about(
            "INC-WIKI", "Wiki is down", episode=2, service="wiki", team="desk", priority=Priority.P1
        )
    )
    keep(
        store,
        about("INC-WIKI", "Wiki is down again", episode=3, service="wiki", outcome=None).model_copy(
            update={"team": "desk", "opened_at": OPENED + HOUR}
        ),
        about(
            "INC-SECRET",
            "Certificate of the payroll",
            service="payroll",
            outcome=None,
            reporter="leo@fernhill.example",
            team="apps",
            confidential=secret,
            opened_at=OPENED + 2 * HOUR,
        ),
    )


@pytest.mark.parametrize(
    ("episode", "searcher", "beside"),
    [
        (1, EVERYBODY, (None, 2)),
        (2, EVERYBODY, (1, 3)),
        (3, Searcher("ana", Role.RESPONDER, as_reader("ana", ["desk"], own_team=True)), (2, None)),
        (2, Searcher("ana", Role.RESPONDER, as_reader("ana", [], own_team=True)), (None, None)),
        (2, Searcher("mia", Role.REPORTER), (1, 3)),
        (2, Searcher("leo", Role.REPORTER), (None, None)),
    ],
)
def test_the_episodes_before_and_after_are_those_that_one_finds(
    past: RecordStore, episode: int, searcher: Searcher, beside: tuple[int | None, int | None]
) -> None:
    assert past.search.episodes_beside("INC-WIKI", episode, searcher) == beside


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "INC-SECRET INC-WIKI INC-WIKI INC-WIKI INC-VPN"),
        ("is:closed", "INC-WIKI INC-WIKI INC-VPN"),
        ("is:open", "INC-SECRET INC-WIKI"),
        ("CERTIFICATES", "INC-SECRET INC-VPN"),
        ("certificate expire", "INC-VPN"),
        ('"no one can connect"', "INC-VPN"),
        ('"connect no one"', ""),
        ("certif*", "INC-SECRET INC-VPN"),
        ("certifica*", "INC-SECRET INC-VPN"),
        ("certificates*", "INC-SECRET INC-VPN"),
        ("certificate -payroll", "INC-VPN"),
        ("-certificate", "INC-WIKI INC-WIKI INC-WIKI"),
        ("-certificate -wiki is:open", ""),
        ('-"no one can connect"', "INC-SECRET INC-WIKI INC-WIKI INC-WIKI"),
        ('-"no one can connect" -wiki -connect', "INC-SECRET"),
        ('certificate -"no one can connect"', "INC-SECRET"),
        ('certificate -"one no can connect"', "INC-SECRET INC-VPN"),
        ('"vpn certif"*', "INC-VPN"),
        ('"certificate vpn"*', ""),
        ("puppet", "INC-VPN"),
        ("intermediate", "INC-VPN"),
        ('"put it out" vpn', "INC-VPN"),
        ("service:wiki", "INC-WIKI INC-WIKI INC-WIKI"),
        ("service:Wiki is:closed", "INC-WIKI INC-WIKI"),
        ("service:wiki service:vpn is:closed", "INC-WIKI INC-WIKI INC-VPN"),
        ("-service:wiki", "INC-SECRET INC-VPN"),
        ("category:network team:network", "INC-VPN"),
        ("priority:p1", "INC-WIKI"),
        ("outcome:withdrawn", "INC-WIKI"),
        ("label:host=web-1", "INC-VPN"),
        ("label:host=web-1 label:site=Vienna certificate", "INC-VPN"),
        ("label:host=web-1 label:site=Vienna", "INC-VPN"),
        ("label:host=web-1 -label:site=Vienna", ""),
        ("reporter:mia -reporter:mia", ""),
        ("reporter:mia person:bo service:vpn since:2025 -wiki", "INC-VPN"),
        ("label:host=web-2", ""),
        ("-label:host=web-1 certificate", "INC-SECRET"),
        ("reporter:mia is:closed", "INC-WIKI INC-WIKI INC-VPN"),
        ("reporter:leo", "INC-SECRET"),
        ("reporter:leo@fernhill.example", "INC-SECRET"),
        ("person:bo", "INC-VPN"),
        ("since:2026", "INC-SECRET INC-WIKI INC-WIKI INC-WIKI"),
        ("before:2026 certificate", "INC-VPN"),
        ("since:2026-11-24T08:50Z", "INC-SECRET INC-WIKI"),
    ],
)
def test_what_a_query_finds(past: RecordStore, text: str, found: str) -> None:
    assert ids(past, text) == found.split()


def test_a_line_says_what_lists_show(past: RecordStore) -> None:
    [found] = search(past, "certificate expired").found
    line = found.incident
    assert (line.title, line.service, line.category) == (
        "VPN certificate has expired",
        "vpn",
        "network",
    )
    assert (line.is_open, line.outcome, line.closed_at) == (False, "resolved", CLOSED)
    assert found.score > 0
    assert not found.as_reporter


DORA = Searcher("dora", Role.RESPONDER, as_reader("dora", ["desk"]))
OWN_TEAM = Searcher("dora", Role.RESPONDER, as_reader("dora", ["desk"], own_team=True))
ANA = Searcher("ana", Role.RESPONDER, as_reader("ana", ["apps"]))
HANA = Searcher("hana", Role.RESPONDER, as_reader("hana", []))
MIA = Searcher("mia", Role.REPORTER)
LEO = Searcher("leo@fernhill.example", Role.REPORTER)
LEO_AT_WORK = Searcher(LEO.name, Role.RESPONDER, as_reader(LEO.name, ["desk"]))


@pytest.mark.parametrize(
    ("searcher", "text", "found"),
    [
        # Confidential: its team, its people, administrators.
        (EVERYBODY, "payroll", "INC-SECRET"),
        (ANA, "payroll", "INC-SECRET"),
        (HANA, "payroll", "INC-SECRET"),
        (DORA, "payroll", ""),
        (DORA, "certificate", "INC-VPN"),
        (DORA, "service:payroll", ""),
        (DORA, "reporter:leo", ""),
        (DORA, "is:open", "INC-WIKI"),
        (DORA, "-wiki is:open", ""),
        # Their own team's only.
        (OWN_TEAM, "certificate", ""),
        (OWN_TEAM, "label:host=web-1", ""),
        (OWN_TEAM, "", "INC-WIKI INC-WIKI INC-WIKI"),
        # A reporter: what they reported, by what they may read of it.
        (MIA, "", "INC-WIKI INC-WIKI INC-WIKI INC-VPN"),
        (MIA, "certificate", "INC-VPN"),
        (MIA, "payroll", ""),
        (MIA, "connect home", "INC-VPN"),
        (MIA, "intermediate", "INC-VPN"),
        (MIA, "phone", "INC-VPN"),
        (MIA, "puppet", ""),
        (MIA, "certificate -puppet", "INC-VPN"),
        (MIA, "certificate -intermediate", ""),
        (MIA, '"renew the intermediate"', "INC-VPN"),
        (MIA, '"disabled by puppet"', ""),
        (MIA, 'certificate -"renew the intermediate"', ""),
        (MIA, '-"disabled by puppet" -pup* service:vpn', "INC-VPN"),
        (MIA, '-"works on my" service:vpn', ""),
        (MIA, "-intermed* service:vpn", ""),
        (MIA, "pupp*", ""),
        (MIA, "service:vpn", "INC-VPN"),
        (MIA, "label:host=web-1", "INC-VPN"),
        (MIA, "team:network", ""),
        (MIA, "-team:desk", ""),
        (MIA, "category:network", ""),
        (MIA, "person:bo", ""),
        (MIA, "-person:bo", ""),
        (LEO, "", "INC-SECRET"),
        (LEO, "payroll", "INC-SECRET"),
        (Searcher("nobody", Role.REPORTER), "", ""),
        (Searcher("", Role.REPORTER), "", ""),
        # A responder who reported what they may not see.
        (LEO_AT_WORK, "certificate", "INC-SECRET INC-VPN"),
        (LEO_AT_WORK, "team:apps", ""),
    ],
)
def test_who_finds_what_by_what(
    past: RecordStore, searcher: Searcher, text: str, found: str
) -> None:
    assert ids(past, text, searcher) == found.split()


def test_a_reporter_sees_nothing_in_a_line_that_is_not_for_them(past: RecordStore) -> None:
    [found] = search(past, "certificate", MIA).found
    assert found.as_reporter
    assert (found.incident.category, found.incident.assignee, found.incident.readers) == ("",) * 3
    [found] = search(past, "payroll", LEO_AT_WORK).found
    assert found.as_reporter


@pytest.mark.parametrize(
    ("who", "text", "found"),
    [
        (EVERYBODY, "inc-aaaaaaaaaa", "INC-AAAAAAAAAA"),
        (EVERYBODY, "id:INC-AAAAAAAAAA INC-BBBBBBBBBB", "INC-BBBBBBBBBB INC-AAAAAAAAAA"),
        (EVERYBODY, "-INC-AAAAAAAAAA", "INC-BBBBBBBBBB"),
        (EVERYBODY, "INC-AAAAAAAAAA scanner", ""),
        (Searcher("mia", Role.REPORTER), "INC-AAAAAAAAAA", "INC-AAAAAAAAAA"),
        (Searcher("leo", Role.REPORTER), "INC-AAAAAAAAAA", ""),
    ],
)
def test_an_incident_is_found_by_its_id(
    store: RecordStore, who: Searcher, text: str, found: str
) -> None:
    store.incidents.save(about("INC-AAAAAAAAAA", "Printer", reporter="mia"))
    store.incidents.save(about("INC-BBBBBBBBBB", "Scanner", opened_at=OPENED + HOUR))
    assert ids(store, text, who) == found.split()


@pytest.mark.parametrize("text", ["printer", "", "-wiki", "label:host=web-1"])
def test_pages_go_on_behind_the_last_one(store: RecordStore, text: str) -> None:
    for number in range(7):
        store.incidents.save(
            about(
                f"INC-{number}",
                "Printer " * (1 + number % 3),
                opened_at=OPENED + (number % 2) * HOUR,
                labels={"host": "web-1"},
            )
        )
    whole = ids(store, text)
    assert sorted(whole) == [f"INC-{number}" for number in range(7)]
    paged: list[str] = []
    page = search(store, text, limit=3)
    for _ in range(3):
        paged += [each.incident.incident_id for each in page.found]
        page = search(store, text, limit=3, after=page.next) if page.next else page
    assert page.next is None
    assert paged == whole


@pytest.mark.parametrize("text", ["printer", "printer fire -wiki", "is:closed"])
def test_no_page_loses_anything_while_others_are_written(store: RecordStore, text: str) -> None:
    """With SQLite each of them changes how well the word fits, in all that have it."""
    for number in range(7):
        store.incidents.save(about(f"INC-{number}", opened_at=OPENED + number * HOUR))
    page, paged = search(store, text, limit=3), list[str]()
    for number in range(3):
        paged += [each.incident.incident_id for each in page.found]
        longer = " ".join(["Wiki is down"] * (number + 1))
        store.incidents.save(about(f"INC-WIKI-{number}", longer, opened_at=OPENED + 9 * HOUR))
        page = search(store, text, limit=3, after=page.next) if page.next else page
    assert paged == ["INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1", "INC-0"]


def test_a_word_in_the_title_weighs_more_than_one_in_a_comment(store: RecordStore) -> None:
    for number in range(6):
        store.incidents.save(about(f"INC-{number}"))
    in_comment = (said("comment", "ana", "no toner in it"),)
    store.incidents.save(about("INC-TITLE", "Toner is empty", opened_at=OPENED - DAY))
    store.incidents.save(about("INC-COMMENT", timeline=in_comment))
    assert ids(store, "toner") == ["INC-TITLE", "INC-COMMENT"]


@pytest.mark.parametrize("words", ["printer", '"printer on fire"', '"printer on fir"*'])
def test_of_words_that_are_everywhere_the_newest_are_ranked(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    for number in range(4):
        store.incidents.save(about(f"INC-{number}", opened_at=OPENED + number * HOUR))
    store.incidents.save(about("INC-OTHER", "On fire: a printer", opened_at=OPENED + DAY))
    assert search(store, words).newest is None
    most = 3 if words == "printer" else 2
    monkeypatch.setattr(searching, "MOST_RANKED", most)
    assert [each for each in ids(store, words) if each != "INC-OTHER"] == ["INC-3", "INC-2"]
    page = search(store, words)
    assert page.newest == most
    assert search(store, f"{words} before:2020").newest is None
    behind = search(store, words, after=page.found[-1].place)
    assert (behind.found, behind.next) == ((), None)


def test_postgresql_looks_for_a_phrase_in_the_newest_with_its_words(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(RecordStore(postgresql)) as store:
        for number, title in enumerate(
            ("Fire on a printer", "Printer on fire", "On fire: a printer")
        ):
            store.incidents.save(about(f"INC-{number}", title))
        assert ids(store, '"printer on fire"') == ["INC-1"]
        assert search(store, '"printer on fire"').newest is None
        monkeypatch.setattr(postgresql_full_text, "MOST_CHECKED", 1)
        page = search(store, '"printer on fire"')
        assert (page.found, page.newest) == ((), 1)
        assert ids(store, "printer fire") == ["INC-2", "INC-1", "INC-0"]


def test_an_open_incident_is_found_by_what_is_new_in_it_and_only_then_written(
    store: RecordStore,
) -> None:
    view = about("INC-A", outcome=None, team=None)
    keep(store, view)
    assert ids(store, "printer is:open -team:desk") == ["INC-A"]
    keep(store, view.model_copy(update={"team": "desk", "assignee": "ana"}), task=9)
    assert ids(store, "team:desk assignee:ana person:ana") == ["INC-A"]
    told = (*view.timeline, said("comment", "ana", "It smells of toner"))
    keep(store, view.model_copy(update={"timeline": told}), task=12)
    assert ids(store, "toner") == ["INC-A"]
    keep(store, view, task=3, at=AT - HOUR)  # of an older task: it comes late
    assert ids(store, "toner") == ["INC-A"]
    store.projections.forget("INC-A")
    assert ids(store, "") == []


def test_what_closes_is_closed_in_the_index_and_what_was_over_is_not_open(
    store: RecordStore,
) -> None:
    keep(store, about("INC-A", outcome=None))
    keep(store, about("INC-A", episode=2, outcome=None), at=AT + HOUR)
    assert ids(store, "is:open") == ["INC-A"]
    store.incidents.save(about("INC-A", episode=2))
    assert ids(store, "is:open") == []
    assert ids(store, "is:closed") == ["INC-A"]
    store.incidents.save(about("INC-A", episode=2, title="Printer smokes"))
    assert ids(store, "printer") == ["INC-A"]
    assert ids(store, "fire is:closed") == []


def test_a_word_of_an_archived_comment_finds_a_long_incident(store: RecordStore) -> None:
    store.timelines.archive("INC-A", 1, [said("comment", "ana", "Ask Leonie about the toner", 1)])
    store.incidents.save(about("INC-A", timeline_archived=1))
    assert ids(store, "toner") == ["INC-A"]
    store.erased_names.replace("Leonie", "erased person 7F3K")
    assert ids(store, "leonie") == []
    assert ids(store, "toner 7F3K") == ["INC-A"]


def test_what_is_erased_is_not_found_by_anything(store: RecordStore) -> None:
    fill(store)
    store.erasing.erase("INC-VPN", "vera", "asked for")
    for text in ("certificate expired", "label:host=web-1", "person:bo", "before:2026"):
        assert ids(store, text) == []
    with store._database.reading() as connection:
        for table in ("incident_terms", "incident_text"):
            sought = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            assert sought < 20


def test_what_was_kept_before_there_was_an_index_is_indexed_in_steps(store: RecordStore) -> None:
    fill(store)
    with store._database.writing() as connection:
        for incident_id in ("INC-VPN", "INC-WIKI", "INC-SECRET"):
            store.search.indexing.remove(connection, incident_id)
    page = search(store, "")
    assert (page.found, page.is_complete) == ((), False)
    first = next(iter(store.search.indexing.catch_up(1)))  # and then the process ends
    assert first == 1
    assert list(store.search.indexing.catch_up(2))
    page = search(store, "")
    assert (len(page.found), page.is_complete) == (5, True)
    assert ids(store, "puppet") == ["INC-VPN"]
    assert ids(store, "is:open") == ["INC-SECRET", "INC-WIKI"]
    assert list(store.search.indexing.catch_up()) == []


def test_words_that_an_older_build_has_indexed_are_indexed_again(store: RecordStore) -> None:
    """Migration 0025 empties the full text. Lists have everything meanwhile."""
    fill(store)
    with store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM incident_text")
        connection.exec_driver_sql("UPDATE indexed_incidents SET digest = ''")
    assert len(ids(store, "")) == 5
    assert not search(store, "certificate").is_complete
    assert sum(store.search.indexing.catch_up()) == 5
    page = search(store, "certificate")
    assert ([each.incident.incident_id for each in page.found], page.is_complete) == (
        ["INC-SECRET", "INC-VPN"],
        True,
    )
    assert sum(store.search.indexing.catch_up()) == 0


HOSTILE = st.sampled_from(
    [
        '"',
        "'",
        "'; DROP TABLE incidents; --",
        "NEAR(disk full, 2)",
        "{title}: disk",
        "disk & | ! <-> full:*A",
        "\\",
        "\0",
        "\ud800",
        "\x1b[31m",
        "service:\ud800\0",
        "label:\ud800=\0",
        "-",
        "*",
        "%",
        ":words",
        "AND OR NOT",
        "x" * 2_000,
        "\u0300" * 50,
        "ﷺ" * 20,
        " ",
    ]
)


def test_no_query_is_an_error_of_the_database(past: RecordStore) -> None:
    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.lists(HOSTILE | st.text(max_size=5), max_size=6).map("".join))
    def hold(text: str) -> None:
        try:
            query = parse(text, NOW)
        except QueryError:
            return
        for searcher in (EVERYBODY, MIA, DORA):
            past.search.page(query, searcher, 5)

    hold()
    with pytest.raises(QueryError, match="at most 1000"):
        parse('"' * 100_000, NOW)


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "\x1b[31m", "x" * 70_000, "a b " * 20_000, "漢" * 60_000, '"' * 60_000]
)
def test_no_incident_is_too_wild_for_the_index(store: RecordStore, text: str) -> None:
    report = Report(title="Wild words", description=text[:20_000], labels={"note": text[:500]})
    shouted = said("comment", "ana", report.description * 3)
    view = about("INC-A", "Wild words").model_copy(
        update={"report": report, "timeline": (shouted,), "stage": Box.CLOSE}
    )
    store.incidents.save(view)
    assert ids(store, "wild") == ["INC-A"]


def test_names_that_are_the_same_where_they_are_compared_are_indexed_once(
    store: RecordStore,
) -> None:
    """The words before the @, and labels, are compared without regard to capitals."""
    spelled = about(
        "INC-TWICE",
        reporter="Rita@Example.com",
        reporters=("Rita@Example.com", "rita@example.com", "rita@another.example"),
        labels={"host": "Web-1"},
    )
    store.incidents.save(spelled.model_copy(update={"labels": {"host": "web-1"}}))
    assert ids(store, "reporter:rita") == ["INC-TWICE"]
    assert ids(store, "label:host=web-1") == ["INC-TWICE"]
    hers = Searcher("Rita@Example.com", Role.REPORTER)
    assert ids(store, "reporter:rita label:host=WEB-1", hers) == ["INC-TWICE"]


def test_a_reporter_finds_what_they_reported_in_other_capitals_of_their_address(
    store: RecordStore,
) -> None:
    """And nobody else does, whose name is only nearly that."""
    for number, name in enumerate(("Rita@Example.com", "rita@example.com", "Rita", "ſara@a.com")):
        store.incidents.save(about(f"INC-{number}", reporter=name))
    for name, found in (
        ("rita@example.com", "INC-1 INC-0"),
        ("RITA@EXAMPLE.COM", "INC-1 INC-0"),
        ("Rita", "INC-2"),
        ("rita", ""),
        ("sara@a.com", ""),
        ("ſara@A.com", "INC-3"),
    ):
        who = Searcher(name, Role.REPORTER)
        assert ids(store, "", who) == found.split(), name
        assert sorted(ids(store, "printer", who)) == sorted(found.split()), name
