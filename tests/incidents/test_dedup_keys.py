"""Whose a deduplication key is: no text that somebody chooses makes it another's."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.dedup_keys import (
    LONGEST_KEY,
    callers_key,
    command_lines_key,
    incident_key,
    mails_key,
    sealed,
)
from standfast.incidents.ids import incident_id

OURS, OTHERS = b"the secret of this installation", b"the secret of another"
SOURCES = st.text("ow9_-", min_size=1, max_size=20).map("s{}".format)
NASTY = st.sampled_from(["rita", "own", "@", ":", "%", "@rita:", "own:", "…", "é", " ", "x" * 190])
TEXTS = st.lists(NASTY | st.characters(codec="utf-8"), min_size=1, max_size=6).map("".join)


def test_ids_of_what_sources_have_open_stay_what_they_were() -> None:
    assert incident_id(incident_key("alertmanager", "a1bc")) == incident_id("alertmanager:a1bc")
    assert incident_id("alertmanager:a1bc") == "INC-B4DKRC6EBS"


def test_without_a_key_there_is_none() -> None:
    assert callers_key(OURS, "rita", "") == command_lines_key("") == ""


@settings(max_examples=40)
@given(SOURCES, TEXTS, TEXTS, TEXTS)
def test_no_caller_has_the_key_of_a_source(source: str, theirs: str, name: str, key: str) -> None:
    mine = incident_key(source, theirs)
    assert len(mine) <= LONGEST_KEY
    for other in (
        callers_key(OURS, name, key),
        callers_key(OURS, name, mine),
        command_lines_key(mine),
    ):
        assert len(other) <= LONGEST_KEY
        assert other != mine


@settings(max_examples=40)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_two_callers_never_share_a_key(rita: str, hers: str, ralf: str, his: str) -> None:
    one, two = callers_key(OURS, rita, hers), callers_key(OURS, ralf, his)
    assert (one == two) is ((rita, hers) == (ralf, his))
    assert one != command_lines_key(his)
    mine = callers_key(OURS, rita, f"{ralf}:{hers}")
    assert mine != callers_key(OURS, f"{rita}:{ralf}", hers)


@pytest.mark.parametrize(
    "key_of",
    [lambda secret, key: callers_key(secret, "rita", key), mails_key, sealed],
    ids=["caller", "mail", "any"],
)
def test_nobody_finds_a_key_with_the_id_of_another_on_a_computer_of_their_own(
    key_of: Callable[[bytes, str], str],
) -> None:
    """An id has 50 bits. Whoever knew it before they send a key could try keys until one fits."""
    chosen = ("x", "y" * 300)
    ids = {incident_id(key_of(secret, one)) for secret in (OURS, OTHERS) for one in chosen}
    assert len(ids) == 4
    assert all(len(key_of(OURS, one)) <= LONGEST_KEY for one in chosen)
    assert key_of(OURS, "x") == key_of(OURS, "x")
