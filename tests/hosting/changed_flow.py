"""The incident's workflow as a later version has it that cannot go on with what is open."""

from temporalio import workflow

from workflows.incident import IncidentWorkflow

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.record import ClosedIncident
    from workflows.case import Case


@workflow.defn(name=names.WORKFLOW)
class ChangedWorkflow(IncidentWorkflow):
    """One more wait in one box, as a change without `workflow.patched` would have it."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> ClosedIncident:
        """As before."""
        return await super().run(case)

    async def resolve(self) -> bool:
        """Nobody works on it before an hour is over."""
        await workflow.sleep(3600)
        return await super().resolve()
