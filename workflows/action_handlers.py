"""The messages by which people act: an update and a signal of the same name for each action.

They follow from the actions' descriptions. The update's validator refuses what makes no sense now
and leaves no trace; the signal takes any payload, so that one that is wrong is noted and not lost.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, Protocol, TypeVar

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.actions import Actions
from workflows.episode import Episode, cause_of

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.actions import (
        ACTIONS,
        Action,
        ActionDescription,
        ActionResult,
        waits_for_people,
    )
    from standfast.incidents.person import PersonAction
    from standfast.incidents.report import Report
    from standfast.incidents.roles import Role
    from standfast.messages.message import InboundMessage

WAITS_FOR_PEOPLE = "waits for people"
"""The patch since when what is done in the moment of an escalation waits, and is not refused.

For incidents that were open when this came (30 November 2026), since the changelog says that they
go on. From 0.2.0 on, `workflow.deprecate_patch` takes its place.
"""


class ActionHandlers:
    """Takes the updates and signals by which people act."""

    def __init__(self, episode: Episode, actions: Actions) -> None:
        self._episode = episode
        self._state = episode.state
        self._actions = actions

    def check(self, name: Action, action: InboundMessage) -> None:
        """Refuse an action that makes no sense now, nor in a moment."""
        if not waits_for_people(name, self._state.stage):
            self._check_now(name, action)

    def _check_now(self, name: Action, action: InboundMessage) -> None:
        if reason := self._episode.refusal(name, action):
            _refuse(reason)

    async def accept(self, name: Action, action: InboundMessage) -> ActionResult:
        """Do what an update asks. It may have lost its sense since the validator saw it."""
        await self._until_people_work(name)
        self._check_now(name, action)
        try:
            message = await self._do(name, action)
        except ActivityError as refused:
            _refuse(cause_of(refused))
        return ActionResult(
            incident_id=self._state.incident_id,
            action=name,
            message=message,
            stage=self._state.stage,
        )

    async def take_signal(self, name: Action, payload: Any) -> None:
        """Do what a signal asks; what cannot be done is noted on the timeline."""
        try:
            action = ACTIONS[name].payload.model_validate(payload)
        except ValidationError as invalid:
            self._episode.note("refused", detail=f"{name}: {_fields(invalid)}")
            return
        await self._until_people_work(name)
        reason = self._episode.refusal(name, action)
        if reason and isinstance(action, Report):
            # The next episode begins with it: a report is never lost (see `close`).
            self._state.next_reports.append(action)
            return
        try:
            if reason is None:
                await self._do(name, action)
        except (ActivityError, ApplicationError) as refused:
            reason = cause_of(refused) if isinstance(refused, ActivityError) else refused.message
        if reason:
            self._episode.note("refused", getattr(action, "by", ""), f"{name}: {reason}")

    async def _until_people_work(self, name: Action) -> None:
        """Let an action that needs them wait while it is looked up who gets the incident.

        Whoever acknowledges a page in the moment of its escalation has it, and is not refused.
        """
        if waits_for_people(name, self._state.stage) and workflow.patched(WAITS_FOR_PEOPLE):
            await workflow.wait_condition(lambda: not waits_for_people(name, self._state.stage))

    async def _do(self, name: Action, action: InboundMessage) -> str:
        if ACTIONS[name].role is Role.REPORTER and isinstance(action, PersonAction):
            action = action.model_copy(update={"by": self._episode.name_of(action.by)})
        method: Callable[[InboundMessage], Awaitable[str]] = getattr(self._actions, name)
        message = await method(action)
        if entered_by := getattr(action, "entered_by", ""):
            whose = action.reporter if isinstance(action, Report) else getattr(action, "by", "")
            self._episode.note("entered_for", entered_by, f"{name} for {whose}")
        # What a reporter says, or a stranger by mail, does not show that somebody works on it.
        if ACTIONS[name].shows_work and not getattr(action, "as_reporter", False):
            self._state.acted_at = self._episode.now
        self._episode.show()
        return message


class TakesActions(Protocol):
    """A workflow that people act on."""

    handlers: ActionHandlers


Workflow = TypeVar("Workflow", bound=type[TakesActions])


def takes_actions(cls: Workflow) -> Workflow:
    """Give a workflow its updates and signals; `workflow.defn` comes above it and finds them."""
    for action, description in ACTIONS.items():
        setattr(cls, f"update_{action}", _update(action, description))
        setattr(cls, f"signal_{action}", _signal(action))
    return cls


def _update(action: Action, description: ActionDescription) -> Callable[..., Any]:
    async def update(self: TakesActions, payload: InboundMessage) -> ActionResult:
        return await self.handlers.accept(action, payload)

    def check(self: TakesActions, payload: InboundMessage) -> None:
        self.handlers.check(action, payload)

    # By the annotations the SDK knows into what it decodes the payload; `self` must have none.
    update.__annotations__ = {"payload": description.payload, "return": ActionResult}
    check.__annotations__ = {"payload": description.payload, "return": None}
    update.__name__ = f"update_{action}"
    handler = workflow.update(name=action.value, description=description.summary)(update)
    handler.validator(check)
    return handler


def _signal(action: Action) -> Callable[..., Awaitable[None]]:
    async def signal(self: TakesActions, payload: Any = None) -> None:
        await self.handlers.take_signal(action, payload)

    signal.__annotations__ = {"payload": Any, "return": None}
    signal.__name__ = f"signal_{action}"
    return workflow.signal(name=action.value, description="As the update")(signal)


def _refuse(reason: str) -> NoReturn:
    raise ApplicationError(reason, type="Refused", non_retryable=True)


def _fields(invalid: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, error['loc'])) or 'payload'}: {error['msg']}"
        for error in invalid.errors(include_input=False, include_url=False)
    )
