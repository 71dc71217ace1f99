"""What a policy has connected to: every place that names a host, for the list of hosts to judge."""

from collections.abc import Iterator, Mapping

from standfast.policy.hosts import host_of
from standfast.policy.runbooks import Runbook, Work
from standfast.policy.schedules import is_url
from standfast.policy.services import Service
from standfast.policy.system_tests import SystemTest
from standfast.policy.teams import Team


def reached(
    services: Mapping[str, Service], runbooks: Mapping[str, Runbook], teams: Mapping[str, Team]
) -> Iterator[tuple[str, str]]:
    """Each dotted place in the policy that names a host to connect to, and the host."""
    for key, service in services.items():
        for index, test in enumerate(service.tests):
            for place, host in _by_test(test):
                yield f"services.{key}.tests.{index}.{place}", host
        for index, source in enumerate(service.logs):
            if source.loki:
                place = f"services.{key}.logs.{index}.loki.server"
                yield place, host_of(source.loki.server)
    for key, runbook in runbooks.items():
        for place, work in _works(runbook):
            if work.http:
                yield f"runbooks.{key}{place}.http.url", host_of(work.http.url)
    for key, team in teams.items():
        for index, tier in enumerate(team.tiers):
            if tier.calendar and is_url(tier.calendar):
                yield f"teams.{key}.tiers.{index}.calendar", host_of(tier.calendar)


def _by_test(test: SystemTest) -> Iterator[tuple[str, str]]:
    if test.http:
        yield "http.url", host_of(test.http.url)
    if test.tcp:
        yield "tcp.host", test.tcp.host
    if test.tls:
        yield "tls.host", test.tls.host
    if test.promql:
        yield "promql.server", host_of(test.promql.server)


def _works(runbook: Runbook) -> Iterator[tuple[str, Work]]:
    for index, step in enumerate(runbook.steps):
        yield f".steps.{index}", step
        if step.check:
            yield f".steps.{index}.check", step.check
        if step.undo:
            yield f".steps.{index}.undo", step.undo
    yield ".check", runbook.check
