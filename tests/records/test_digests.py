"""Pages in a storm: held, bundled, each in exactly one digest; two stores are two workers."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.assessment import Priority
from standfast.records.delivery import DeliveryState, SentThrough
from standfast.records.digest import Admission, Digest, PageLine
from standfast.records.digests import LOOK_AGAIN, Digests
from standfast.records.store import RecordStore
from tests.examples import examples

LEASE, OVER = timedelta(minutes=1), timedelta(microseconds=1)
HOLD, REMEMBER = timedelta(minutes=2), timedelta(minutes=5)


def page(number: int, recipient: str = "ana", team: str = "network", **says: object) -> PageLine:
    fields: dict[str, object] = {
        "key": f"INC-{number:0>10}:1:page-1:1:{recipient}:{team}",
        "recipient": recipient,
        "team": team,
        "incident_id": f"INC-{number:0>10}",
        "priority": Priority.P3,
        "title": f"Please acknowledge: P3 number {number}",
        "fingerprint": f"text {number}",
    }
    return PageLine(**(fields | says))  # type: ignore[arg-type]


def after(pages: int) -> Callable[[int, datetime | None, datetime], timedelta | None]:
    """So many go out by themselves."""
    return lambda recent, _, __: HOLD if recent >= pages else None


def admit(digests: Digests, line: PageLine, pages: int = 0) -> Admission:
    return digests.admit(line, after(pages), REMEMBER)


def claimed(digests: Digests, line: PageLine, lease: timedelta = LEASE) -> Digest:
    digest = digests.claim(line, lease)
    assert isinstance(digest, Digest)
    return digest


def keys(digest: Digest) -> list[str]:
    return [held.key for held in digest.pages]


def states(store: RecordStore, *lines: PageLine) -> list[DeliveryState]:
    known = [store.deliveries.get(line.key) for line in lines]
    return [line.state for line in known if line]


@pytest.fixture
def other(url: str) -> Iterator[RecordStore]:
    """A second worker on the same database."""
    store = RecordStore(url)
    yield store
    store.close()


def test_the_first_pages_go_out_and_the_next_ones_are_held(store: RecordStore) -> None:
    lines = [page(number) for number in range(5)]
    answers = [admit(store.digests, line, pages=3).held_for for line in lines]
    assert answers == [None, None, None, HOLD, HOLD]
    assert states(store, *lines) == [DeliveryState.INTENDED] * 3 + [DeliveryState.HELD] * 2


def test_the_decision_hears_how_many_came_and_since_when_one_waits(store: RecordStore) -> None:
    heard: list[tuple[int, bool]] = []

    def hold(recent: int, since: datetime | None, now: datetime) -> timedelta:
        heard.append((recent, since is not None))
        assert since is None or timedelta() <= now - since < timedelta(minutes=1)
        return HOLD

    for number in range(3):
        store.digests.admit(page(number), hold, REMEMBER)
    store.digests.admit(page(9, recipient="ben"), hold, REMEMBER)
    store.digests.admit(page(9, team="data"), hold, REMEMBER)
    assert heard == [(0, False), (1, True), (2, True), (0, False), (0, False)]


def test_a_page_that_is_asked_about_again_is_counted_once(store: RecordStore) -> None:
    for _ in range(10):
        assert admit(store.digests, page(1), pages=1).held_for is None
    assert admit(store.digests, page(2), pages=1).held_for == HOLD
    assert admit(store.digests, page(2), pages=1).held_for == HOLD, "its first answer got lost"


def test_older_pages_count_no_more_and_are_dropped_but_for_those_that_wait(
    store: RecordStore,
) -> None:
    held, gone = page(1), page(2)
    admit(store.digests, gone, pages=9)
    admit(store.digests, held)
    heard: list[tuple[int, bool]] = []

    def hold(recent: int, since: datetime | None, _: datetime) -> None:
        heard.append((recent, since is not None))

    for number in (3, 4):
        store.digests.admit(page(number), hold, OVER)
    assert heard == [(0, True), (0, True)]
    assert keys(claimed(store.digests, held)) == [held.key]


def test_one_digest_carries_all_that_wait_the_most_urgent_first(
    store: RecordStore, other: RecordStore
) -> None:
    urgent = page(3, priority=Priority.P2)
    lines = [page(1), page(2), urgent]
    elsewhere = [page(8, recipient="ben"), page(9, team="data")]
    for line in (*lines, *elsewhere):
        admit(store.digests, line)
    digest = claimed(other.digests, lines[1])
    assert keys(digest) == [urgent.key, lines[0].key, lines[1].key]
    assert digest.pages[0].title == urgent.title
    other.digests.sent(digest, SentThrough("sms"))
    for line in lines:
        known = store.deliveries.get(line.key)
        assert known
        assert (known.state, known.channel) == (DeliveryState.DELIVERED, "sms")
        assert known.detail == "in a digest of 3"
        again = store.digests.claim(line, LEASE)
        assert isinstance(again, Admission)
        assert again.known.state is DeliveryState.DELIVERED
    assert states(store, *elsewhere) == [DeliveryState.HELD] * 2


def test_while_a_worker_has_the_digest_the_others_wait_a_little(
    store: RecordStore, other: RecordStore
) -> None:
    first, second, late = page(1), page(2), page(3)
    admit(store.digests, first)
    admit(store.digests, second)
    claimed(store.digests, first)
    waits = other.digests.claim(second, LEASE)
    assert isinstance(waits, Admission)
    assert waits.held_for == LOOK_AGAIN
    assert admit(other.digests, second).held_for == LOOK_AGAIN
    admit(other.digests, late)
    assert keys(claimed(other.digests, late)) == [late.key], "what came later is the next digest"


def test_the_digest_of_a_worker_that_died_is_the_next_ones_under_the_same_key(
    store: RecordStore, other: RecordStore
) -> None:
    lines = [page(1), page(2)]
    for line in lines:
        admit(store.digests, line)
    died = claimed(store.digests, lines[0], lease=OVER)
    taken = claimed(other.digests, lines[1])
    assert (taken.key, keys(taken)) == (died.key, keys(died))

    store.digests.not_sent(died, "it was only slow")
    other.digests.sent(taken, SentThrough("sms"))
    assert states(store, *lines) == [DeliveryState.DELIVERED] * 2


def test_another_set_of_pages_is_another_digest(store: RecordStore) -> None:
    first, second, third = page(1), page(2), page(3)
    for line in (first, second):
        admit(store.digests, line)
    died = claimed(store.digests, first, lease=OVER)
    admit(store.digests, third)
    taken = claimed(store.digests, first)
    assert taken.key != died.key
    store.digests.sent(died, SentThrough("sms"))
    assert set(states(store, first, second, third)) == {DeliveryState.HELD}, (
        "they are the other's to send"
    )


def test_a_digest_that_nobody_took_waits_on_and_says_why(store: RecordStore) -> None:
    lines = [page(1), page(2)]
    for line in lines:
        admit(store.digests, line)
    store.digests.not_sent(claimed(store.digests, lines[0]), "no channel of ana took it")
    known = store.deliveries.get(lines[1].key)
    assert known
    assert (known.state, known.detail) == (DeliveryState.HELD, "no channel of ana took it")
    assert len(claimed(store.digests, lines[1]).pages) == 2


def test_a_forgotten_page_is_in_no_digest(store: RecordStore, other: RecordStore) -> None:
    taken_out, stays = page(1), page(2)
    for line in (taken_out, stays):
        admit(store.digests, line)
    assert other.digests.forget(taken_out.key, "ana", "network")
    assert not other.digests.forget(taken_out.key, "ana", "network")
    assert keys(claimed(store.digests, stays)) == [stays.key]
    for answer in (store.digests.claim(taken_out, LEASE), admit(store.digests, taken_out)):
        assert isinstance(answer, Admission)
        assert (answer.known.state, answer.held_for) == (DeliveryState.FORGOTTEN, None)


def test_what_is_not_held_or_on_its_way_cannot_be_forgotten(store: RecordStore) -> None:
    alone, on_its_way = page(1), page(2)
    admit(store.digests, alone, pages=1)
    admit(store.digests, on_its_way)
    claimed(store.digests, on_its_way)
    for line in (alone, on_its_way, page(3)):
        assert not store.digests.forget(line.key, "ana", "network")


def test_a_key_of_another_message_holds_and_claims_nothing(store: RecordStore) -> None:
    mine = page(1)
    admit(store.digests, mine)
    theirs = page(1, fingerprint="another text")
    for answer in (admit(store.digests, theirs), store.digests.claim(theirs, LEASE)):
        assert isinstance(answer, Admission)
        assert (answer.known.fingerprint, answer.held_for) == ("text 1", None)
    assert states(store, mine) == [DeliveryState.HELD]


def test_of_many_workers_at_once_exactly_one_gets_each_page(
    store: RecordStore, other: RecordStore
) -> None:
    lines = [page(number) for number in range(24)]
    together = threading.Barrier(8)
    held: list[timedelta | None] = []
    carried: Counter[str] = Counter()

    def work(number: int) -> None:
        digests = (store, other)[number % 2].digests
        mine = lines[number::8]
        together.wait()
        held.extend(admit(digests, line, pages=4).held_for for line in mine)
        for line in mine:
            answer = digests.claim(line, LEASE)
            if isinstance(answer, Digest):
                carried.update(keys(answer))
                digests.sent(answer, SentThrough("sms"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert Counter(held)[None] == 4
    assert len(carried) == 20
    assert set(carried.values()) == {1}


_PEOPLE = count()

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["page", "come", "die", "fail", "forget"]), st.integers(0, 5)),
    max_size=30,
)


@given(actions=ACTIONS)
@settings(
    max_examples=examples(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_each_page_is_carried_or_forgotten_or_still_waits(
    store: RecordStore, actions: list[tuple[str, int]]
) -> None:
    """Another person in each example, so that one database serves all of them."""
    digests = store.digests
    whose = f"ana-{next(_PEOPLE)}"
    came: set[int] = set()
    carried: Counter[str] = Counter()
    forgotten: set[str] = set()
    for action, number in actions:
        line = page(number, recipient=whose)
        if action == "page":
            admit(digests, line)
            came.add(number)
        elif number not in came:
            continue
        elif action == "forget":
            if digests.forget(line.key, whose, line.team):
                forgotten.add(line.key)
        else:
            answer = digests.claim(line, OVER if action == "die" else LEASE)
            if isinstance(answer, Digest) and action == "come":
                carried.update(keys(answer))
                digests.sent(answer, SentThrough("sms"))
            elif isinstance(answer, Digest) and action == "fail":
                digests.not_sent(answer, "away")
    for number in came:
        key = page(number, recipient=whose).key
        expected = (
            DeliveryState.FORGOTTEN
            if key in forgotten
            else DeliveryState.DELIVERED
            if carried[key]
            else DeliveryState.HELD
        )
        assert states(store, page(number, recipient=whose)) == [expected]
    assert set(carried.values()) <= {1}
    assert not forgotten & set(carried)
