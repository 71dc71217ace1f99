"""Problems: what belongs together, by keys and by people, and who finds what of it."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, union

from standfast.decisions.article_review import Terms
from standfast.incidents.article import ArticleText
from standfast.incidents.confidentiality import Confidential, Reader, as_reader
from standfast.incidents.problem import Problem, ProblemLink, ProblemName, ProblemQuery
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.relations import Related, Relation
from standfast.incidents.resolution import (
    RemediationOutcome,
    RemediationResult,
    Resolution,
)
from standfast.incidents.review import ActionItem, Review
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.lookup import problems as looked_up
from standfast.records import problems as kept
from standfast.records.articles import Origin
from standfast.records.store import RecordStore
from standfast.records.tables import incidents, projections
from tests.records.samples import OPENED, incident
from tests.records.test_open_incidents import keep

DAY = timedelta(days=1)
ONE, TWO, THREE, FOUR = (f"INC-{letter * 10}" for letter in "ABCD")
RITA = as_reader("rita", ("network",))


@pytest.fixture
def store(shared_store: RecordStore) -> Iterator[RecordStore]:
    """The store of this file, empty again after each test."""
    yield shared_store
    known = union(select(incidents.c.incident_id), select(projections.c.incident_id))
    with shared_store._database.reading() as connection:
        ids = list(connection.execute(known).scalars())
    for each in ids:
        shared_store.erasing.erase(each, "vera", "the next test begins")


def closed(incident_id: str, day: float, episode: int = 1, **changed: Any) -> IncidentView:
    """An incident that was reported on that day, and fixed an hour later."""
    opened = OPENED + day * DAY
    fixed = Resolution(by="ana", summary=f"Fix of day {day}", at=opened + timedelta(hours=1))
    outcome = changed.pop("outcome", Outcome.RESOLVED)
    view = incident(incident_id, episode, title=f"Day {day}", outcome=outcome)
    known = {"opened_at": opened, "closed_at": fixed.at, "resolution": fixed, "team": "network"}
    return view.model_copy(update=known | changed)


def related(*incident_ids: str) -> tuple[Related, ...]:
    return tuple(Related(incident_id=each, relation=Relation.RELATED) for each in incident_ids)


def problem(store: RecordStore, incident_id: str, reader: Reader | None = None) -> Problem:
    found = asyncio.run(looked_up.problem(store, incident_id, reader))
    assert found
    return found


def listed(
    store: RecordStore, since: datetime = OPENED - DAY, reader: Reader | None = None, **only: str
) -> list[tuple[str, int, int]]:
    query = ProblemQuery(since, **only)
    found = asyncio.run(looked_up.problems(store, query, reader)).problems
    return [(each.problem_id, each.episodes, each.recently) for each in found]


def link(store: RecordStore, one: str, other: str, reader: Reader | None = None) -> str:
    return asyncio.run(looked_up.link(store, one, ProblemLink(to=other, by="rita"), reader)).words


def unlink(store: RecordStore, one: str, other: str, reader: Reader | None = None) -> str:
    return asyncio.run(looked_up.unlink(store, one, ProblemLink(to=other, by="rita"), reader)).words


def name(store: RecordStore, incident_id: str, reader: Reader | None = None, **said: str) -> str:
    asked = ProblemName(by="rita", **said)
    return asyncio.run(looked_up.name(store, incident_id, asked, reader)).words


def test_the_episodes_of_a_key_are_a_problem_with_what_was_tried(store: RecordStore) -> None:
    ran = RemediationResult(
        answer="no",
        reasons=("its check failed",),
        policy_version="v1",
        runbook="restart",
        outcome=RemediationOutcome.FAILED,
    )
    refused = ran.model_copy(update={"outcome": RemediationOutcome.REFUSED})
    store.incidents.save(closed(ONE, 0, reopened=2))
    store.incidents.save(closed(ONE, 10, 2, remediation=ran))
    store.incidents.save(closed(ONE, 15, 3, remediation=refused, outcome=Outcome.AUTOMATED))
    store.incidents.save(closed(TWO, 3))
    keep(store, incident(ONE, 4, title="Again", outcome=None, opened_at=OPENED + 20 * DAY))

    found = problem(store, ONE)
    assert [each.episode for each in found.episodes] == [1, 2, 3, 4]
    assert [each.fix and each.fix.what for each in found.episodes] == [
        "Fix of day 0",
        "Fix of day 10",
        "Fix of day 15",
        None,
    ]
    held = [each.fix.held for each in found.episodes if each.fix]
    assert held == [(days * DAY - timedelta(hours=1)).total_seconds() for days in (10, 5, 5)]
    assert [each.tried and each.tried.outcome for each in found.episodes] == [
        None,
        "failed",
        None,  # a guard refused it: nothing ran
        None,
    ]
    assert found.episodes[0].sent_back == 2
    assert (found.title, found.is_open, found.note) == ("Again", True, "")
    assert asyncio.run(looked_up.problem(store, TWO, None)) is None
    assert listed(store) == [(ONE, 4, 4)]


def test_incidents_that_people_linked_are_one_problem(store: RecordStore) -> None:
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(TWO, 4, related=related(ONE)))  # by the action, while it was open
    store.incidents.save(closed(THREE, 8))
    store.incidents.save(closed(FOUR, 9))
    assert problem(store, ONE).incident_ids == (ONE, TWO)
    with pytest.raises(Refused, match=f"{TWO} is in the problem of {ONE} already"):
        link(store, ONE, TWO)
    with pytest.raises(Refused, match=f"the episodes of {ONE} are one problem"):
        link(store, ONE, ONE)

    assert link(store, ONE, THREE) == f"{THREE} is in the problem of {ONE} now"
    assert problem(store, THREE).incident_ids == (ONE, TWO, THREE)
    assert listed(store) == [(ONE, 3, 3)]

    # What is left stays together, though it was only linked by the one that is taken out.
    unlink(store, TWO, ONE)
    assert problem(store, THREE).incident_ids == (TWO, THREE)
    assert asyncio.run(looked_up.problem(store, ONE, None)) is None
    assert listed(store) == [(TWO, 2, 2)]
    link(store, ONE, TWO)
    assert problem(store, ONE).incident_ids == (ONE, TWO, THREE)


def test_what_was_withdrawn_or_merged_did_not_happen_again(store: RecordStore) -> None:
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(ONE, 1, 2, outcome=Outcome.WITHDRAWN, resolution=None))
    store.incidents.save(closed(TWO, 2, outcome=Outcome.MERGED, merged_into=ONE))
    assert asyncio.run(looked_up.problem(store, ONE, None)) is None
    assert listed(store) == []
    store.incidents.save(closed(THREE, 2, outcome=Outcome.WITHDRAWN))
    with pytest.raises(Refused, match=f"{THREE} was withdrawn or merged"):
        link(store, ONE, THREE)
    # But it may be what joins two others.
    store.incidents.save(closed(FOUR, 3, related=related(TWO)))
    assert problem(store, ONE).incident_ids == (ONE, FOUR)


def test_the_most_frequent_come_first_by_what_happened_lately(store: RecordStore) -> None:
    for episode in (1, 2, 3, 4):
        store.incidents.save(closed(ONE, episode, episode))
    for episode in (1, 2, 3):
        store.incidents.save(closed(TWO, 96 + episode, episode, team="desk"))
    store.incidents.save(closed(ONE, 98, 5))
    assert listed(store) == [(ONE, 5, 5), (TWO, 3, 3)]
    lately = OPENED + 90 * DAY
    assert listed(store, lately) == [(TWO, 3, 3), (ONE, 5, 1)]
    assert listed(store, lately, team="network") == [(ONE, 5, 1)]
    assert listed(store, lately, service="vpn") == []
    assert listed(store, OPENED + 99.5 * DAY) == []


def test_what_somebody_does_not_find_is_in_no_count_and_joins_nothing(store: RecordStore) -> None:
    secret = Confidential(by="vera", people=("hana",))
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(TWO, 2, confidential=secret, team="hr", related=related(ONE)))
    store.incidents.save(closed(THREE, 4, related=related(TWO)))
    hana = as_reader("hana", ("network",))
    assert problem(store, THREE, hana).incident_ids == (ONE, TWO, THREE)
    assert listed(store, reader=hana) == [(ONE, 3, 3)]

    assert asyncio.run(looked_up.problem(store, ONE, RITA)) is None
    assert asyncio.run(looked_up.problem(store, THREE, RITA)) is None
    assert listed(store, reader=RITA) == []
    for refused in (
        lambda: asyncio.run(looked_up.problem(store, TWO, RITA)),
        lambda: link(store, ONE, TWO, RITA),
        lambda: link(store, TWO, ONE, RITA),
    ):
        with pytest.raises(NoSuchIncident, match=f"^there is no incident {TWO}$"):
            refused()
    with pytest.raises(Refused, match=f"{TWO} is not in the problem of {ONE}"):
        unlink(store, ONE, TWO, RITA)

    # What Rita links is one problem to her, without the one between them.
    link(store, ONE, THREE, RITA)
    assert problem(store, ONE, RITA).incident_ids == (ONE, THREE)
    assert problem(store, ONE, RITA).episodes[1].after == (4 * DAY).total_seconds()


def test_by_team_only_its_own_episodes_count(store: RecordStore) -> None:
    for episode in (1, 2):
        store.incidents.save(closed(ONE, episode, episode))
    store.incidents.save(closed(ONE, 3, 3, team="desk"))
    own = as_reader("nobody", ("network",), own_team=True)
    assert len(problem(store, ONE, own).episodes) == 2
    assert listed(store, reader=own) == [(ONE, 2, 2)]


def test_a_title_and_an_owner_stay_as_long_as_one_of_its_incidents(store: RecordStore) -> None:
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(TWO, 2, related=related(ONE)))
    store.incidents.save(closed(THREE, 3, related=related(ONE)))
    assert name(store, ONE, title="The old switch") == "named: The old switch"
    assert name(store, TWO, owner="ana") == "named: The old switch, owner ana"
    store.erasing.erase(ONE, "vera", "asked for")
    link(store, TWO, THREE)
    found = problem(store, TWO)
    assert (found.incident_ids, found.title, found.owner) == ((TWO, THREE), "The old switch", "ana")
    # Whoever is taken out loses the name; and it can be taken away.
    store.incidents.save(closed(THREE, 5, 2))
    unlink(store, TWO, THREE)
    assert problem(store, THREE).title == "Day 5"
    with pytest.raises(Refused, match=f"{TWO} is not a problem: it happened only once"):
        name(store, TWO, title="Nothing")
    name(store, THREE, title="Soon gone")
    assert name(store, THREE, title="") == "it has no name of its own now"
    assert problem(store, THREE).named_by == ""


def test_what_is_said_of_a_confidential_episode_is_for_those_who_find_it(
    store: RecordStore,
) -> None:
    secret = Confidential(by="vera", people=("hana",))
    hana = as_reader("hana", ("network",))
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(ONE, 2, 2, confidential=secret, team="hr"))
    store.incidents.save(closed(TWO, 4, related=related(ONE)))
    assert name(store, TWO, hana, title="Otto unplugs it") == (
        "named: Otto unplugs it; it is read by who finds its confidential ones"
    )
    assert problem(store, ONE, hana).title == "Otto unplugs it"
    # Rita finds the first episode of that incident, and not what is said of the second.
    assert (problem(store, ONE, RITA).title, problem(store, ONE, RITA).named) == ("Day 4", "")
    assert listed(store, reader=RITA) == [(ONE, 2, 2)]
    # Nor does it get out with the next episode, which everybody finds, or with an owner.
    store.incidents.save(closed(ONE, 6, 3))
    name(store, ONE, hana, owner="hana")
    assert problem(store, ONE, RITA).named_by == ""
    assert (problem(store, ONE, hana).named, problem(store, ONE, hana).owner) == (
        "Otto unplugs it",
        "hana",
    )
    # What Rita calls it is for all.
    assert name(store, ONE, RITA, title="The switch") == "named: The switch"
    assert problem(store, TWO, hana).title == problem(store, TWO, RITA).title == "The switch"
    name(store, TWO, RITA, title="")
    assert problem(store, TWO, hana).title == "Otto unplugs it"


def test_what_a_problem_was_called_goes_with_what_becomes_confidential(store: RecordStore) -> None:
    """While it is open; tests/records/test_adding.py has it after the close."""
    hana = as_reader("hana", ("network",))
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(ONE, 1, 2))
    again = closed(ONE, 2, 3).model_copy(update={"status": "open", "outcome": None})
    keep(store, again)
    name(store, ONE, title="Otto unplugs it")
    assert problem(store, ONE, RITA).title == "Otto unplugs it"
    secret = {"confidential": Confidential(by="vera", people=("hana",)), "team": "hr"}
    keep(store, again.model_copy(update=secret), task=5)
    assert (problem(store, ONE, RITA).named, problem(store, ONE, hana).named) == (
        "",
        "Otto unplugs it",
    )


def test_what_reviews_left_open_is_named_when_it_happens_again(store: RecordStore) -> None:
    secret = Confidential(by="vera", people=("hana",))
    store.incidents.save(closed(ONE, 0, confidential=secret, team="hr"))
    store.incidents.save(closed(ONE, 10, 2))
    again = closed(ONE, 20, 3)
    store.incidents.save(again)
    for episode, what in ((1, "ask Otto"), (2, "replace the disk")):
        item = ActionItem(
            id=1,
            incident_id=ONE,
            episode=episode,
            title=what,
            owner="ana",
            due=OPENED + 30 * DAY,
            changed_by="ana",
            changed_at=OPENED,
        )
        review = Review(
            incident_id=ONE, episode=episode, why="P1", wanted_at=OPENED, actions=(item,)
        )
        store.reviews.want(review)

    def told(reader: Reader | None) -> tuple[str, ...]:
        standing = asyncio.run(looked_up.standing_of(store, again, reader))
        assert standing
        return standing.sentences

    assert told(RITA) == (
        "2nd time since 2026-12-04; the last fix held 9 d 23 h",
        "The last fix, by ana: Fix of day 10",
        "Still open: replace the disk (ana, due 2026-12-24)",
    )
    assert told(None)[0].startswith("3rd time since 2026-11-24")
    assert {"Still open: ask Otto (ana, due 2026-12-24)", told(RITA)[2]} <= set(told(None))


def test_articles_that_were_used_are_its_known_fixes(store: RecordStore) -> None:
    for episode in (1, 2):
        store.incidents.save(closed(ONE, episode * 5, episode))
    text = ArticleText(title="Reset the reader", symptom="Nobody gets in", fix="Reset it")
    article = store.articles.write(text, "ana", Origin(ONE, 1, "network", 0))
    terms = Terms(window=DAY)

    def known(reader: Reader | None) -> list[str]:
        found = asyncio.run(looked_up.problem(store, ONE, reader, terms=terms))
        assert found
        return [each.words for each in found.known_fixes]

    assert known(RITA) == []  # nobody has reviewed it
    store.articles.publish(article, 1, "bo")
    assert known(RITA) == [f"{article} fixed it 1 of 1 time: Reset the reader"]
    assert known(as_reader("rita", ("network",), own_team=True)) == []


def test_an_erased_incident_is_in_no_problem(store: RecordStore) -> None:
    store.incidents.save(closed(ONE, 0))
    store.incidents.save(closed(TWO, 2))
    link(store, ONE, TWO)
    name(store, ONE, title="Badge reader")
    assert store.erasing.counts(ONE)["links to other incidents"] == 1
    store.erasing.erase(ONE, "vera", "asked for")
    assert asyncio.run(looked_up.problem(store, TWO, None)) is None
    # It does not come back with what it was linked to, even if the same key opens it again.
    store.incidents.save(closed(ONE, 9))
    assert asyncio.run(looked_up.problem(store, ONE, None)) is None


def test_a_problem_has_an_end(store: RecordStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_INCIDENTS", 3)
    monkeypatch.setattr(looked_up, "MOST_INCIDENTS", 3)
    monkeypatch.setattr(looked_up, "_MOST_READ", 1)
    ids = [f"INC-{letter * 10}" for letter in "ABCDE"]
    for number, each in enumerate(ids):
        store.incidents.save(closed(each, number, related=related(*ids)))
    found = asyncio.run(looked_up.problem(store, ONE, None, 1))
    assert found
    assert len(found.incident_ids) == 3
    assert found.note == (
        "It has more incidents than the 3 that are shown. "
        "What was tried is not shown for its 2 oldest episodes."
    )
    store.incidents.save(closed("INC-FFFFFFFFFF", 7))
    with pytest.raises(Refused, match="a problem has at most 3 incidents"):
        link(store, ONE, "INC-FFFFFFFFFF")
