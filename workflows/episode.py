"""One episode of an incident: its state, its timeline, and what people see of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar, overload

from temporalio import workflow
from temporalio.common import Priority as TaskPriority
from temporalio.common import SearchAttributeUpdate
from temporalio.exceptions import ActivityError

from workflows.activity_options import LONGEST_DECISION
from workflows.continue_as_new import should_continue_as_new

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.actions import Action
    from standfast.incidents.actions import refusal as refusal_of
    from standfast.incidents.actors import OURSELVES
    from standfast.incidents.assessment import Answer, Classification, Priority
    from standfast.incidents.assignment import Assignment
    from standfast.incidents.confidentiality import ADMINISTRATORS, TITLE, readers_of
    from standfast.incidents.flowchart import Box
    from standfast.incidents.person import PersonAction
    from standfast.incidents.record import IncidentView, TimelineEntry
    from standfast.incidents.relations import Link, Merge
    from standfast.incidents.same_person import known_as
    from standfast.messages.message import InboundMessage
    from workflows.case import Case
    from workflows.details import details_of
    from workflows.view import Step, taken_up, view_of

WRITES_REPORTERS_IN_ONE_WAY = "writes a reporter in one way"
"""The patch since when somebody is one reporter, however their address is written.

For incidents that were open when this came (30 November 2026), since the changelog says that they
go on. From 0.2.0 on, `workflow.deprecate_patch` takes its place.
"""

Asked = TypeVar("Asked")
Given = TypeVar("Given")


class Episode:
    """The state, its record, the activities that are run for it, and what operators see."""

    def __init__(self, case: Case) -> None:
        info = workflow.info()
        # Not `start_time`, which is that of the first task: nobody may have worked at it for hours.
        self.state = case.opened(info.workflow_id, info.workflow_start_time)
        self.goes_on = case.state is not None
        """Whether an earlier run of this episode was continued as this one."""
        self.is_long = False
        """Whether this run has become so long that it should be continued as a new one."""
        self._resumed_in = self.state.stage if case.state else None
        self._step = taken_up(info.start_time)
        self._to_be_shown = False
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

    @property
    def assignment(self) -> Assignment:
        """Who has it; asked for only once somebody has."""
        if self.state.assignment is None:
            raise RuntimeError("asked before assignment")
        return self.state.assignment

    def note(
        self, event: str, actor: str = "", detail: str = "", *, person: str = "", why: str = ""
    ) -> None:
        """Add to the timeline now, which may make the run a long one."""
        self.state.note(self.now, event, actor, detail, person=person, why=why)
        self.check_length()

    def note_action(
        self, event: str, action: PersonAction, detail: str = "", why: str = ""
    ) -> None:
        """Add what a person did to the timeline, with the way by which it came."""
        self.state.note(self.now, event, action.by, detail, why=why, via=action.via)
        self.check_length()

    def closed(self, entries: Sequence[TimelineEntry]) -> None:
        """It is on record, with these last entries of its timeline."""
        for entry in entries:
            self.state.note(
                entry.at, entry.event, entry.actor, entry.detail, person=entry.person or ""
            )
        self.state.closed_at = entries[-1].at

    def check_length(self) -> None:
        """Look whether this run has become a long one.

        Only where something on record has happened: that Temporal suggests it is no event.
        """
        self.is_long = self.is_long or should_continue_as_new(self.state.timeline)

    def enter(self, box: Box) -> bool:
        """Enter a box. False when this run began in it, after continue-as-new."""
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
        """Note the version of the policy by which something has just been decided."""
        self.state.policy_version = version or self.state.policy_version

    def name_of(self, person: str) -> str:
        """How a reporter is written here: as when they reported first. Others as they are.

        No mark of the patch, where it is written in that way already.
        """
        known = self.state.reporters
        written = person if person in known else known_as(person, known)
        if not written or written == person:
            return person
        return written if workflow.patched(WRITES_REPORTERS_IN_ONE_WAY) else person

    def refusal(self, name: Action, action: InboundMessage) -> str | None:
        """Why an action makes no sense now, or not from whom it comes; None when it does."""
        other = action.other if isinstance(action, Link | Merge) else ""
        by, entered_by = getattr(action, "by", ""), getattr(action, "entered_by", "")
        as_reporter = getattr(action, "as_reporter", False)
        now = self.state.guard_input(
            by,
            other,
            entered_by=entered_by,
            as_reporter=as_reporter,
            meant_for=getattr(action, "episode", None),
            from_tier=getattr(action, "from_tier", None),
        )
        return refusal_of(name, now)

    @overload
    async def run_activity(
        self,
        work: Callable[[Any, Asked], Awaitable[Given]],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Given: ...

    @overload
    async def run_activity(
        self,
        work: Callable[[Any, Asked], Given],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Given: ...

    async def run_activity(
        self,
        work: Callable[[Any, Asked], Any],
        on: Asked,
        how: workflow.ActivityConfig,
        summary: str,
    ) -> Any:
        """Run an activity, ahead of those of less urgent incidents."""
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
        """Show in the Temporal UI where the incident stands, once this step is done.

        It costs no event; but the words take time, so they are put together once for all that
        happens in a step.
        """
        if not self._to_be_shown:
            self._to_be_shown = True
            asyncio.get_running_loop().call_soon(self._show)

    def _show(self) -> None:
        self._to_be_shown = False
        workflow.set_current_details(details_of(self.view()))

    def restrict(self, by: str, why: str, people: Iterable[str] = ()) -> None:
        """Make it confidential, also where Temporal shows it; `by` is empty for Standfast."""
        self.state.restrict(by or OURSELVES, why, people)
        self.note("restricted", by, why)
        self._publish_title()

    def unrestrict(self, by: str, why: str) -> None:
        """Let every responder find it again."""
        self.state.confidential = None
        self.note("unrestricted", by, why)
        self._publish_title()

    def _publish_title(self) -> None:
        """Have lists show its title, or, as long as it is confidential, nothing of it."""
        hidden, latest = self.state.confidential is not None, self.state.latest
        memo = {
            names.MEMO_TITLE: TITLE if hidden else self.state.report.title,
            names.MEMO_LATEST: latest.title if latest and not hidden else None,
        }
        workflow.upsert_memo(memo)
        self.update_search_attributes()
        self.show()

    def update_search_attributes(self) -> None:
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
            names.TEAM: team,
        }
        told_to_all = {
            names.CATEGORY: classification.category if classification else "",
            names.ASSIGNEE: state.assignee,
        }
        published = workflow.info().typed_search_attributes
        updates: list[SearchAttributeUpdate[Any]] = []
        published_readers = list(published.get(names.READERS) or ())
        was_confidential = ADMINISTRATORS in published_readers
        if not state.confidential:
            current |= told_to_all
        elif published_readers != (readers := list(readers_of(self.view()))):
            updates.append(names.READERS.value_set(readers))
            hidden = (*told_to_all, names.SERVICE)
            updates += [key.value_unset() for key in hidden if published.get(key)]
        if was_confidential and not state.confidential and state.report_now.service:
            updates.append(names.SERVICE.value_set(state.report_now.service))
        updates += [
            key.value_set(value)
            for key, value in current.items()
            if value and published.get(key) != value
        ]
        if assignment and published.get(names.TIER) != assignment.tier:
            updates.append(names.TIER.value_set(assignment.tier))
        if not state.confidential and (updates or was_confidential):
            # Who has to do with it goes along with what changes anyway: it is no Action of its own.
            readers = list(readers_of(self.view()))
            if readers != published_readers:
                key = names.READERS
                updates.append(key.value_set(readers) if readers else key.value_unset())
        if updates:
            workflow.upsert_search_attributes(updates)


def cause_of(failed: ActivityError) -> str:
    """Why an activity failed, in the words of its own error."""
    cause = failed.cause or failed
    return str(getattr(cause, "message", cause))
