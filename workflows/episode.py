"""What every part of the workflow stands on: its state, its activities, what it shows."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar, overload

from temporalio import workflow
from temporalio.common import Priority as TaskPriority
from temporalio.common import SearchAttributeUpdate
from temporalio.exceptions import ActivityError

from workflows.timeouts import LONGEST_DECISION

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.assessment import Answer, Classification, Priority
    from standfast.incidents.flowchart import Box
    from standfast.incidents.record import IncidentView
    from workflows.details import details_of
    from workflows.state import Case
    from workflows.view import Step, taken_up, view_of

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Episode:
    """One episode of an incident: state, decisions, activities, and what operators see."""

    def __init__(self, case: Case) -> None:
        info = workflow.info()
        self.state = case.opened(info.workflow_id, info.start_time)
        self._resumed_in = self.state.stage if case.state else None
        self._step = taken_up(info.start_time)
        if offer := workflow.extern_functions().get(names.OFFER_VIEW):
            offer(self.view)

    @property
    def now(self) -> datetime:
        """The workflow's clock: the same moment again in every replay."""
        return workflow.now()

    @property
    def priority(self) -> Priority:
        """P3 until triage has decided."""
        return self.state.priority or Priority.P3

    @property
    def classification(self) -> Classification:
        """What classification said; it is asked for only after that box."""
        if self.state.classification is None:
            raise RuntimeError("asked before classification")
        return self.state.classification

    def note(
        self, event: str, actor: str = "", detail: str = "", *, person: str = "", why: str = ""
    ) -> None:
        """Add to the timeline now."""
        self.state.note(self.now, event, actor, detail, person=person, why=why)

    def enter(self, box: Box) -> bool:
        """Walk into a box. False when continue-as-new left us standing in it."""
        if self._resumed_in is box:
            self._resumed_in = None
            return False
        self.state.path.append(box)
        self._step = Step(what=f"{box} decides", until=self.now + LONGEST_DECISION)
        self.show()
        return True

    def answered(self, box: Box, answer: Answer) -> bool:
        """Record a box's answer with its reasons, and say whether it was yes."""
        self.policy_seen(answer.policy_version)
        self.state.decide(box, answer, self.now)
        self.note(str(box), detail=f"{answer.answer}: {'; '.join(answer.reasons)}")
        return answer.yes

    def policy_seen(self, version: str) -> None:
        """Note by which version of the policy somebody has just decided, for whoever planned."""
        self.state.policy_version = version or self.state.policy_version

    @overload
    async def act(
        self,
        work: Callable[[Any, Asked], Awaitable[Given]],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Given: ...

    @overload
    async def act(
        self,
        work: Callable[[Any, Asked], Given],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Given: ...

    async def act(
        self,
        work: Callable[[Any, Asked], Any],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Any:
        """Touch the world, in an activity that overtakes those of less urgent incidents."""
        urgency = TaskPriority(priority_key=self.priority.number)
        config: dict[str, Any] = {**how, "priority": urgency, "summary": summary}
        return await workflow.execute_activity_method(work, on, **config)

    def busy_with(self, what: str, how: workflow.ActivityConfig) -> None:
        """Say what the incident waits for while an activity runs."""
        longest = how.get("schedule_to_close_timeout") or how.get("start_to_close_timeout")
        self._step = Step(what=what, until=self.now + (longest or LONGEST_DECISION))
        self.show()

    def view(self) -> IncidentView:
        """The incident as `show` prints it."""
        return view_of(self.state, self._step)

    def show(self) -> None:
        """Tell the Temporal UI where the incident stands; costs nothing."""
        workflow.set_current_details(details_of(self.view()))

    def publish(self) -> None:
        """Let operators filter by where the incident stands; one Action when something changed."""
        state, assignment, classification = (
            self.state,
            self.state.assignment,
            self.state.classification,
        )
        team = assignment.team if assignment else classification.team if classification else ""
        current = {
            names.STAGE: str(state.stage),
            names.PRIORITY: str(self.priority),
            names.CATEGORY: classification.category if classification else "",
            names.TEAM: team,
            names.ASSIGNEE: state.assignee,
        }
        published = workflow.info().typed_search_attributes
        updates: list[SearchAttributeUpdate[Any]] = [
            key.value_set(value)
            for key, value in current.items()
            if value and published.get(key) != value
        ]
        if assignment and published.get(names.TIER) != assignment.tier:
            updates.append(names.TIER.value_set(assignment.tier))
        if updates:
            workflow.upsert_search_attributes(updates)


def cause_of(failed: ActivityError) -> str:
    """Why an activity failed, in the words of its own error."""
    cause = failed.cause or failed
    return str(getattr(cause, "message", cause))
