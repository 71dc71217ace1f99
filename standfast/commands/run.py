"""`run`: the worker, with the embedded Temporal server if none is configured, and the API."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Annotated

import typer

from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson
from standfast.hosting.process_supervisor import ProcessSupervisor
from standfast.terminal.output import print_json

Processes = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many processes the worker has; without it STANDFAST_WORKER_PROCESSES says how "
        "many, and without that the number of cores.",
    ),
]


def run(processes: Processes = None, as_json: AsJson = False) -> None:
    """Run everything for daily use: Temporal if none is configured, a worker, and the API.

    Runs until SIGTERM or Ctrl-C, then lets running activities finish; a second Ctrl-C ends at once.
    Exit code 0 after that, 1 if the worker or the API ended by itself. With --json, what they print
    goes to standard error, and a document with their exit codes is printed at the end.
    """
    output = sys.stderr if as_json else sys.stdout

    def say(line: str) -> None:
        with suppress(OSError):  # the reader of our output may be gone; the work goes on
            print(line, file=output, flush=True)

    async def run_all() -> bool:
        settings = local_settings(worker_processes=processes)
        result = await ProcessSupervisor(settings, say, processes).run()
        if as_json:
            print_json(asdict(result))
        return result.clean

    if not asyncio.run(run_all()):
        raise typer.Exit(1)
