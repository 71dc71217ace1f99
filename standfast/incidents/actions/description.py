"""What is known of an action: all that updates, routes, forms and commands are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standfast.incidents.actions.action import Action, RecordAction
from standfast.incidents.actions.fields import Field
from standfast.incidents.actions.guard import Guard, always
from standfast.incidents.roles import Role
from standfast.messages.message import InboundMessage


@dataclass(frozen=True)
class ActionDescription:
    """One action.

    payload: what comes with it; its fields are the update's, the signal's and the route's.
    summary: one sentence that says what it does: in `--help`, in docs/commands.md, in the API's
        document and in the Temporal UI.
    example: a payload as the API's document shows it; who acts is left out.
    guard: when it makes sense; asked while responders work on it, where it needs that.
    needs_people: it makes sense only while responders work on the incident. While the incident is
        on its way to a tier, it waits until they do.
    role: who may, over the API and in the console.
    fields: what is filled in, in the console's form and as options of the command.
    button: what the console's button says. Empty where the console and the command line have
        another way to do it, so they offer nothing.
    done: what the page says afterwards; without it, that the button's action is done.
    stands_open: where it is the first that makes sense, its form stands open above the others.
    after_close: it can be done until the run ends, also while it closes, and from then on to the
        record of the closed incident.
    for_several: it makes sense for several incidents at once.
    shows_work: it shows that somebody works on the incident, so an acknowledgement stays good. The
        other actions end or restart that wait themselves.
    """

    action: Action | RecordAction
    payload: type[InboundMessage]
    summary: str
    example: Mapping[str, Any]
    guard: Guard = always
    needs_people: bool = False
    role: Role = Role.RESPONDER
    fields: tuple[Field, ...] = ()
    button: str = ""
    done: str = ""
    stands_open: bool = False
    after_close: bool = False
    for_several: bool = False
    shows_work: bool = False

    def __post_init__(self) -> None:
        for field in self.fields:
            if field.name not in self.payload.model_fields:
                raise ValueError(f"{self.action}: its payload has no field {field.name}")

    @property
    def offered(self) -> bool:
        """Whether it has a form in the console and a command of its own."""
        return bool(self.button)

    @property
    def confirmation(self) -> str:
        """What the page says once it is done."""
        return self.done or f"{self.button}: done."
