"""Verify: the reporter says whether the incident is resolved."""

from typing import Annotated, Any

from pydantic import field_validator

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Choice, Radio, TextArea
from standfast.incidents.actions.guard import GuardInput
from standfast.incidents.flowchart import Box
from standfast.incidents.person import PersonAction
from standfast.incidents.resolution import Verdict
from standfast.incidents.roles import Role
from standfast.messages.message import MultilineText, at_most


class Verify(PersonAction):
    """The reporter, or somebody for them, says whether it is resolved."""

    verdict: Verdict
    comment: Annotated[MultilineText, at_most(4_000)] = ""

    @field_validator("verdict", mode="before")
    @classmethod
    def _partial_is_short_for(cls, verdict: Any) -> Any:
        return Verdict.PARTIALLY_RESOLVED if verdict == "partial" else verdict


def _guard(now: GuardInput) -> str | None:
    if now.stage not in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
        return f"nothing to verify yet: it is in {now.stage}"
    return None


VERIFY = ActionDescription(
    action=Action.VERIFY,
    payload=Verify,
    summary="Confirm, as the reporter or for them, whether it is resolved.",
    example={"verdict": "resolved", "comment": "Works since noon"},
    guard=_guard,
    role=Role.REPORTER,
    fields=(
        Radio(
            "verdict",
            "Is it resolved?",
            choices=(
                Choice(Verdict.RESOLVED, "Yes, it is resolved", "--resolved", "It works again."),
                Choice(Verdict.PARTIALLY_RESOLVED, "In part", "--partial", "It works in part."),
                Choice(Verdict.UNRESOLVED, "No, it is not", "--unresolved", "It is as before."),
            ),
        ),
        TextArea("comment", "Comment", help="What was seen.", rows=2),
    ),
    button="Confirm",
    done="Thank you. Your answer is recorded as evidence.",
    stands_open=True,
    shows_work=True,
)
