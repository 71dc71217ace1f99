"""Which names are one person's, and which are two people's."""

import pytest

from standfast.incidents.same_person import is_same_person, known_as


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rita@Example.com", "rita@example.com", True),
        ("rita@example.com", "rita@another.example", False),
        ("mia", "mia", True),
        ("Mia", "mia", False),  # tokens of both names may be two people's
        ("\u212aim@a.example", "kim@a.example", False),  # the sign for kelvin
        ("JÜRG@a.example", "jürg@a.example", False),
        ("", "", False),  # nobody
    ],
)
def test_whether_two_names_are_of_one_person(one: str, other: str, same: bool) -> None:
    assert is_same_person(one, other) is same


def test_a_reporter_is_named_as_they_are_written_in_the_incident() -> None:
    assert known_as("rita@a.example", ("mia", "Rita@A.example")) == "Rita@A.example"
    assert known_as("mona", ("mia",)) == ""
