"""Whom events name, as schedules and calendar programs write it; nobody is guessed."""

import pytest

from tests.on_call.december import NIGHT, found, told
from tests.on_call.ics import calendar, event

DUTY = "ATTENDEE;CN=Nobody:mailto:{}"
NAMED = [
    # where it comes from, the summary, other lines, who is on call
    ("PagerDuty", "On Call - Ana Berg - Network", "", "ana"),
    ("PagerTree, HappyUptime", "[L1] Ana Berg on call", "", "ana"),
    ("Grafana OnCall", "[L2] ana", "", "ana"),
    ("Grafana OnCall by address", "ana@fernhill.example", "", "ana"),
    ("Opsgenie", "Network_schedule: ben.carter@fernhill.example", "", "ben"),
    ("Splunk On-Call", "Ana Berg (Primary)", "", "ana"),
    ("an address in brackets", "Ana <ANA@fernhill.example>", "", "ana"),
    ("alertmixer/amixr#10: two", "Ana Berg / ben", "", "ana+ben"),
    ("two, with what they do", "Primary: ana & Secondary: Ben Carter", "", "ana+ben"),
    ("Outlook: last name first", "Berg\\, Ana", "", "ana"),
    ("Exchange", "Duty", 'ATTENDEE;CN="Carter, Ben":invalid:nomail', "ben"),
    ("what cannot be seen", "\u200bana\u00a0berg\ufeff", "", "ana"),
    (
        "grafana/oncall#3603: Atlassian, by name",
        "Duty",
        "ATTENDEE;X-CONFLUENCE-USER-KEY=8a7f;CN=Ana Berg;CUTYPE=INDIVIDUA\r\n L:mailto:a@b.example",
        "ana",
    ),
    ("a picture before it", "📟\ufe0f Ana Berg", "", "ana"),
    ("no space", "Oncall:ana", "", "ana"),
    ("whose shift it is", "Ana Berg's shift", "", "ana"),
    ("where", "Ana Berg @ Network", "", "ana"),
    ("two, in words", "Ana Berg and Ben Carter", "", "ana+ben"),
    ("the name of the shift", "Holiday on-call: Ana Berg", "", "ana"),
    (
        "RFC 7986: EMAIL",
        "Duty",
        "ATTENDEE;CN=x;EMAIL=ana@fernhill.example:urn:uuid:1",
        "ana",
    ),
    ("an address with an escape", "Duty", "ATTENDEE:mailto:ana%40fernhill.example", "ana"),
    ("an address in brackets there", "Duty", "ATTENDEE:mailto:<ana@fernhill.example>", "ana"),
    ("Outlook's quotes", "Duty", "ATTENDEE;CN=\"'Ana Berg'\":invalid:nomail", "ana"),
    ("where they work", "Duty", 'ATTENDEE;CN="Ana Berg (Fernhill)":invalid:nomail', "ana"),
    ("by address", "Duty", DUTY.format("Ben.Carter@fernhill.example"), "ben"),
    ("by a name that is an address", "Duty", "ATTENDEE;CN=ana@fernhill.example:invalid:x", "ana"),
    (
        "two",
        "Duty",
        f"{DUTY.format('ben.carter@fernhill.example')}\r\n{DUTY.format('ana@fernhill.example')}",
        "ben+ana",
    ),
    ("the summary first", "Ana Berg", DUTY.format("ben.carter@fernhill.example"), "ana"),
    (
        "one declined, one is a room",
        "Duty",
        "ATTENDEE;PARTSTAT=DECLINED;CN=Ana Berg:mailto:x@y\r\n"
        "ATTENDEE;CUTYPE=ROOM;CN=Ana Berg:mailto:x@y\r\nATTENDEE;CN=Ben Carter:mailto:z@y",
        "ben",
    ),
]


@pytest.mark.parametrize(
    ("summary", "more", "who"), [case[1:] for case in NAMED], ids=[case[0] for case in NAMED]
)
def test_people_are_found_as_schedules_export_them(summary: str, more: str, who: str) -> None:
    lines = [more] if more else []
    assert told(calendar(event(summary, *NIGHT, *lines, uid="1"))) == [f"02 Dec 22:00 {who}"]


UNKNOWN = [
    ("Duty", "", ("no person 'Duty'",)),
    ("ana ben", "", ("no person 'ana ben'",)),
    ("Banana day", "", ("no person 'Banana day'",)),
    ("Ana Berg - Ben Carter", "", ("'Ana Berg - Ben Carter' may be ana or ben",)),
    ("Duty", DUTY.format("x@y"), ("no person 'Duty'", "no person for the attendee 'Nobody'")),
    ("Duty", "ORGANIZER;CN=Ana Berg:mailto:ana@fernhill.example", ("no person 'Duty'",)),
    ("Duty", "DESCRIPTION:Ana Berg", ("no person 'Duty'",)),
    ("Vacation: Ana Berg", "", ("'Vacation: Ana Berg' says that somebody is away",)),
    ("Ana Berg - PTO", "", ("'Ana Berg - PTO' says that somebody is away",)),
    ("Not on call: ana", "", ("'Not on call: ana' says that somebody is away",)),
    ("Ana Berg (Urlaub)", "", ("'Ana Berg (Urlaub)' says that somebody is away",)),
    ("Canceled: Ana Berg", "", ()),
    ("Abgesagt: Ana Berg", "", ()),
]


@pytest.mark.parametrize(("summary", "more", "problems"), UNKNOWN)
def test_whoever_is_not_named_by_the_rule_is_not_guessed(
    summary: str, more: str, problems: tuple[str, ...]
) -> None:
    answer = found(calendar(event(summary, *NIGHT, *filter(None, [more]), uid="1")))
    assert answer == ((), problems)
