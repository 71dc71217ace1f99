"""What people type into the search: what it means, and what is said where it means nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.search_query import (
    LONGEST_QUERY,
    Condition,
    Phrase,
    QueryError,
    SearchQuery,
    parse,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def phrase(*words: str, is_prefix: bool = False) -> Phrase:
    return Phrase(words, is_prefix)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", {}),
        ("  \n\t ", {}),
        ("disk Full", {"wanted": (phrase("disk"), phrase("full"))}),
        ("disk disk", {"wanted": (phrase("disk"),)}),
        ('"No space left"', {"wanted": (phrase("no", "space", "left"),)}),
        ("-test", {"unwanted": (phrase("test"),)}),
        (
            'disk -"this is a test"',
            {
                "wanted": (phrase("disk"),),
                "unwanted": (phrase("this", "is", "a", "test"),),
            },
        ),
        ("certificate*", {"wanted": (phrase("certificate", is_prefix=True),)}),
        ('"left on dev"*', {"wanted": (phrase("left", "on", "dev", is_prefix=True),)}),
        (
            "web-1 /var/log disk_full",
            {"wanted": (phrase("web", "1"), phrase("var", "log"), phrase("disk", "full"))},
        ),
        (
            "“No space left” service：vpn",
            {
                "wanted": (phrase("no", "space", "left"),),
                "conditions": (Condition("service", ("vpn",)),),
            },
        ),
        ("„Kein Platz“ «plus»", {"wanted": (phrase("kein", "platz"), phrase("plus"))}),
        ("label:site=Cafe\u0301", {"conditions": (Condition("label", ("site=café",)),)}),
        ("证书过期", {"wanted": (phrase("证书", "书过", "过期"),)}),
        ("证 VPN证书*", {"wanted": (phrase("证", is_prefix=True), phrase("vpn", "证书"))}),
        ("disk OR net", {"wanted": (phrase("disk"), phrase("net")), "left_out": ("OR",)}),
        ("disk NOT net", {"wanted": (phrase("disk"), phrase("net")), "left_out": ("NOT",)}),
        ("DISK NOT THERE", {"wanted": (phrase("disk"),)}),
        ("since:2026-W44", {"since": datetime(2026, 10, 26, tzinfo=UTC)}),
        ("Größe café", {"wanted": (phrase("grosse"), phrase("cafe"))}),
        ("the disk of it - & ***", {"wanted": (phrase("disk"),)}),
        (
            "https://wiki.example/x 10:30",
            {"wanted": (phrase("https", "wiki", "example", "x"), phrase("10", "30"))},
        ),
        ("service:vpn", {"conditions": (Condition("service", ("vpn",)),)}),
        ("SERVICE:VPN", {"conditions": (Condition("service", ("VPN",)),)}),
        ('team:"service desk"', {"conditions": (Condition("team", ("service desk",)),)}),
        ("-service:vpn", {"conditions": (Condition("service", ("vpn",), excluded=True),)}),
        (
            "priority:p1 priority:P2 priority:p1",
            {"conditions": (Condition("priority", ("P1", "P2")),)},
        ),
        (
            "priority:p1 -priority:p2",
            {
                "conditions": (
                    Condition("priority", ("P1",)),
                    Condition("priority", ("P2",), excluded=True),
                )
            },
        ),
        (
            "label:host=Web-1 label:site=Vienna",
            {
                "conditions": (
                    Condition("label", ("host=web-1",)),
                    Condition("label", ("site=vienna",)),
                )
            },
        ),
        (
            "reporter:Mia outcome:Resolved tag:DNS person:ana",
            {
                "conditions": (
                    Condition("reporter", ("mia",)),
                    Condition("outcome", ("resolved",)),
                    Condition("tag", ("dns",)),
                    Condition("person", ("ana",)),
                )
            },
        ),
        ("related:inc-7f3k2qxwm4", {"conditions": (Condition("related", ("INC-7F3K2QXWM4",)),)}),
        ("inc-7f3k2qxwm4", {"conditions": (Condition("id", ("INC-7F3K2QXWM4",)),)}),
        (
            "id:INC-7F3K2QXWM4 INC-AAAAAAAAAA",
            {"conditions": (Condition("id", ("INC-7F3K2QXWM4", "INC-AAAAAAAAAA")),)},
        ),
        ('"INC-7F3K2QXWM4"', {"wanted": (Phrase(("inc", "7f3k2qxwm4")),)}),
        ("is:closed", {"is_open": False}),
        ("is:closed is:Open", {"is_open": True}),
        ("since:2026-10", {"since": datetime(2026, 10, 1, tzinfo=UTC)}),
        (
            "since:2025 before:2026",
            {
                "since": datetime(2025, 1, 1, tzinfo=UTC),
                "before": datetime(2026, 1, 1, tzinfo=UTC),
            },
        ),
        ("before:2026-10-05", {"before": datetime(2026, 10, 5, tzinfo=UTC)}),
        ("since:2026-10-05T14:30+02:00", {"since": datetime(2026, 10, 5, 12, 30, tzinfo=UTC)}),
        ("since:7d", {"since": datetime(2026, 11, 23, 12, tzinfo=UTC)}),
    ],
)
def test_what_a_query_means(text: str, means: dict[str, Any]) -> None:
    assert parse(text, NOW) == SearchQuery(text=text.strip())._replace(**means)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "disk servise:vpn",
            '"servise:vpn" at character 6: there is no field servise; did you mean service? The fi',
        ),
        ("service:", '"service:" at character 1: write what to look for right after service:'),
        ('service:""', "write what to look for"),
        ('disk "no space', '""no space" at character 6: the quotes are not closed'),
        ('team:"desk', "the quotes are not closed"),
        ("priority:P9", "is no priority; they are P1, P2"),
        ("outcome:fixed", "is no outcome; they are automated, resolved"),
        ("is:pending", "an incident is:open or is:closed"),
        ("-is:open", "is: cannot be excluded"),
        ("label:host", "a label is looked for as label:NAME=VALUE"),
        ("related:7", "is not the id of an incident"),
        ("since:yesterday", "is not a date; write 2026"),
        ("since:2026-13", "is not a date"),
        ("since:99999999999d", "is not a date"),
        ("before:20261", "is not a date"),
        ("ab*", "needs at least 3 letters before the *"),
        ("к*", "needs at least 2 letters before the *"),
        ("the of", '"the" at character 1: there is nothing in it to look for'),
        ("& ***", "letters and digits are looked for, and no signs"),
        ("🔥", "letters and digits are looked for, and no signs"),
        ("since:2026-W54", "is not a date"),
        ("x" * (LONGEST_QUERY + 1), "at most 1000 are looked for"),
        (" ".join(f"w{n}" for n in range(25)), '"w24" at character 87: at most 24 words'),
        (f"service:{'x' * 601}", "a value has at most 600 characters"),
    ],
)
def test_what_is_said_of_a_query_that_means_nothing(text: str, said: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text, NOW)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 400


PIECES = st.sampled_from(
    ['"', "'", "-", "*", ":", "service:", "label:", "is:", "since:", "(", ")", "NEAR", " ", "a=b"]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES | st.text(max_size=4)).map("".join)))
def test_whatever_is_typed_has_a_meaning_or_an_error_that_says_where(text: str) -> None:
    try:
        query = parse(text, NOW)
    except QueryError as refused:
        query, at = SearchQuery(), refused.at
    else:
        at = 1
    assert 1 <= at <= max(1, len(text))
    for each in (*query.wanted, *query.unwanted):
        assert each.words
        assert all(word.isalnum() and word.isprintable() for word in each.words)
