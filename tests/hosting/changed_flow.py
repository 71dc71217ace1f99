"""The incident's workflow as a later, incompatible version has it: another command comes first."""

from temporalio import workflow

from workflows.incident import IncidentWorkflow

with workflow.unsafe.imports_passed_through():
    from standfast.incidents import names
    from standfast.incidents.record import ClosedIncident
    from workflows.state import Case


@workflow.defn(name=names.WORKFLOW)
class ChangedWorkflow(IncidentWorkflow):
    """Writes into the memo before it does anything else; for the rest it is the same."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: Case) -> ClosedIncident:
        workflow.upsert_memo({"changed": True})
        return await super().run(case)
