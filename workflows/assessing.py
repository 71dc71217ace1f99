"""What the first boxes answer: asked together, since nothing happens between them."""

from temporalio import workflow

from workflows.assigning import Assigning
from workflows.timeouts import ASSESS, CONSULT

with workflow.unsafe.imports_passed_through():
    from activities.assessment import AssessmentActivities
    from activities.assignment import AssignmentActivities
    from activities.requests import Assessment, AssessmentRequest
    from standfast.incidents.assignment import Assignment
    from workflows.state import Case


class Assessing(Assigning):
    """One activity answers all boxes up to the next wait; each box takes its answer from it."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._assessment: Assessment | None = None

    async def assess(self) -> Assessment:
        """The answers of the boxes from here to the next wait."""
        if self._assessment is None:
            state = self.state
            request = AssessmentRequest(
                report=state.report,
                at=self.now,
                question=state.question(),
                classification=state.classification,
            )
            self.busy_with("the policy decides", ASSESS)
            self._assessment = await self.act(
                AssessmentActivities.assess, request, ASSESS, "assess it"
            )
            state.plans = self._assessment.plans
            if state.classification is None:
                # Later, what is worse is taken by whoever acts on it: see `Judging`.
                state.ledger.take(request.question, self._assessment.judgement)
        return self._assessment

    def assess_anew(self) -> None:
        """Something is waited for: by then other answers may be right."""
        self._assessment = None

    async def whom_to_give_it(self, tier: int, *, everyone: bool) -> Assignment:
        """Who gets it in that tier, counted from 1: of its team, or of the one that fits."""
        before = self.state.assignment
        if before is None and (found := (await self.assess()).assignment):
            self.assess_anew()
            return found
        team = before.team if before else self.classification.team
        request = self.asked_of(team, tier, page_everyone=everyone)
        self.busy_with("the policy decides who gets it", CONSULT)
        return await self.act(AssignmentActivities.assign, request, CONSULT, "who gets it?")
