"""Every place in a policy that names a host to connect to, for the list of `hosts` to judge."""

from collections.abc import Iterator, Mapping

from standfast.policy.hosts import host_of
from standfast.policy.runbooks import Runbook, Work
from standfast.policy.schedules import is_url
from standfast.policy.services import Service
from standfast.policy.teams import Team


def connections(
    services: Mapping[str, Service], runbooks: Mapping[str, Runbook], teams: Mapping[str, Team]
) -> Iterator[tuple[str, str]]:
    """Each dotted place in the policy that names a host to connect to, and the host."""
    for key, service in services.items():
        for index, test in enumerate(service.tests):
            for place, host in test.details.connects_to().items():
                yield f"services.{key}.tests.{index}.{test.kind}.{place}", host
        for index, source in enumerate(service.logs):
            for place, host in source.connects_to().items():
                yield f"services.{key}.logs.{index}.{place}", host
    for key, runbook in runbooks.items():
        for place, work in _works(runbook):
            if work.http:
                yield f"runbooks.{key}{place}.http.url", host_of(work.http.url)
    for key, team in teams.items():
        for index, tier in enumerate(team.tiers):
            if tier.calendar and is_url(tier.calendar):
                yield f"teams.{key}.tiers.{index}.calendar", host_of(tier.calendar)


def _works(runbook: Runbook) -> Iterator[tuple[str, Work]]:
    for index, step in enumerate(runbook.steps):
        yield f".steps.{index}", step
        if step.check:
            yield f".steps.{index}.check", step.check
        if step.undo:
            yield f".steps.{index}.undo", step.undo
    yield ".check", runbook.check
