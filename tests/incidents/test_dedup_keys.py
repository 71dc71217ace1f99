"""Whose a deduplication key is: no text that somebody chooses makes it another's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.dedup_keys import (
    LONGEST_KEY,
    callers_key,
    command_lines_key,
    incident_key,
)
from standfast.incidents.ids import incident_id

SOURCES = st.text("ow9_-", min_size=1, max_size=20).map("s{}".format)
NASTY = st.sampled_from(["rita", "own", "@", ":", "%", "@rita:", "own:", "…", "é", " ", "x" * 190])
TEXTS = st.lists(NASTY | st.characters(codec="utf-8"), min_size=1, max_size=6).map("".join)


def test_ids_of_what_sources_have_open_stay_what_they_were() -> None:
    assert incident_id(incident_key("alertmanager", "a1bc")) == incident_id("alertmanager:a1bc")
    assert incident_id("alertmanager:a1bc") == "INC-B4DKRC6EBS"


def test_without_a_key_there_is_none() -> None:
    assert callers_key("rita", "") == command_lines_key("") == ""


@settings(max_examples=40)
@given(SOURCES, TEXTS, TEXTS, TEXTS)
def test_no_caller_has_the_key_of_a_source(source: str, theirs: str, name: str, key: str) -> None:
    mine = incident_key(source, theirs)
    assert len(mine) <= LONGEST_KEY
    for other in (callers_key(name, key), callers_key(name, mine), command_lines_key(mine)):
        assert len(other) <= LONGEST_KEY
        assert other != mine


@settings(max_examples=40)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_two_callers_never_share_a_key(rita: str, hers: str, ralf: str, his: str) -> None:
    one, two = callers_key(rita, hers), callers_key(ralf, his)
    assert (one == two) is ((rita, hers) == (ralf, his))
    assert one != command_lines_key(his)
    assert callers_key(rita, f"{ralf}:{hers}") != callers_key(f"{rita}:{ralf}", hers)
