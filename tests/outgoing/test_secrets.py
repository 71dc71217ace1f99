"""Secrets are looked up by name, and never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.outgoing.secrets import NoSuchSecret, Redacted, resolved
from standfast.programs.output import HeadAndTail


def test_a_secret_is_looked_up_where_the_worker_runs() -> None:
    environment = {"STANDFAST_SECRET_API": " hunter2\n", "API": "wrong"}
    assert resolved("secret:API", environment) == "hunter2"
    assert resolved("plain", environment) == "plain"
    for there in ({}, {"STANDFAST_SECRET_API": " "}):
        with pytest.raises(NoSuchSecret, match="STANDFAST_SECRET_API is not set where the worker"):
            resolved("secret:API", there)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("the token hunter2 is wrong", "the token *** is wrong"),
        ("hunter2hunter2", "******"),
        ("401 for Bearer abcdefgh-123", "401 for ***"),
        ("401 for abcdefgh-123", "401 for ***"),  # its longer word alone
        ("a%2Fb%26c/ d", "*** d"),  # as it stands in a URL
        ("Bearer of news", "Bearer of news"),
        ("hunter", "hunter"),
        ("", ""),
    ],
)
def test_what_a_program_says_is_shown_without_secrets(said: str, shown: str) -> None:
    redacted = Redacted(["hunter2", "Bearer abcdefgh-123", "a/b&c/"])
    assert redacted(said.replace("c/", "c%2F")) == shown


def test_without_secrets_nothing_is_hidden() -> None:
    assert Redacted([])("as it is\n… 12 bytes left out …\n") == "as it is\n… 12 bytes left out …\n"
    assert Redacted(["", " "])("as it is") == "as it is"


SECRET = "correct-horse-battery"


@given(
    st.integers(0, 200),
    st.integers(0, 200),
    st.integers(20, 120),
    st.sampled_from(["x", "co", "\N{HORSE}", " "]),
)
def test_no_piece_of_a_secret_is_left_where_the_middle_was_left_out(
    before: int, after: int, limit: int, filler: str
) -> None:
    output = HeadAndTail(limit)
    output.data_received((filler * before + SECRET + filler * after).encode())
    shown = Redacted([SECRET])(str(output))
    assert not any(SECRET[at : at + 8] in shown for at in range(len(SECRET) - 7))
