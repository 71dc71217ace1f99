"""The same incidents and the same query find the same, with SQLite and with PostgreSQL."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.search_query import QueryError, parse
from standfast.incidents.search_words import words_of
from standfast.records.store import RecordStore
from tests.records.conftest import PreparedSchemas
from tests.records.test_search import EVERYBODY, MIA, NOW, about, said

TEXTS = (
    "No space left on the device",
    "The VPN is down, and certificates have expired",
    "node 6e8ae9aa1b restarted 1e5 times in 300s",
    "host web-1 at 10.0.0.1: /var/log is full",
    "证书过期，无法连接到VPN",
    "เครื่องพิมพ์ไม่ทำงาน",
    "Größe der Straße: naïve ﬁle Ⅷ",
    "ключ истёк",
    "प्रिंटर काम नहीं कर रहा है",
    "It is not a problem of the printer, is it",
    "x" * 70,
)
WORDS = sorted({word for text in TEXTS for word in words_of(text)})


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, prepared_schemas: PreparedSchemas
) -> Iterator[tuple[RecordStore, RecordStore]]:
    """Both databases with the same incidents, whose texts are there in every order."""
    place: Path = tmp_path_factory.mktemp("both")
    with (
        prepared_schemas.one() as url,
        closing(RecordStore(f"sqlite:///{place}/records.db")) as sqlite,
        closing(RecordStore(url)) as postgresql,
    ):
        sqlite.prepare()
        for number, text in enumerate(TEXTS * 2):
            following = (TEXTS * 3)[number + 1 : number + 4]
            view = about(
                f"INC-{number}",
                text,
                description=following[0],
                reporter="mia" if number % 2 else "leo",
                timeline=(
                    said("comment_to_reporter", "ana", following[1]),
                    said("comment", "bo", following[2] * (1 + 20 * (number % 3)), 4),
                ),
            )
            for store in (sqlite, postgresql):
                store.incidents.save(view)
        yield sqlite, postgresql


_WORD = st.sampled_from(WORDS)
_BEGINNING = st.builds(lambda word, most: f"{word[:most]}*", _WORD, st.integers(3, 9))
_PART = st.builds(
    lambda text, first, most: f'"{" ".join(text.split()[first : first + most])}"',
    st.sampled_from(TEXTS),
    st.integers(0, 6),
    st.integers(1, 5),
)
_PAIR = st.builds(lambda one, other: f'"{one} {other}"', _WORD, _WORD)
_ONE = st.builds(
    lambda minus, what, star: f"{minus}{what}{star}",
    st.sampled_from(["", "", "-"]),
    _WORD | _BEGINNING | _PART | _PAIR,
    st.sampled_from(["", "", "*"]),
)


def test_both_databases_find_the_same(both: tuple[RecordStore, RecordStore]) -> None:
    @settings(max_examples=50, deadline=None)
    @given(st.lists(_ONE, min_size=1, max_size=3).map(" ".join))
    def hold(text: str) -> None:
        try:
            query = parse(text, NOW)
        except QueryError:
            return
        for searcher in (EVERYBODY, MIA):
            sqlite, postgresql = (
                {each.number for each in store.search.page(query, searcher, 50).found}
                for store in both
            )
            assert sqlite == postgresql, text

    hold()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("过期", True),
        ("证书过期", True),
        ("证", True),
        ('"过期 无法连接"', True),
        ("书证", False),
        ("พิมพ์", True),
        ("ทำงาน", True),
        ("โทรศัพท์", False),
        ("प्रिंटर", True),
        ("down*", True),
        ("has*", False),
        ("6e8ae9aa1b", True),
        ("6e8ae9aa1", False),
        ("6e8ae9*", True),
        ("expire", True),
        ('"the vpn is"', True),
        ('"a vpn is"', False),
        ('"file VIII"', True),
        ("x" * 70, True),
        ('"expired no space"', False),
    ],
)
def test_words_of_every_script_are_found(
    both: tuple[RecordStore, RecordStore], text: str, *, found: bool
) -> None:
    for store in both:
        assert bool(store.search.page(parse(text, NOW), EVERYBODY, 5).found) is found
