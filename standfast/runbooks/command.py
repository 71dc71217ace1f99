"""A command of a runbook: an argument list, run on the worker's machine."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from standfast.incidents.resolution import StepOutcome
from standfast.messages.message import words_of
from standfast.policy.section import Command
from standfast.programs.limits import ResourceLimits, limit_reached
from standfast.programs.running import CannotStart, run_program
from standfast.runbooks.work_result import CheckResult, WorkResult

OUTPUT_LIMIT = 2_000
"""Bytes of output that are kept, half from the head and half from the tail."""

LAST_CONCLUSIVE = 125
"""As a check's exit code; from 126 on a shell says that nothing ran, or a signal ended it."""


async def run_command(
    command: Command,
    *,
    within: timedelta,
    environment: Mapping[str, str],
    directory: Path,
    programs: Path,
    limits: ResourceLimits,
) -> WorkResult:
    """Run it in `directory`; all that it started is gone when this returns or raises.

    programs: where a program given by a relative path is: the directory of the policy file.
    """
    program, *arguments = command
    if "/" in program:
        program = str(programs / program)
    try:
        result = await run_program(
            (program, *arguments),
            within=within,
            env=environment,
            cwd=directory,
            output_limit=OUTPUT_LIMIT,
            limits=limits,
        )
    except CannotStart as problem:
        return WorkResult(
            outcome=StepOutcome.FAILED,
            words=f"could not be started: {problem.reason}",
            as_check=CheckResult.INCONCLUSIVE,
            output=problem.reason,
            started=False,
        )
    code, outcome, as_check = result.exit_code, StepOutcome.FAILED, CheckResult.INCONCLUSIVE
    if result.timed_out:
        outcome, words = StepOutcome.TIMED_OUT, f"was not done within {words_of(within)}"
    elif code is None:
        words = "was killed from outside; nobody saw its exit code"
    elif code:
        limit = limit_reached(code)
        words = f"failed with exit code {code}" + (f": {limit}" if limit else "")
        as_check = CheckResult.FAILED if code <= LAST_CONCLUSIVE else CheckResult.INCONCLUSIVE
    else:
        outcome, words, as_check = StepOutcome.SUCCEEDED, "succeeded", CheckResult.PASSED
    return WorkResult(
        outcome=outcome, words=words, as_check=as_check, exit_code=code, output=result.output
    )
