"""`intake test`, `intake table`: what the policy makes of monitors' bodies; nothing is opened.

`intake stale`: what was set aside.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.intake_mail import mail
from standfast.commands.local.session import records_alone
from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson
from standfast.decisions.mapping import alerts_in, read_body
from standfast.decisions.stale import STALE_WITHIN
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.incidents.severity import SEVERITY
from standfast.intake.errors import Unreadable
from standfast.policy import Policy
from standfast.policy.sources import UnknownBodies
from standfast.policy_file.loading import load_policy
from standfast.records.recoveries import SetAside
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

LARGEST_BODY = 10_000_000
"""Bytes of a file with one body."""

_COLUMNS = ("File", "Source", "Action", "Title", "Service", "Severity", "Key", "State", "Reason")
_REFUSED = "refused"

intake = typer.Typer(
    help="Try out webhook bodies, and look at mail that was set aside.", no_args_is_help=True
)
intake.add_typer(mail, name="mail")


@intake.command("test")
def one_body(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="As the policy calls it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A body, as it would be sent.")],
    as_json: AsJson = False,
) -> None:
    """Show the alerts that the policy makes of one body; nothing is opened."""
    policy = load_policy(local_settings().policy)
    found = _mapped(policy, (source,), file)
    if as_json:
        print_json(_document(found))
    for alert in found.alerts:
        if not as_json:
            _describe(alert)
    if found.refused:
        print_note(str(found.refused))
        known = policy.sources.get(source)
        if known and known.unknown_bodies is UnknownBodies.OPEN:
            print_note("Sent over HTTP, what is not understood opens an incident that says so.")
        raise typer.Exit(1)


@intake.command("table")
def directory_of_bodies(
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="With one body per file.")],
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="The source of all files; or FILES=SOURCE, for files named FILES__… or FILES.…",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the alerts of each body in a directory, as a table; nothing is opened.

    Without --source, what comes before `__` in a file's name (or else before its first dot) is its
    source. If there is none of that name, or it refuses the body, similar names are tried.
    """
    if not directory.is_dir():
        raise Unreadable(f"{directory} is not a directory")
    policy = load_policy(local_settings().policy)
    one, by_prefix = _told(source or ())
    rows = [
        _mapped(policy, (one,) if one else _sources_of(policy, file.name, by_prefix), file)
        for file in sorted(directory.iterdir())
        if file.is_file()
    ]
    if as_json:
        print_json([{"file": found.file, **_document(found)} for found in rows])
        return
    _print(rows)
    alerts = [alert for found in rows for alert in found.alerts]
    counts = [(action, sum(alert.action is action for alert in alerts)) for action in AlertAction]
    refused = sum(found.refused is not None for found in rows)
    told = ", ".join(f"{count} {action}" for action, count in counts)
    print_line(f"{len(rows)} files: {told}, {refused} {_REFUSED}")


@intake.command("stale")
def set_aside(as_json: AsJson = False) -> None:
    """List the alerts that were set aside, since their source has said that they are over."""
    with records_alone() as records:
        found = records.recoveries.aside()
    if as_json:
        print_json(
            [
                {
                    "at": one.at.isoformat(),
                    "counts_at": _counts_at(one).isoformat(),
                    "source": one.stale.source,
                    "incident_id": one.stale.incident_id,
                    "report": one.stale.alert.report,
                }
                for one in found
            ]
        )
        return
    for one in found:
        title = one.stale.alert.report.title if one.stale.alert.report else one.key
        print_line(
            f"{one.stale.incident_id} {title}: set aside at "
            f"{local_time(one.at)}; counts from {local_time(_counts_at(one))} on"
        )
    if not found:
        print_note("no alert is set aside")


def _counts_at(aside: SetAside) -> datetime:
    return aside.at + STALE_WITHIN


@dataclass(frozen=True)
class _Found:
    """The result of one file: its alerts, or why there are none."""

    file: str
    source: str
    alerts: tuple[Alert, ...] = ()
    refused: CannotMap | None = None


