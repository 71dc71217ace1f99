"""A small incident log with the columns of the real one, written for tests."""

import csv
import io
from collections.abc import Iterator, Sequence

_FIRST_LINE = (
    "number,incident_state,active,reassignment_count,reopen_count,sys_mod_count,made_sla,caller_id,"
    "opened_by,opened_at,sys_created_by,sys_created_at,sys_updated_by,sys_updated_at,contact_type,"
    "location,category,subcategory,u_symptom,cmdb_ci,impact,urgency,priority,assignment_group,"
    "assigned_to,knowledge,u_priority_confirmation,notify,problem_id,rfc,vendor,caused_by,"
    "closed_code,resolved_by,resolved_at,closed_at"
)
COLUMNS = next(csv.reader([_FIRST_LINE]))

LIES = {"closed_code": "code 6", "resolved_by": "nobody", "resolved_at": "x", "closed_at": "x"}
"""In the columns that tell the end on every row, so that whoever reads them fails."""

FIRST = {
    "reopen_count": "0",
    "caller_id": "Caller 7",
    "impact": "2 - Medium",
    "urgency": "2 - Medium",
    "priority": "3 - Moderate",
    "assignment_group": "Group 1",
    "assigned_to": "?",
}
"""What a row has unless it, or one before it, says otherwise."""

Row = dict[str, str]
Change = tuple[str, str] | tuple[str, str, Row]
"""When, the state then, and what else had changed."""

P1 = {"impact": "1 - High", "urgency": "1 - High", "priority": "1 - Critical"}
P4 = {"impact": "3 - Low", "urgency": "2 - Medium", "priority": "4 - Low"}
TO_ANA = {"assigned_to": "Ana 1"}
REOPENED = {"reopen_count": "1"}

NEW, ACTIVE, RESOLVED, CLOSED = "New", "Active", "Resolved", "Closed"
USER, VENDOR = "Awaiting User Info", "Awaiting Vendor"
PROBLEM, EVIDENCE = "Awaiting Problem", "Awaiting Evidence"

