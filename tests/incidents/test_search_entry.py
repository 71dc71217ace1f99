"""What of an incident is indexed, and what of it has to be written when something changes."""

from typing import Any

import pytest

from standfast.incidents.search_entry import MoreWords, SearchEntry, what_changed
from tests.records.samples import entry, incident

BEFORE = incident(outcome=None, labels={"host": "web-1"})
SAID = entry(3).model_copy(update={"detail": "It smells of toner"})


@pytest.mark.parametrize(
    ("change", "words", "terms"),
    [
        ({"priority": None, "tier": 2}, False, False),
        ({"assignee": "george"}, False, True),
        ({"labels": {"host": "web-2"}}, False, True),
        ({"title": "Printer burns"}, True, False),
        ({"timeline": (*BEFORE.timeline, SAID)}, True, False),
    ],
)
def test_only_what_has_changed_is_written(change: dict[str, Any], words: bool, terms: bool) -> None:
    """Writing the words of an open incident costs most, and people take it more often."""
    now = BEFORE.model_copy(update=change)
    assert what_changed(SearchEntry(BEFORE).digest, SearchEntry(now).digest) == (words, terms)


def test_a_repeat_is_found_by_what_it_describes_and_not_by_our_words_about_it() -> None:
    again = entry(3).model_copy(
        update={"event": "reported_again", "actor": "ralf", "detail": "2 reports so far\nSmoke"}
    )
    view = BEFORE.model_copy(update={"timeline": (*BEFORE.timeline, again)})
    _, reported, rest = SearchEntry(view).words_with(MoreWords())
    assert ("smoke" in reported, "smoke" in rest.split(), "far" in rest.split()) == (
        False,
        True,
        False,
    )


def test_of_what_is_not_indexed_yet_all_is_written() -> None:
    assert what_changed("", SearchEntry(BEFORE).digest) == (True, True)
