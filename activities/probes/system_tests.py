"""A service's tests of itself, each by its own kind of probe."""

from pathlib import Path

from activities.probes import command, http, tcp
from activities.probes.observation import Observation
from incidents.policy.services import SystemTest


async def run(test: SystemTest, directory: Path) -> Observation:
    """Run one test within its time limit; a command runs in `directory`."""
    if test.http:
        return await http.probe(test.http, test.within)
    if test.tcp:
        return await tcp.probe(test.tcp, test.within)
    if test.command:
        return await command.probe(test.command, test.within, directory)
    raise ValueError(f"test {test.name!r} is none of http, tcp, command")
