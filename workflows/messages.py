"""The messages by which people act: an update and a signal of the same name for each action.

They follow from the actions' descriptions. The update's validator refuses what makes no sense now
and leaves no trace; the signal takes any payload, so that one that is wrong is noted and not lost.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from temporalio import workflow

from workflows.actions import Actions

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.actions import ACTIONS, Action, ActionDescription, ActionResult
    from standfast.messages.message import InboundMessage


class HasActions(Protocol):
    """A workflow that people act on."""

    actions: Actions


Acted = TypeVar("Acted", bound=type[HasActions])


def takes_actions(cls: Acted) -> Acted:
    """Give a workflow its updates and signals; `workflow.defn` comes above it and finds them."""
    for action, description in ACTIONS.items():
        setattr(cls, f"update_{action}", _update(action, description))
        setattr(cls, f"signal_{action}", _signal(action))
    return cls


def _update(action: Action, description: ActionDescription) -> Callable[..., Any]:
    async def update(self: HasActions, payload: InboundMessage) -> ActionResult:
        return await self.actions.accept(action, payload)

    def check(self: HasActions, payload: InboundMessage) -> None:
        self.actions.check(action, payload)

    # By the annotations the SDK knows into what it decodes the payload; `self` must have none.
    update.__annotations__ = {"payload": description.payload, "return": ActionResult}
    check.__annotations__ = {"payload": description.payload, "return": None}
    update.__name__ = f"update_{action}"
    handler = workflow.update(name=action.value, description=description.summary)(update)
    handler.validator(check)
    return handler


def _signal(action: Action) -> Callable[..., Awaitable[None]]:
    async def signal(self: HasActions, payload: Any = None) -> None:
        await self.actions.take_signal(action, payload)

    signal.__annotations__ = {"payload": Any, "return": None}
    signal.__name__ = f"signal_{action}"
    return workflow.signal(name=action.value, description="As the update")(signal)
