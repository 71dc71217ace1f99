"""What a file of reports is read as, entry by entry, and what is said of the bad ones."""

import json

import pytest

from standfast.intake.errors import Unreadable
from standfast.intake.files import DEEPEST, Entry, read_batch
from standfast.messages.clean_text import one_line

GOOD = '{"title": "Website down"}'


def told(entry: Entry) -> str:
    """An entry in one text: the report's title, or what is wrong with it."""
    return entry.report.title if entry.report else "; ".join(entry.problems)


def read(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [told(entry) for entry in read_batch(data).entries]


@pytest.mark.parametrize(
    ("text", "titles", "single"),
    [
        (GOOD, 1, True),
        ("\n\n  " + GOOD + "\n", 1, True),
        ('{\n  "title": "Website down",\n  "labels": {}\n}', 1, True),
        ("[]", 0, False),
        (f"[{GOOD}]", 1, False),
        (f" [\n{GOOD},\n{GOOD}\n] ", 2, False),
        (f"[{GOOD}, {GOOD},]", 2, False),
        (f"{GOOD}\n{GOOD}", 2, False),
        (f"{GOOD}\r\n\r\n{GOOD}\r\n", 2, False),
    ],
)
def test_one_report_a_list_or_lines(text: str, titles: int, single: bool) -> None:
    batch = read_batch(text.encode())

    assert batch.single is single
    assert [told(entry) for entry in batch.entries] == ["Website down"] * titles
    assert [entry.position for entry in batch.entries] == list(range(1, titles + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_that_editors_and_shells_write(encoding: str) -> None:
    assert read('{"title": "Büro ohne Netz"}'.encode(encoding)) == ["Büro ohne Netz"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("{}", "title: is missing"),
        ('{"title": null}', "title: must be text"),
        ('{"title": "  "}', "title: must not be empty"),
        ('{"title": NaN}', "title: must be text"),
        ('{"title": "x", "title": "y"}', "title: is given twice"),
        ('{"title": "x", "servise": "web"}', "servise: there is no such field; did you mean serv"),
        ('{"title": "x", "\\ud800": 1}', "?: there is no such field"),
        ('{"title": "x", "users_affected": "many"}', "users_affected: must be a whole number"),
        ('{"title": "x", "users_affected": true}', "users_affected: must be a whole number"),
        ('{"title": "x", "users_affected": NaN}', "users_affected: must be a whole number"),
        ('{"title": "x", "users_affected": Infinity}', "users_affected: must be a whole number"),
        ('{"title": "x", "users_affected": 1e999}', "users_affected: must be a whole number"),
        (f'{{"title": "x", "users_affected": {"9" * 5000}}}', "users_affected: must be a whole nu"),
        ('{"title": "x", "users_affected": -1}', "users_affected: must be greater than or equal"),
        ('{"title": "x", "channel": "fax"}', "channel: must be 'portal', 'email'"),
        ('{"title": "x", "labels": ["a"]}', "labels: must be an object"),
        ('{"title": "x", "labels": {"a": ["b"]}}', "labels.a: must be text"),
        ('{"title": "x", "labels": {"": "b"}}', 'labels."": must not be empty'),
        ('{"title": "x", "occurred_at": "soon"}', "occurred_at: is not a time like 2026-11-24T10"),
        ('{"title": "x", "occurred_at": NaN}', "occurred_at: is not a time like 2026-11-24T10:4"),
        ('{"title": "x", "occurred_at": "2026-11-24T10:45:00"}', "occurred_at: needs a time zone"),
        ('{"title": ' + "[" * 50_000 + "]" * 50_000 + "}", "title: is nested more than 20 levels"),
        ('{"labels": ' + '{"a":' * 50_000 + "1" + "}" * 50_001, "labels: is nested more than 20 l"),
        ("[1]", "must be a report, an object like"),
        ('"Website down"', "must be a report, an object like"),
        ('{"title": }', "is not JSON: Expecting value (line 3, column 11)"),
        ('{"title": "x"', "is not JSON: Expecting ',' delimiter (line 3"),
    ],
)
def test_a_bad_entry_is_named_and_the_good_ones_stay(fields: str, problem: str) -> None:
    first, bad, last = read(f"{GOOD}\n\n{fields}\n{GOOD}")

    assert bad.startswith(problem)
    assert first == last == "Website down"


def test_an_entry_that_is_broken_costs_no_other_entry_of_a_list() -> None:
    deep = '{"title": ' + "[" * 50_000 + "]" * 50_000 + "}"

    entries = read(f'[{GOOD},\n{{"title": oops}},\n{deep},, {GOOD}]')

    assert entries == [
        "Website down",
        "is not JSON: Expecting value (line 2, column 11)",
        f"title: is nested more than {DEEPEST} levels deep",
        "there is nothing between the commas",
        "Website down",
    ]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (f"[{GOOD}, {GOOD}", "the list has no end: the file seems to be cut off"),
        (f"[{GOOD}, {GOOD}] oops", "something follows the end of the list"),
        (f"[{GOOD}, {GOOD}, " + "[" * 50_000, "the list has no end: the file seems to be cut off"),
    ],
)
def test_a_list_that_does_not_end_well_says_so_after_its_entries(text: str, last: str) -> None:
    entries = read(text)

    assert entries[:2] == ["Website down", "Website down"]
    assert entries[-1] == last


@pytest.mark.parametrize(
    "text", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xff\xfe"], ids=["nothing", "blank", "mark", "utf16"]
)
def test_an_empty_file_is_said_to_be_empty(text: bytes) -> None:
    with pytest.raises(Unreadable, match="is empty"):
        read_batch(text)


@pytest.mark.parametrize("garbage", [bytes(range(256)), b"\x00" * 64, b"\xff" * 64, b"nope"])
def test_garbage_is_one_bad_entry(garbage: bytes) -> None:
    (entry,) = read(garbage)

    assert entry.startswith("is not JSON")


def test_bytes_that_are_no_text_are_replaced_and_then_judged() -> None:
    assert read(b'{"title": "Stra\xdfe"}') == ["Stra\ufffde"]


def test_a_text_that_is_too_long_is_refused_with_its_field_and_limit() -> None:
    (entry,) = read(json.dumps({"title": "x", "description": "y" * 10_000_000}))

    assert entry == "description: is 10000000 characters long; at most 20000 are allowed"


def test_what_is_said_of_an_entry_carries_none_of_its_control_characters() -> None:
    (entry,) = read(json.dumps({"title": "x", "\x1b[31mred\n\u202e": 1}))

    assert entry == one_line(entry) == "[31mred: there is no such field"


def test_only_the_first_problems_of_an_entry_are_told() -> None:
    (entry,) = read(json.dumps({"title": "x", **{f"field{n}": n for n in range(30)}}))

    assert entry.endswith("field9: there is no such field; and 20 more")
