"""`demo`: incidents of an example company walk the whole flowchart, through a power cut."""

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson
from standfast.demo import screen
from standfast.demo.performance import AudienceMessage, Performance
from standfast.demo.result import Result
from standfast.demo.stage import Stage
from standfast.terminal.lines import print_line
from standfast.terminal.output import err, out, print_json

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running afterwards, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Watch incidents walk every edge of the flowchart, on a Temporal server of their own.

    In the middle, that server and the worker are killed and started again. Everything is in a
    temporary directory that is removed afterwards. Exit code 0 means that every edge was walked and
    every incident closed as expected.
    """
    local_settings()
    place = Path(tempfile.mkdtemp(prefix="standfast-demo-"))
    try:
        result = asyncio.run(_show(place, keep=keep, as_json=as_json))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        with _undisturbed():
            shutil.rmtree(place)
    if result.problems:
        raise typer.Exit(1)


async def _show(place: Path, *, keep: bool, as_json: bool) -> Result:
    """Run the whole demo; however it ends, nothing of it keeps running."""
    _stop_on_signals()
    stage = Stage(place)
    try:
        if not as_json:
            for line in screen.introduction(stage):
                print_line(line)
        await stage.start()
        result = await _perform(stage, as_json=as_json)
        if keep:
            screen.show_where_it_is(stage, err() if as_json else out())
            await stage.ended()
        return result
    finally:
        with _undisturbed():
            await stage.close()


async def _perform(stage: Stage, *, as_json: bool) -> Result:
    console = screen.console()
    drawn = console.is_terminal and not as_json

    def hear(told: AudienceMessage) -> None:
        if not (drawn or as_json):
            screen.plain(told, console)

    performance = Performance(stage, hear)
    async with screen.live(performance, console) if drawn else nullcontext():
        result = await performance.run()
    if as_json:
        print_json(result)
    else:
        for part in screen.ending(result):
            console.print(part)
    return result


def _stop_on_signals() -> None:
    """Treat SIGTERM and SIGHUP like Ctrl-C."""
    running = asyncio.current_task()
    if running:
        for number in _ENDING:
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore further signals, such as a second Ctrl-C, while everything ends within seconds."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *_ENDING)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
