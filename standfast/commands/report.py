"""`report`: one issue from options, or a file of them."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from standfast.commands.failures import UsageError
from standfast.commands.fields import valid
from standfast.commands.options import AsJson, read_labels
from standfast.commands.session import Session, in_session
from standfast.incidents.report import Channel, Report, ReportResult, refusal
from standfast.intake.errors import IntakeError, NotLetIn, Refused, Unavailable, Unreadable
from standfast.intake.files import LARGEST_FILE, Batch, Entry, read_batch
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json

IN_FLIGHT = 20
"""How many reports of a file are sent at the same time."""


def report(
    title: Annotated[str | None, typer.Option(help="What is wrong, in one line.")] = None,
    description: Annotated[str | None, typer.Option(help="More about it.")] = None,
    service: Annotated[str | None, typer.Option(help="The service that is affected.")] = None,
    reporter: Annotated[
        str | None, typer.Option(help="Who noticed it, preferably an e-mail address.")
    ] = None,
    channel: Annotated[
        Channel | None, typer.Option(help="How it came in.  \\[default: cli]")
    ] = None,
    users_affected: Annotated[
        int | None, typer.Option(help="How many people are affected.")
    ] = None,
    impact_statement: Annotated[
        str | None, typer.Option(help="What cannot be done because of it.")
    ] = None,
    error_message: Annotated[str | None, typer.Option(help="What the software said.")] = None,
    occurred_at: Annotated[
        str | None, typer.Option(metavar="ISO", help="When, like 2026-11-24T10:45:00Z.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="A label; may be repeated.")
    ] = None,
    dedup_key: Annotated[
        str | None, typer.Option(help="Reports with the same key join one incident.")
    ] = None,
    confidential: Annotated[
        bool | None,
        typer.Option("--confidential", help="Only its team and those named by it find it."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="A JSON report, a JSON list of reports, or JSON Lines; - is stdin."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report an issue, or a file of them.

    Prints the incident's id. The valid entries of a list are reported; each invalid one is named by
    its position and field, and the exit code is then 1.
    """
    given = {
        "title": title,
        "description": description,
        "service": service,
        "reporter": reporter,
        "channel": channel,
        "users_affected": users_affected,
        "impact_statement": impact_statement,
        "error_message": error_message,
        "occurred_at": occurred_at,
        "labels": read_labels(label) if label else None,
        "dedup_key": dedup_key,
        "confidential": confidential,
    }
    fields = {name: value for name, value in given.items() if value is not None}
    if file is not None:
        if fields:
            raise UsageError("--file cannot be combined: the fields of a report come from the file")
        batch = _read(file)
    elif title is None:
        raise UsageError("give --title, or --file with one or more reports")
    else:
        batch = Batch((Entry(1, valid(Report, {"channel": Channel.CLI, **fields})),), single=True)
    run = _Run(batch)
    try:
        if run.waiting:
            in_session(run.send)
    finally:
        # However it ends, the incidents that exist by now are printed.
        run.print_results(as_json)
    if run.refused:
        raise typer.Exit(1)


def _read(file: Path) -> Batch:
    name = "standard input" if str(file) == "-" else str(file)
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with file.open("rb") as source:
                data = source.read(LARGEST_FILE + 1)
        return read_batch(data)
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror}") from None
    except Unreadable as error:
        raise Refused(f"{name} {error}") from None


@dataclass
class _Run:
    """The reports of one call, as they are sent."""

    batch: Batch
    accepted: dict[int, ReportResult] = field(default_factory=dict)
    refused: dict[int, Sequence[str]] = field(default_factory=dict)
    _away: str = ""

    def __post_init__(self) -> None:
        self.waiting: list[tuple[int, Report]] = []
        now = datetime.now(UTC)
        for entry in self.batch.entries:
            if entry.report is None:
                self.refused[entry.position] = entry.problems
            elif reason := refusal(entry.report, now):
                self.refused[entry.position] = (reason,)
            else:
                self.waiting.append((entry.position, entry.report))

    async def send(self, session: Session) -> None:
        """Report them, `IN_FLIGHT` at the same time, in the order of the file."""
        entries = iter(self.waiting)
        with self._progress() as advance:

            async def carry() -> None:
                for position, report in entries:
                    await self._send_one(session, position, report)
                    advance()

            await asyncio.gather(*(carry() for _ in range(min(IN_FLIGHT, len(self.waiting)))))

    @contextmanager
    def _progress(self) -> Iterator[Callable[[], None]]:
        """A function to call after each; of several reports it advances a progress bar."""
        if self.batch.single:
            yield lambda: None
            return
        from standfast.terminal.progress import progress

        with progress("Reporting", len(self.waiting)) as advance:
            yield advance

    async def _send_one(self, session: Session, position: int, report: Report) -> None:
        if self._away:
            self.refused[position] = (f"was not sent: {self._away}",)
            return
        try:
            self.accepted[position] = await session.incidents.report(report)
        except (Unavailable, NotLetIn) as away:
            self._away = str(away)
            self.refused[position] = (self._away,)
        except IntakeError as refused:
            self.refused[position] = (str(refused),)

    def print_results(self, as_json: bool) -> None:
        """Print accepted reports to standard output, and refused ones to standard error."""
        for position in sorted(self.refused):
            for problem in self.refused[position]:
                print_note(problem if self.batch.single else f"entry {position}: {problem}")
        for remark in dict.fromkeys(
            result.note for result in self.accepted.values() if result.note
        ):
            print_note(remark)
        accepted = [(position, self.accepted[position]) for position in sorted(self.accepted)]
        if as_json:
            answers = [
                {
                    "incident_id": result.incident_id,
                    "created": result.created,
                    "episode": result.episode,
                    **({} if self.batch.single else {"position": position}),
                }
                for position, result in accepted
            ]
            if not self.batch.single:
                print_json(answers)
            elif answers:
                print_json(answers[0])
            return
        for _, result in accepted:
            print_line(f"{result.incident_id} {_became(result)}")
        if not self.batch.single:
            print_line(f"{len(accepted)} of {len(self.batch.entries)} reports accepted")


def _became(result: ReportResult) -> str:
    if not result.created:
        return "joined: it is open already"
    return f"opened again, episode {result.episode}" if result.episode > 1 else "opened"
