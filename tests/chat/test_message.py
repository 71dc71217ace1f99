"""What the message of an incident says, by how the incident stands alone."""

from datetime import timedelta
from typing import Any

import pytest

from standfast.chat.message import Words, card, withheld
from standfast.incidents.flowchart import Box
from tests.console.views import NOW, TO_RESOLVE, a_view

WORDS = Words({"ana": "Ana Apps", "ben": "Ben Apps"}, link="https://standfast.example/i")

RESOLVED = {"by": "ana", "summary": "restarted it", "at": NOW}
WAITS = {"runbook": "restart", "approvers": ["ana", "ben"], "asked_at": NOW, "within": "PT1H"}
VERIFYING = (*TO_RESOLVE, Box.ISSUE_RESOLVED)
CLOSED = {"status": "closed", "closed_at": NOW}


def event(number: int, name: str, person: str | None = None, actor: str = "") -> dict[str, Any]:
    at = NOW + timedelta(minutes=number)
    entry = {"number": number, "at": at, "box": Box.RESOLVE, "event": name}
    return {**entry, "actor": actor, "person": person}


PAGED = [event(n, "page_sent", p) for n, p in enumerate(("ana", "ben", "ana"), 1)]
MANY = [event(n, "page_sent", f"p{n}") for n in range(1, 8)]
TAKEN = [*PAGED, event(4, "acknowledged", actor="ben")]


@pytest.mark.parametrize(
    ("path", "facts", "status", "buttons"),
    [
        ((Box.REPORT, Box.TRIAGE), {}, "Status: Standfast is working on it", []),
        (
            (*TO_RESOLVE[:3], Box.AUTOMATED_RESOLUTION),
            {"approval": WAITS},
            "Asked: Ana Apps, Ben Apps: may the runbook restart run?",
            ["approve", "deny"],
        ),
        (
            TO_RESOLVE,
            {},
            "Nobody has it yet: Nobody was reached yet",
            ["acknowledge", "resolve", "escalate"],
        ),
        (
            TO_RESOLVE,
            {"timeline": PAGED},
            "Nobody has it yet: Paged: Ben Apps, Ana Apps",
            ["acknowledge", "resolve", "escalate", "decline"],
        ),
        (
            TO_RESOLVE,
            {"timeline": MANY},
            "Nobody has it yet: Paged: p3, p4, p5, p6, p7 and 2 more",
            ["acknowledge", "resolve", "escalate", "decline"],
        ),
        (
            TO_RESOLVE,
            {"quiet_until": NOW},
            "Quiet: nobody is paged until",
            ["acknowledge", "resolve", "escalate"],
        ),
        (
            TO_RESOLVE,
            {"acknowledged_by": "ben", "timeline": TAKEN},
            "Has it: Ben Apps",
            ["resolve", "escalate"],
        ),
        (
            TO_RESOLVE,
            {"acknowledged_by": "ben", "on_hold": "vendor"},
            "On hold: for vendor; Ben Apps has it",
            ["resume", "resolve", "escalate"],
        ),
        (VERIFYING, {"resolution": RESOLVED}, "Resolved: by Ana Apps, and now it is verified", []),
        (
            (*VERIFYING, Box.FOLLOW_UP),
            {"resolution": RESOLVED},
            "Resolved: by Ana Apps, and now it is watched",
            [],
        ),
        (
            (*VERIFYING, Box.CLOSE),
            {**CLOSED, "outcome": "resolved", "resolution": RESOLVED},
            "Over: Resolved by Ana Apps",
            [],
        ),
        ((Box.REPORT, Box.CLOSE), {**CLOSED, "outcome": "withdrawn"}, "Over: Withdrawn", []),
        (
            (Box.REPORT, Box.CLOSE),
            {**CLOSED, "outcome": "merged", "merged_into": "INC-BBBBBBBBBB"},
            "Over: Merged into INC-BBBBBBBBBB",
            [],
        ),
    ],
)
def test_what_it_says(
    path: tuple[Box, ...], facts: dict[str, Any], status: str, buttons: list[str]
) -> None:
    shown = card(a_view(*path, priority="P1", **facts), WORDS)
    assert f"{shown.status.label}: {shown.status.text}" == status
    assert [each.action for each in shown.buttons] == buttons
    assert [each.main for each in shown.buttons[:2]] == [True, False][: len(buttons)]
    assert shown.summary == f"P1 Wiki crashed (INC-AAAAAAAAAA). {status}"
    assert shown.over == ("status" in facts)


def test_since_when_it_has_whom_is_the_last_time() -> None:
    again = [*TAKEN, event(5, "unacknowledged"), event(6, "acknowledged", actor="ben")]
    shown = card(a_view(acknowledged_by="ben", timeline=again), WORDS)
    assert shown.status.at == NOW + timedelta(minutes=6)


def test_a_title_is_cut_and_its_episode_named() -> None:
    shown = card(a_view(title="é" * 300, episode=3, priority="P2"), WORDS)
    assert shown.title == f"P2 {'é' * 199}… (INC-AAAAAAAAAA, episode 3)"


def test_what_is_withheld_tells_nothing() -> None:
    secret = a_view(confidential={"by": "ana"}, title="Payroll of Mr Smith")
    for view in (secret, secret.model_copy(update={"confidential": None})):
        left = withheld(view)
        assert "Payroll" not in repr(left)
        assert (left.facts, left.buttons, left.link) == ((), (), "")
