"""A progress bar, for commands that do many things."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from standfast.terminal.output import err


@contextmanager
def progress(doing: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error, if that is a terminal; yields a function to advance it."""
    console = err()
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)
