"""A service's tests of itself, each by its own kind of probe."""

from pathlib import Path

from standfast.incidents.observation import Observation
from standfast.policy.system_tests import KINDS, SystemTest
from standfast.probes import command, dns, http, promql, tcp, tls


async def run(test: SystemTest, directory: Path, hosts: tuple[str, ...]) -> Observation:
    """Run one test within its time limit.

    directory: where a command runs.
    hosts: the policy's list of what may be connected to.
    """
    if test.http:
        return await http.probe(test.http, test.within, hosts)
    if test.tcp:
        return await tcp.probe(test.tcp, test.within, hosts)
    if test.dns:
        return await dns.probe(test.dns, test.within)
    if test.tls:
        return await tls.probe(test.tls, test.within, hosts)
    if test.promql:
        return await promql.probe(test.promql, test.within, hosts)
    if test.command:
        return await command.probe(test.command, test.within, directory)
    raise ValueError(f"test {test.name!r} is none of {', '.join(KINDS)}")
