"""Recognising an error that comes back, though its numbers and names have changed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.logs.signature import signature_of

THE_SAME = [
    # (what was reported, a line in which it is back)
    ("connection to db-1 lost", "2026-11-24 10:11:12 ERROR connection to db-2 lost"),
    (
        "2026-11-24 10:11:12,123 ERROR pool: connection 17 lost after 30 s",
        "Nov 25 01:02:03 web-1 pool: connection 4 lost after 5 s",
    ),
    ("ERROR: connection   lost", '{"level":"error","msg":"connection lost"}'),
    ("no route to 10.0.0.7", "no route to 192.168.1.250:5432"),
    ("no route to fe80::1ff:fe23:4567:890a", "no route to 2001:db8::1"),
    (
        "job 123e4567-e89b-12d3-a456-426614174000 failed",
        "job 987f6543-e21b-12d3-a456-426614174999 failed",
    ),
    ("fault at 0x7ffdeadbeef0 in shop", "fault at 0x55d0c0ffee in shop"),
    ("commit 9fceb02d0ae5 was rejected", "commit 1a410efbd13591db was rejected"),
    ('table "orders" does not exist', 'table "customers" does not exist'),
    ("table 'orders' does not exist", "table `customers` does not exist"),
    ('table "orders" does not exist', r'{"msg":"table \"customers\" does not exist"}'),
    ("can't reach the user's mailbox", "ERROR can't reach the user's mailbox"),
    ("deadline of 2026-11-24T10:11:12Z has passed", "deadline of 2027-01-02T03:04:05Z has passed"),
    ("took 1.5 of 3 seconds, gave up", "took 27 of 30 seconds, gave up"),
    ("balance of -5 is below zero", "balance of 12 is below zero"),
    ("DISK FULL", "disk full on /var"),
    ("ORA-01555", "2026-11-24 ORA-01555: snapshot too old"),
    ("Error 0x80070005", "Error 0x80070005 occurred"),
    ('"connection lost"', "connection lost"),
    ("Verbindung zur Datenbank verloren: Grüße", "VERBINDUNG ZUR DATENBANK VERLOREN: GRÜSSE"),
    (
        "Traceback (most recent call last):\n"
        '  File "/srv/shop/app.py", line 17, in pay\n'
        "    charge(card)\n"
        "shop.PaymentError: card service answered 503",
        "shop.PaymentError: card service answered 502",
    ),
    (
        "java.sql.SQLException: no more connections (max 20)\n"
        "\tat com.fernhill.Pool.take(Pool.java:77)\n"
        "\tat com.fernhill.Shop.pay(Shop.java:12)",
        "Nov 24 java.sql.SQLException: no more connections (max 50)",
    ),
    ("first a line\nand then a much longer line\nend", "and then a much longer line"),
]


@pytest.mark.parametrize(("reported", "line"), THE_SAME)
def test_the_same_error_is_recognised(reported: str, line: str) -> None:
    signature = signature_of(reported)
    assert signature
    assert signature.is_in(line)


ANOTHER = [
    ("connection to db-1 lost", "connection to db-1 restored"),
    ("connection to db-1 lost", "connection lost"),
    ("connection 17 lost", "connection seventeen lost"),
    ('table "orders" does not exist', "table exists; view does not exist"[:12]),
    ('table "orders" does not exist', "does not exist: table"),
    ('table "orders" does not exist', f"table {'x' * 500} does not exist"),
    ("ORA-01555", "ORA-01556: something else"),
    ("disk full", ""),
    (
        "Traceback (most recent call last):\nshop.PaymentError: card service down",
        "Traceback (most recent call last):",
    ),
]


@pytest.mark.parametrize(("reported", "line"), ANOTHER)
def test_another_line_is_not(reported: str, line: str) -> None:
    signature = signature_of(reported)
    assert signature
    assert not signature.is_in(line)


@pytest.mark.parametrize(
    "reported", ["", "   ", "Error", "failed", "500", "12:30", '"x"', "ERROR: 'a', 'b'", "---"]
)
def test_too_little_is_not_looked_for(reported: str) -> None:
    assert signature_of(reported) is None


def test_it_reads_as_what_is_looked_for() -> None:
    assert str(signature_of('ERROR 17: table "a" in "b" is locked')) == "table … in … is locked"


WORDS = ("connection", "error", "ß", "é", "can't", "abc123def", "0x1f", "7", "-12", "12:30", "::1")
PIECES = st.sampled_from([*WORDS, *" \t\"'`#:_-.,()[]{}"])


@given(st.text() | st.lists(PIECES).map("".join))
def test_an_error_message_of_one_line_is_found_in_itself(text: str) -> None:
    line = " ".join(text.split())
    signature = signature_of(line)
    assert signature is None or signature.is_in(f"2026-11-24 10:11:12 ERROR {line}")


HOSTILE = [
    "'" * 10_000,
    '"a' * 5_000,
    "0:" * 5_000,
    "#" * 10_000,
    "1a" * 5_000,
    "-1" * 5_000,
    "a'b" * 3_000,
    "error " * 1_600,
    "-_" * 5_000 + "x",
    "(error)" * 1_400 + "!",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_message_costs_no_more_than_another(text: str) -> None:
    started = time.process_time()
    signature = signature_of(text)
    if signature:
        signature.is_in(text * 6)
    if plain := signature_of(f"connection lost {text}"):
        plain.is_in(f"connection lost {text * 6}")
    assert time.process_time() - started < 1