INCIDENTS: dict[str, list[Change]] = {
    "INC-usual": [
        ("1/3/2027 09:00", NEW),
        ("1/3/2027 09:20", ACTIVE, TO_ANA),
        ("1/3/2027 09:50", ACTIVE, {"knowledge": "true"}),
        ("1/3/2027 11:00", RESOLVED),
        ("6/3/2027 11:32", CLOSED),
    ],
    "INC-all-holds": [
        ("1/3/2027 09:00", ACTIVE, {**P1, **TO_ANA}),
        ("1/3/2027 10:00", VENDOR),
        ("2/3/2027 10:00", EVIDENCE),
        ("2/3/2027 10:00", PROBLEM),
        ("3/3/2027 10:00", USER),
        ("4/3/2027 10:00", ACTIVE),
        ("5/3/2027 10:00", RESOLVED),
        ("7/3/2027 12:00", CLOSED),
    ],
    "INC-begins-resolved": [("1/3/2027 09:00", RESOLVED), ("6/3/2027 09:00", CLOSED)],
    "INC-begins-on-hold": [
        ("1/3/2027 09:00", USER),
        ("1/3/2027 09:30", ACTIVE),
        ("1/3/2027 10:00", NEW),
        ("1/3/2027 10:30", ACTIVE),
        ("1/3/2027 11:00", RESOLVED),
        ("3/3/2027 11:00", ACTIVE, REOPENED),
        ("3/3/2027 12:00", RESOLVED),
        ("8/3/2027 12:01", CLOSED),
    ],
    "INC-begins-closed": [("1/3/2027 09:00", CLOSED)],
    "INC-never-resolved": [("1/3/2027 09:00", NEW), ("1/3/2027 09:40", CLOSED)],
    "INC-two-episodes": [
        ("1/3/2027 09:00", NEW),
        ("1/3/2027 09:40", RESOLVED),
        ("6/3/2027 10:00", CLOSED),
        ("6/3/2027 10:20", CLOSED, {"knowledge": "true"}),
        ("20/3/2027 10:00", ACTIVE, {**P1, **REOPENED}),
        ("20/3/2027 11:00", USER),
        ("20/3/2027 12:00", RESOLVED),
        ("20/3/2027 12:00", CLOSED),
    ],
    "INC-moved-about": [
        ("1/3/2027 09:00", NEW, {"assignment_group": "?"}),
        ("1/3/2027 09:10", NEW, {"assignment_group": "Group 2"}),
        ("1/3/2027 09:10", ACTIVE, {"assigned_to": "Bo 2"}),
        ("1/3/2027 09:20", USER, {"assignment_group": "Group 1", **TO_ANA}),
        ("1/3/2027 09:30", VENDOR, {"assigned_to": "?"}),
        ("1/3/2027 09:40", RESOLVED, {"assignment_group": "Group 3", "assigned_to": "Cy 3"}),
        ("2/3/2027 09:40", RESOLVED, {"assigned_to": "Di 3"}),
        ("2/3/2027 09:50", USER, REOPENED),
        ("2/3/2027 10:00", RESOLVED),
        ("7/3/2027 10:59", CLOSED),
    ],
    "INC-unknowns": [
        ("1/3/2027 09:00", "?", {"caller_id": "?", "impact": "?", "priority": "?"}),
        ("1/3/2027 09:30", "-100"),
        ("?", ACTIVE),
        ("1/3/2027 10:30", "-100", {"reopen_count": "?"}),
        ("1/3/2027 11:30", RESOLVED),
    ],
    "INC-touched-late": [
        ("1/3/2027 09:00", ACTIVE),
        ("1/3/2027 10:00", RESOLVED),
        ("7/3/2027 10:00", RESOLVED, {"knowledge": "true"}),
        ("9/3/2027 10:00", CLOSED),
    ],
    "INC-priorities": [
        ("1/3/2027 09:00", NEW),
        ("1/3/2027 09:10", NEW, P4),
        ("1/3/2027 09:20", USER),
        ("1/3/2027 09:30", USER, P1),
        ("1/3/2027 09:40", RESOLVED, P4),
        ("1/3/2027 09:50", RESOLVED, P1),
        ("1/3/2027 09:55", CLOSED),
    ],
    "INC-still-open": [("1/3/2027 09:00", NEW), ("1/9/2027 09:00", PROBLEM)],
}
"""Every shape that is known of the real log; none of them gives the process any trouble."""

IMPOSSIBLE: dict[str, list[Change]] = {
    "INC-other-matrix": [
        ("1/3/2027 09:00", NEW),
        ("1/3/2027 09:30", ACTIVE, {"urgency": "1 - High"}),
        ("1/3/2027 09:40", ACTIVE, {"knowledge": "true"}),
    ],
    "INC-miscounted": [("1/3/2027 09:00", NEW), ("1/3/2027 09:30", ACTIVE, {"reopen_count": "3"})],
    "INC-other-states": [("1/3/2027 09:00", NEW), ("1/3/2027 09:30", "Asleep")],
}
"""What the process cannot follow: each differs in one thing."""


def rows_of(number: str, changes: Sequence[Change]) -> Iterator[Row]:
    """A whole row for each change; what has changed stays so."""
    row = dict.fromkeys(COLUMNS, "?") | FIRST | LIES | {"number": number}
    row["opened_at"] = changes[0][0]
    for count, (at, state, *changed) in enumerate(changes):
        row |= {"incident_state": state, "sys_mod_count": str(count), "sys_updated_at": at}
        for more in changed:
            row |= more
        yield dict(row)


def log_of(incidents: dict[str, list[Change]]) -> list[Row]:
    """The rows of many incidents."""
    return [row for number, changes in incidents.items() for row in rows_of(number, changes)]


def text_of(rows: Sequence[Row]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
