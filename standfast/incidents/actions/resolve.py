"""Resolve: a responder says that the incident is resolved."""

from pydantic import field_validator

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Checkbox, TextArea, TextList
from standfast.incidents.resolution import ResolutionGiven


class Resolve(ResolutionGiven):
    """A responder says that it is resolved; verification decides."""

    @field_validator("summary")
    @classmethod
    def _say_what_was_done(cls, summary: str) -> str:
        if not summary:
            raise ValueError("must not be empty: say what was done")
        return summary


RESOLVE = ActionDescription(
    action=Action.RESOLVE,
    payload=Resolve,
    summary="Resolve an incident; its verification begins.",
    example={
        "summary": "Renewed the gateway's certificate",
        "steps": ["renewed it", "restarted the gateway"],
        "root_cause": "It had run out",
    },
    needs_people=True,
    fields=(
        TextArea("summary", "What was done"),
        TextList(
            "steps",
            "Steps",
            hint="One a line; they go into the knowledge base.",
            option="--step",
            help="One step; may be repeated.",
        ),
        TextArea(
            "root_cause",
            "Root cause",
            hint="If it is known.",
            help="The root cause.",
            rows=2,
        ),
        Checkbox("workaround", "This is a workaround", help="The cause remains."),
    ),
    button="Resolve",
    for_several=True,
    done="Resolved. Now it is verified.",
    stands_open=True,
)
