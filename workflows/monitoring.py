"""What monitors say: how often it came again, and that it is over."""

from temporalio import workflow

from workflows.acting import Acting

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.actions import Action, Resolve
    from standfast.incidents.flowchart import Box
    from standfast.incidents.impact_ledger import Statement
    from standfast.incidents.monitoring import Recovered, Recovery, Repeats
    from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict


class Monitoring(Acting):
    """Repeats and recoveries, as they come by signal."""

    def repeats(self, counted: Repeats) -> None:
        """Take what a counter has counted since we last heard; hearing it twice is nothing."""
        times = counted.total - self.state.counted.get(counted.counter, 0)
        if times <= 0:
            # Another counter's telling came first, but not with what is worse among these.
            if not self.refusal(Action.REPORT_AGAIN, counted.report):
                self.heard(Statement.of(report, self.now) for report in counted.worse)
                self.show()
            return
        self.state.counted[counted.counter] = counted.total
        if self.refusal(Action.REPORT_AGAIN, counted.report):
            # As with a report that comes too late: the next episode begins with it.
            reports = (*counted.worse, counted.report)[:times]
            self.state.next_reports.extend(reports)
            self.state.next_more += max(times - len(reports), 0)
            return
        self.reported_again(counted.report, times, counted.worse)
        self.show()

    async def recovered(self, said: Recovery) -> None:
        """A monitor says that it is over; that stands until it fires again."""
        if self.state.ends_early or self.state.stage is Box.CLOSE:
            return
        self.state.recovered[said.by] = Recovered(detail=said.detail, resolves=said.resolves)
        self.note("recovered", said.by, said.detail)
        if self.state.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP):
            self._hear(said.by, said.detail)
        await self.resolve_if_recovered()
        self.show()

    async def resolve_if_recovered(self) -> None:
        """Where the policy lets a monitor resolve, its word is the resolution."""
        if self.state.stage is not Box.RESOLVE:
            return
        for source, said in self.state.recovered.items():
            if said.resolves:
                summary = f"{source} says that it has recovered. {said.detail}".rstrip()
                action = Resolve(by=source, summary=summary)
                if self.refusal(Action.RESOLVE, action) is None:
                    await self.do(Action.RESOLVE, action)
                return

    def hear_monitors(self) -> None:
        """What monitors said last, and have not taken back since, is evidence now."""
        for source, said in self.state.recovered.items():
            self._hear(source, said.detail)

    def _hear(self, source: str, detail: str) -> None:
        self.state.evidence.append(
            Evidence(
                kind=EvidenceKind.SYSTEM_TESTS,
                source=source,
                says=Verdict.RESOLVED,
                detail=detail or "it has recovered",
                at=self.now,
            )
        )
