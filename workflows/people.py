"""What people do to an incident, at any time: updates that answer at once, and signals.

Each action is an update with a validator, which refuses with the reason and leaves no trace, and
a signal of the same name, whose refusal is put on the timeline since nobody waits for an answer.
"""

from typing import Any, NoReturn

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.episode import cause_of
from workflows.monitoring import Monitoring

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.actions import (
        PAYLOADS,
        Acknowledge,
        Action,
        ActionResult,
        Approve,
        Command,
        Comment,
        Delegate,
        Deny,
        Escalate,
        Hold,
        Page,
        Reassign,
        Reprioritise,
        Resolve,
        Resume,
        Verify,
        Withdraw,
    )
    from standfast.incidents.monitoring import Recovery, Repeats
    from standfast.incidents.record import IncidentView, TimelineEntry
    from standfast.incidents.relations import Absorb, Link, Linked, Merge
    from standfast.incidents.repair import Repaired
    from standfast.incidents.report import Report
    from standfast.messages.message import InboundMessage


class People(Monitoring):
    """Every message that the workflow takes, and the two queries."""

    @workflow.query(name=names.QUERY_INCIDENT, description="Everything about this episode")
    def incident(self) -> IncidentView:
        return self.view()

    @workflow.query(name=names.QUERY_TIMELINE, description="What happened, oldest first")
    def timeline(self) -> list[TimelineEntry]:
        return list(self.state.timeline)

    @workflow.update(name=Action.ACKNOWLEDGE.value, description="Take it: paging stops")
    async def update_acknowledge(self, action: Acknowledge) -> ActionResult:
        return await self._accept(Action.ACKNOWLEDGE, action)

    @update_acknowledge.validator
    def check_acknowledge(self, action: Acknowledge) -> None:
        self._refuse_what_makes_no_sense(Action.ACKNOWLEDGE, action)

    @workflow.signal(name=Action.ACKNOWLEDGE.value, description="As the update")
    async def signal_acknowledge(self, payload: Any = None) -> None:
        await self._take(Action.ACKNOWLEDGE, payload)

    @workflow.update(name=Action.RESOLVE.value, description="It is resolved: verification begins")
    async def update_resolve(self, action: Resolve) -> ActionResult:
        return await self._accept(Action.RESOLVE, action)

    @update_resolve.validator
    def check_resolve(self, action: Resolve) -> None:
        self._refuse_what_makes_no_sense(Action.RESOLVE, action)

    @workflow.signal(name=Action.RESOLVE.value, description="As the update")
    async def signal_resolve(self, payload: Any = None) -> None:
        await self._take(Action.RESOLVE, payload)

    @workflow.update(name=Action.VERIFY.value, description="The reporter says whether it is")
    async def update_verify(self, action: Verify) -> ActionResult:
        return await self._accept(Action.VERIFY, action)

    @update_verify.validator
    def check_verify(self, action: Verify) -> None:
        self._refuse_what_makes_no_sense(Action.VERIFY, action)

    @workflow.signal(name=Action.VERIFY.value, description="As the update")
    async def signal_verify(self, payload: Any = None) -> None:
        await self._take(Action.VERIFY, payload)

    @workflow.update(name=Action.ESCALATE.value, description="Ask for the next tier")
    async def update_escalate(self, action: Escalate) -> ActionResult:
        return await self._accept(Action.ESCALATE, action)

    @update_escalate.validator
    def check_escalate(self, action: Escalate) -> None:
        self._refuse_what_makes_no_sense(Action.ESCALATE, action)

    @workflow.signal(name=Action.ESCALATE.value, description="As the update")
    async def signal_escalate(self, payload: Any = None) -> None:
        await self._take(Action.ESCALATE, payload)

    @workflow.update(name=Action.REASSIGN.value, description="To another team, or person in it")
    async def update_reassign(self, action: Reassign) -> ActionResult:
        return await self._accept(Action.REASSIGN, action)

    @update_reassign.validator
    def check_reassign(self, action: Reassign) -> None:
        self._refuse_what_makes_no_sense(Action.REASSIGN, action)

    @workflow.signal(name=Action.REASSIGN.value, description="As the update")
    async def signal_reassign(self, payload: Any = None) -> None:
        await self._take(Action.REASSIGN, payload)

    @workflow.update(name=Action.HOLD.value, description="Stop the clocks; somebody else must act")
    async def update_hold(self, action: Hold) -> ActionResult:
        return await self._accept(Action.HOLD, action)

    @update_hold.validator
    def check_hold(self, action: Hold) -> None:
        self._refuse_what_makes_no_sense(Action.HOLD, action)

    @workflow.signal(name=Action.HOLD.value, description="As the update")
    async def signal_hold(self, payload: Any = None) -> None:
        await self._take(Action.HOLD, payload)

    @workflow.update(name=Action.RESUME.value, description="The clocks go on where they stopped")
    async def update_resume(self, action: Resume) -> ActionResult:
        return await self._accept(Action.RESUME, action)

    @update_resume.validator
    def check_resume(self, action: Resume) -> None:
        self._refuse_what_makes_no_sense(Action.RESUME, action)

    @workflow.signal(name=Action.RESUME.value, description="As the update")
    async def signal_resume(self, payload: Any = None) -> None:
        await self._take(Action.RESUME, payload)

    @workflow.update(name=Action.COMMENT.value, description="A note on the timeline")
    async def update_comment(self, action: Comment) -> ActionResult:
        return await self._accept(Action.COMMENT, action)

    @update_comment.validator
    def check_comment(self, action: Comment) -> None:
        self._refuse_what_makes_no_sense(Action.COMMENT, action)

    @workflow.signal(name=Action.COMMENT.value, description="As the update")
    async def signal_comment(self, payload: Any = None) -> None:
        await self._take(Action.COMMENT, payload)

    @workflow.update(name=Action.REPRIORITISE.value, description="New impact and urgency")
    async def update_reprioritise(self, action: Reprioritise) -> ActionResult:
        return await self._accept(Action.REPRIORITISE, action)

    @update_reprioritise.validator
    def check_reprioritise(self, action: Reprioritise) -> None:
        self._refuse_what_makes_no_sense(Action.REPRIORITISE, action)

    @workflow.signal(name=Action.REPRIORITISE.value, description="As the update")
    async def signal_reprioritise(self, payload: Any = None) -> None:
        await self._take(Action.REPRIORITISE, payload)

    @workflow.update(name=Action.PAGE.value, description="Page whoever is on call, now")
    async def update_page(self, action: Page) -> ActionResult:
        return await self._accept(Action.PAGE, action)

    @update_page.validator
    def check_page(self, action: Page) -> None:
        self._refuse_what_makes_no_sense(Action.PAGE, action)

    @workflow.signal(name=Action.PAGE.value, description="As the update")
    async def signal_page(self, payload: Any = None) -> None:
        await self._take(Action.PAGE, payload)

    @workflow.update(name=Action.COMMAND.value, description="Take command, or give it")
    async def update_command(self, action: Command) -> ActionResult:
        return await self._accept(Action.COMMAND, action)

    @update_command.validator
    def check_command(self, action: Command) -> None:
        self._refuse_what_makes_no_sense(Action.COMMAND, action)

    @workflow.signal(name=Action.COMMAND.value, description="As the update")
    async def signal_command(self, payload: Any = None) -> None:
        await self._take(Action.COMMAND, payload)

    @workflow.update(name=Action.LINK.value, description="Another incident belongs to it")
    async def update_link(self, action: Link) -> ActionResult:
        return await self._accept(Action.LINK, action)

    @update_link.validator
    def check_link(self, action: Link) -> None:
        self._refuse_what_makes_no_sense(Action.LINK, action)

    @workflow.signal(name=Action.LINK.value, description="As the update")
    async def signal_link(self, payload: Any = None) -> None:
        await self._take(Action.LINK, payload)

    @workflow.update(name=Action.MERGE.value, description="It is the same as another")
    async def update_merge(self, action: Merge) -> ActionResult:
        return await self._accept(Action.MERGE, action)

    @update_merge.validator
    def check_merge(self, action: Merge) -> None:
        self._refuse_what_makes_no_sense(Action.MERGE, action)

    @workflow.signal(name=Action.MERGE.value, description="As the update")
    async def signal_merge(self, payload: Any = None) -> None:
        await self._take(Action.MERGE, payload)

    @workflow.update(name=Action.APPROVE.value, description="Let the runbook run")
    async def update_approve(self, action: Approve) -> ActionResult:
        return await self._accept(Action.APPROVE, action)

    @update_approve.validator
    def check_approve(self, action: Approve) -> None:
        self._refuse_what_makes_no_sense(Action.APPROVE, action)

    @workflow.signal(name=Action.APPROVE.value, description="As the update")
    async def signal_approve(self, payload: Any = None) -> None:
        await self._take(Action.APPROVE, payload)

    @workflow.update(name=Action.DENY.value, description="Forbid the runbook; people take over")
    async def update_deny(self, action: Deny) -> ActionResult:
        return await self._accept(Action.DENY, action)

    @update_deny.validator
    def check_deny(self, action: Deny) -> None:
        self._refuse_what_makes_no_sense(Action.DENY, action)

    @workflow.signal(name=Action.DENY.value, description="As the update")
    async def signal_deny(self, payload: Any = None) -> None:
        await self._take(Action.DENY, payload)

    @workflow.update(name=Action.DELEGATE.value, description="Let somebody else approve too")
    async def update_delegate(self, action: Delegate) -> ActionResult:
        return await self._accept(Action.DELEGATE, action)

    @update_delegate.validator
    def check_delegate(self, action: Delegate) -> None:
        self._refuse_what_makes_no_sense(Action.DELEGATE, action)

    @workflow.signal(name=Action.DELEGATE.value, description="As the update")
    async def signal_delegate(self, payload: Any = None) -> None:
        await self._take(Action.DELEGATE, payload)

    @workflow.update(name=Action.WITHDRAW.value, description="Not needed any more: close it")
    async def update_withdraw(self, action: Withdraw) -> ActionResult:
        return await self._accept(Action.WITHDRAW, action)

    @update_withdraw.validator
    def check_withdraw(self, action: Withdraw) -> None:
        self._refuse_what_makes_no_sense(Action.WITHDRAW, action)

    @workflow.signal(name=Action.WITHDRAW.value, description="As the update")
    async def signal_withdraw(self, payload: Any = None) -> None:
        await self._take(Action.WITHDRAW, payload)

    @workflow.update(name=Action.REPORT_AGAIN.value, description="The same thing, reported again")
    async def update_report_again(self, action: Report) -> ActionResult:
        return await self._accept(Action.REPORT_AGAIN, action)

    @update_report_again.validator
    def check_report_again(self, action: Report) -> None:
        self._refuse_what_makes_no_sense(Action.REPORT_AGAIN, action)

    @workflow.signal(name=Action.REPORT_AGAIN.value, description="As the update")
    async def signal_report_again(self, payload: Any = None) -> None:
        await self._take(Action.REPORT_AGAIN, payload)

    @workflow.signal(name=names.REPEATS, description="Reported again, so many times in all")
    async def signal_repeats(self, action: Repeats) -> None:
        self.repeats(action)

    @workflow.signal(name=names.RECOVERED, description="A monitor says that it is over")
    async def signal_recovered(self, action: Recovery) -> None:
        await self.recovered(action)

    @workflow.signal(name=names.REPAIRED, description="Its run was reset to before a fault")
    async def signal_repaired(self, action: Repaired) -> None:
        self.note("repaired", action.by, action.detail)

    @workflow.signal(name=names.LINKED, description="Another incident was linked to this one")
    async def signal_linked(self, action: Linked) -> None:
        await self.linked(action)

    @workflow.signal(name=names.ABSORB, description="Another incident was merged into this one")
    async def signal_absorb(self, action: Absorb) -> None:
        if action.incident_id == self.state.merged_into:
            # Each was merged into the other; that one has taken this one in, so it goes on itself.
            return
        if self.refusal(Action.REPORT_AGAIN, action.report):
            # As with a report that comes too late: the next episode begins with it.
            self.state.next_reports.append(action.report)
            return
        self.absorb(action)

    def _refuse_what_makes_no_sense(self, name: Action, action: InboundMessage) -> None:
        if reason := self.refusal(name, action):
            _refuse(reason)

    async def _accept(self, name: Action, action: InboundMessage) -> ActionResult:
        """Do what an update asks. It may have lost its sense since the validator saw it."""
        self._refuse_what_makes_no_sense(name, action)
        try:
            message = await self.do(name, action)
        except ActivityError as refused:
            _refuse(cause_of(refused))
        return ActionResult(
            incident_id=self.state.incident_id,
            action=name,
            message=message,
            stage=self.state.stage,
        )

    async def _take(self, name: Action, payload: Any) -> None:
        """Do what a signal asks; what cannot be done is said on the timeline."""
        try:
            action = PAYLOADS[name].model_validate(payload)
        except ValidationError as invalid:
            self.note("refused", detail=f"{name}: {_fields(invalid)}")
            return
        reason = self.refusal(name, action)
        if reason and isinstance(action, Report):
            # The next episode begins with it: a report is never lost (see `close`).
            self.state.next_reports.append(action)
            return
        try:
            if reason is None:
                await self.do(name, action)
        except (ActivityError, ApplicationError) as refused:
            reason = cause_of(refused) if isinstance(refused, ActivityError) else refused.message
        if reason:
            self.note("refused", getattr(action, "by", ""), f"{name}: {reason}")


def _refuse(reason: str) -> NoReturn:
    raise ApplicationError(reason, type="Refused", non_retryable=True)


def _fields(invalid: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, error['loc'])) or 'payload'}: {error['msg']}"
        for error in invalid.errors(include_input=False, include_url=False)
    )
