"""The thirty incidents of the crash story: what is reported, and what people do about it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from standfast.incidents.actions import Action
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.report import Channel
from standfast.incidents.resolution import Verdict

REPORTER = "rita@crashville.example"

EVENT = {
    Action.ACKNOWLEDGE: "acknowledged",
    Action.RESOLVE: "resolved",
    Action.VERIFY: "verified",
    Action.ESCALATE: "escalation_asked",
    Action.HOLD: "held",
    Action.RESUME: "resumed",
    Action.APPROVE: "approved",
    Action.DENY: "denied",
    Action.WITHDRAW: "withdrawn",
}
"""What the timeline calls each action that was taken."""

SAFE_AS_SIGNAL = (Action.ACKNOWLEDGE, Action.RESOLVE, Action.HOLD, Action.RESUME)
"""A second one of these makes no sense, so that it may be sent until it is seen."""


class Step(NamedTuple):
    """What somebody does next. `mark` tells it from every other step of its incident."""

    action: Action
    payload: dict[str, Any]
    mark: str


@dataclass(frozen=True)
class Case:
    """One kind of incident, and how its people behave.

    walks: edges that its path must have, as `box→box`.
    verdicts: what the reporter says, one after the other; then the last one again.
    untouched: nobody does anything before it was escalated so often.
    """

    kind: str
    report: dict[str, Any]
    outcome: Outcome = Outcome.RESOLVED
    walks: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = (Verdict.RESOLVED,)
    untouched: int = 0
    holds: bool = False
    asks_for_help: bool = False
    approves: bool = True
    signals: bool = False
    withdraws: Callable[[IncidentView], bool] = field(default=lambda _: False)

    def next_step(self, view: IncidentView) -> Step | None:
        """What somebody does who sees the incident like this; None when nobody does anything."""

        def step(action: Action, by: str | None, **fields: object) -> Step:
            mark = f"{action}-{times(view, EVENT[action]) + 1}"
            return Step(action, {"by": by or "nobody", **fields}, mark)

        if self.withdraws(view):
            return step(Action.WITHDRAW, REPORTER, reason="not needed any more")
        said = times(view, "verified")
        verdict = self.verdicts[min(said, len(self.verdicts) - 1)]
        says = {"verdict": verdict, "comment": f"word {said + 1}"}
        match view.stage:
            case Box.AUTOMATED_RESOLUTION if times(view, "approval_asked"):
                if times(view, "approved") or times(view, "denied"):
                    return None
                return step(Action.APPROVE if self.approves else Action.DENY, "dan")
            case Box.RESOLVE:
                return self._work(view, step)
            case Box.ISSUE_RESOLVED if any(wait.kind == "person" for wait in view.waiting_for):
                return step(Action.VERIFY, REPORTER, **says)
            case Box.FOLLOW_UP if _last_word(view) is not Verdict.RESOLVED:
                return step(Action.VERIFY, REPORTER, **says)
        return None

    def _work(self, view: IncidentView, step: Callable[..., Step]) -> Step | None:
        if view.path.count(Box.ESCALATE) < self.untouched:
            return None
        if not view.acknowledged_by:
            return step(Action.ACKNOWLEDGE, view.assignee)
        me = view.acknowledged_by
        if self.holds and not times(view, "held"):
            return step(Action.HOLD, me, reason="vendor")
        if view.on_hold:
            return step(Action.RESUME, me) if times(view, "remind_sent") else None
        if self.asks_for_help and not times(view, "escalation_asked"):
            return step(Action.ESCALATE, me, reason="needs somebody who knows it")
        return step(Action.RESOLVE, me, summary=f"turned screw {times(view, 'resolved') + 1}")


def times(view: IncidentView, event: str) -> int:
    """How often the timeline has that event."""
    return sum(entry.event == event for entry in view.timeline)


def _last_word(view: IncidentView) -> Verdict | None:
    said = [piece.says for piece in view.evidence if piece.kind == "user_confirmation"]
    return said[-1] if said else None


def _with_people(view: IncidentView) -> bool:
    # Not only once a page is known to have arrived: somebody may have resolved it by then.
    return Box.RESOLVE in view.path


def _approval_asked(view: IncidentView) -> bool:
    return times(view, "approval_asked") > 0


def _on_hold(view: IncidentView) -> bool:
    return view.on_hold is not None


def _of(service: str, title: str, **fields: object) -> dict[str, Any]:
    return {"title": title, "service": service, "channel": Channel.PHONE, **fields}


_KIOSK = _of("kiosk", "Printer of the kiosk is dead")
_PRESS = _of("press", "Printer press is dead")
_OVEN = _of("oven", "Disk of the oven is cold")
_WIKI = _of("wiki", "Wiki crashed")
_SHOP = _of("shop", "The shop app shows old prices", users_affected=90)
_CORE = _of("core", "Outage of the core switch, vpn down", users_affected=900)
_FEED = _of("feed", "Feed app crashed")

_KINDS: tuple[Case, ...] = (
    *(Case("automatic", _KIOSK, Outcome.AUTOMATED, ("automated_resolution→close",)),) * 6,
    *(Case("approved", _PRESS, Outcome.AUTOMATED, ("automated_resolution→close",)),) * 2,
    Case("denied", _PRESS, approves=False, walks=("automated_resolution→high_impact",)),
    *(Case("runbook fails", _OVEN, walks=("automated_resolution→high_impact",)),) * 2,
    *(Case("by people", _WIKI, walks=("high_impact→assign", "follow_up→close")),) * 2,
    *(Case("by signals", _WIKI, signals=True, walks=("high_impact→assign",)),) * 2,
    *(Case("untouched", _WIKI, untouched=2, walks=("resolve→escalate",)),) * 2,
    Case("untouched and urgent", _SHOP, untouched=3, walks=("resolve→escalate",)),
    Case("high impact", _SHOP, walks=("high_impact→critical", "critical→assign")),
    *(Case("critical", _CORE, walks=("critical→escalate",)),) * 2,
    Case("asks for help", _WIKI, asks_for_help=True, walks=("resolve→escalate",)),
    Case(
        "unresolved at first",
        _WIKI,
        verdicts=(Verdict.UNRESOLVED, Verdict.RESOLVED),
        walks=("issue_resolved→escalate",),
    ),
    Case(
        "unresolved twice, by signals",
        _SHOP,
        signals=True,
        verdicts=(Verdict.UNRESOLVED, Verdict.UNRESOLVED, Verdict.RESOLVED),
        walks=("issue_resolved→escalate",),
    ),
    *(
        Case(
            "partly at first",
            _WIKI,
            verdicts=(Verdict.PARTIALLY_RESOLVED, Verdict.RESOLVED),
            walks=("issue_resolved→follow_up",),
        ),
    )
    * 2,
    *(Case("on hold", _WIKI, holds=True, walks=("assign→resolve",)),) * 2,
    Case("by system tests", _FEED, walks=("issue_resolved→follow_up",)),
    Case("withdrawn", _WIKI, Outcome.WITHDRAWN, withdraws=_with_people),
    Case("withdrawn on hold", _SHOP, Outcome.WITHDRAWN, holds=True, withdraws=_on_hold),
    Case("withdrawn unapproved", _PRESS, Outcome.WITHDRAWN, withdraws=_approval_asked),
)

CASES: tuple[Case, ...] = tuple(
    replace(case, report=case.report | {"labels": {"host": f"m{number}.storyville.example"}})
    for number, case in enumerate(_KINDS, start=1)
)
"""Each about a machine of its own: one remediation at a time per machine disturbs none."""