def _told(sources: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The source of all files, and the sources by the first part of files' names."""
    whole = [text for text in sources if "=" not in text]
    if len(whole) > 1 or (whole and len(sources) > 1):
        raise UsageError("--source: give one for all files, or FILES=SOURCE, which may be repeated")
    by_prefix = dict(text.split("=", 1) for text in sources if "=" in text)
    return whole[0] if whole else "", by_prefix


def _sources_of(policy: Policy, file: str, by_prefix: Mapping[str, str]) -> tuple[str, ...]:
    """The sources to try for a file, the most likely first."""
    prefix = file.partition("__")[0] if "__" in file else file.partition(".")[0]
    if prefix in by_prefix:
        return (by_prefix[prefix],)
    alike = _alike(policy, prefix)
    return (prefix, *alike) if prefix in policy.sources or not alike else alike


def _alike(policy: Policy, name: str) -> tuple[str, ...]:
    """The other sources of which one's name begins with the other's."""
    return tuple(
        source
        for source in policy.sources
        if source != name and (source.startswith(name) or name.startswith(source))
    )


def _mapped(policy: Policy, sources: Sequence[str], file: Path) -> _Found:
    with file.open("rb") as opened:
        raw = opened.read(LARGEST_BODY + 1)
    if len(raw) > LARGEST_BODY:
        raise Unreadable(f"{file} is larger than {LARGEST_BODY} bytes")
    refused: _Found | None = None
    for source in sources:
        try:
            alerts = alerts_in(policy, source, read_body(raw), datetime.now(UTC))
        except CannotMap as cannot:
            # The reason of the most likely source helps most.
            refused = refused or _Found(file.name, source, refused=cannot)
        else:
            return _Found(file.name, source, alerts)
    return refused or _Found(file.name, "")


def _document(found: _Found) -> dict[str, Any]:
    """As `intake test --json` prints it: the body's first alert, and under `alerts` all of them."""
    if found.refused:
        return {
            "accepted": False,
            "source": found.source,
            "action": None,
            "dedup_key": None,
            "report": None,
            "reason": str(found.refused),
            "errors": list(found.refused.errors),
            "alerts": [],
        }
    alerts = [alert.model_dump(mode="json") for alert in found.alerts]
    first = alerts[0] if alerts else {"action": AlertAction.IGNORE, "reason": "it holds no alert"}
    told = ("action", "dedup_key", "report", "reason", "state", "by", "detail")
    document = {"accepted": True, "source": found.source}
    return document | {name: first.get(name) for name in told} | {"alerts": alerts}


def _describe(alert: Alert) -> None:
    told = ("dedup_key", "group_key", "state", "by", "reason")
    lines = [f"{alert.action}: {alert.detail or alert.dedup_key or alert.reason}"]
    lines += [f"  {name}: {getattr(alert, name)}" for name in told]
    given = alert.report.model_dump(mode="json", exclude_defaults=True) if alert.report else {}
    for name, value in given.items():
        entries = value.items() if isinstance(value, dict) else [("", value)]
        for entry, text in entries:
            of_report = f"  report.{name}{f'.{entry}' if entry else ''}: "
            lines.append(of_report + str(text).replace("\n", "\n    "))
    console = out()
    for line in lines:
        if not line.endswith(": "):
            console.print(plain_text(line), soft_wrap=True)


def _print(rows: Sequence[_Found]) -> None:
    printed = Rows(
        *map(Column, _COLUMNS[:3]), *(Column(name, Narrowed.WRAPPED) for name in _COLUMNS[3:])
    )
    for found in rows:
        for row in _rows(found):
            printed.add(*map(plain_text, row))
    out().print(printed)


def _rows(found: _Found) -> Iterator[tuple[str, ...]]:
    if found.refused:
        yield (found.file, found.source, _REFUSED, "", "", "", "", "", str(found.refused))
    elif not found.alerts:
        yield (found.file, found.source, AlertAction.IGNORE, *[""] * 5, "it holds no alert")
    for alert in found.alerts:
        report = alert.report
        yield (
            found.file,
            found.source,
            alert.action,
            report.title if report else alert.detail,
            report.service if report else "",
            report.labels.get(SEVERITY, "") if report else "",
            alert.dedup_key,
            alert.state,
            alert.reason,
        )
