"""Command probe: a program that must exit with 0."""

from standfast.incidents.observation import Observation, failed, inconclusive, passed, quote
from standfast.messages.message import words_of
from standfast.policy.system_tests import CommandTest
from standfast.probes.context import ProbeContext
from standfast.programs.running import CannotStart, inherited_environment, run_program


async def probe(test: CommandTest, context: ProbeContext) -> Observation:
    """Run it once; its whole tree is gone when this returns."""
    try:
        result = await run_program(
            test.run, within=context.within, env=inherited_environment(), cwd=context.directory
        )
    except CannotStart as error:
        return inconclusive(f"{quote(test.run[0])} could not be started: {quote(error.reason)}")
    said = f": {quote(result.output)}" if result.output.strip() else ""
    if result.timed_out:
        return failed(f"not done within {words_of(context.within)}{said}")
    if result.exit_code is None:
        return inconclusive(f"ended from outside, so nobody knows how{said}")
    if result.exit_code:
        return failed(f"exit code {result.exit_code}{said}")
    return passed(f"exit code 0{said}")
