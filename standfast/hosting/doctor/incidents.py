"""Checks of the open incidents: what the watchdog finds."""

from collections.abc import Sequence

from standfast.hosting.doctor.check import Check, Installation, not_looked_at
from standfast.hosting.watchdog import build_finder
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.finding_texts import summary


async def open_incidents(installation: Installation) -> list[Check]:
    """Incidents that are stuck, overdue, or wait for nothing."""
    client = installation.client
    if client is None:
        return [not_looked_at("open incidents", "Temporal cannot be reached")]
    finder = build_finder(client, installation.records, installation.settings.task_queue)
    scan = await finder.scan()
    checks = [_found(kind, scan.findings) for kind in scan.checked]
    return checks + [not_looked_at(kind.words, why) for kind, why in scan.unchecked.items()]


def _found(kind: FindingKind, findings: Sequence[Finding]) -> Check:
    mine = [finding for finding in findings if finding.kind is kind]
    if not mine:
        return Check(name=kind.words, ok=True, what="no open incident, no review")
    first = [f"{each.about}: {each.what}" for each in mine[:5]]
    more = [f"and {len(mine) - 5} more"] if len(mine) > 5 else []
    return Check(
        name=kind.words,
        ok=False,
        what="; ".join([summary(mine), *first, *more]),
        remedy="; ".join(dict.fromkeys(each.remedy for each in mine)),
    )
