"""`audit list`, `verify`, `export`: who came in, who was refused, who acted for whom."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.local.session import records_alone
from standfast.commands.local.user import local_event
from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson
from standfast.intake.errors import Refused
from standfast.records.audit import AuditEntry, AuditKind, Verification, verified
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

audit = typer.Typer(
    help="The audit log: who came in, who was refused, who acted for whom.", no_args_is_help=True
)


@audit.command("list")
def list_(
    kind: Annotated[
        AuditKind | None, typer.Option(case_sensitive=False, help="Of this kind only.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="By this person, or in their name.")] = "",
    since: Annotated[str, typer.Option(metavar="ISO", help="From then on.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the entries of the audit log, newest first."""
    begin = read_moment("--since", since).moment if since else None
    with records_alone() as records:
        found = records.audit.newest(limit, kind=kind, by=by, since=begin)
    if as_json:
        print_json([_document(entry) for entry in found])
        return
    for entry in found:
        print_line(_line(entry))
    if not found:
        print_note("no entry of the audit log matches")


@audit.command()
def verify(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="What `audit export` wrote; - reads stdin.")
    ] = "",
    head: Annotated[
        str, typer.Option(metavar="DIGEST", help="The digest of an entry that must be there.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check that no entry was changed, removed or inserted; of the record store, or of a file.

    It cannot tell that the newest entries were removed, or that all was written anew. So keep the
    digest that it prints elsewhere, and give it the next time with --head.
    """
    if file:
        checked, known = _check(_read(file), head)
    else:
        with records_alone() as records:
            checked, known = _check(records.audit.all(), head)
    wrong = checked.wrong
    if not wrong and not known:
        wrong = f"the entry with the digest {head} is missing"
    last = checked.last
    document = {
        "ok": not wrong,
        "entries": checked.entries,
        "head": last.digest if last else "",
        "problem": wrong,
    }
    if as_json:
        print_json(document)
    elif not wrong:
        upto = f", the last of {local_time(last.at)}: {last.digest}" if last else ""
        print_line(f"{checked.entries} entries, none was changed{upto}")
    if wrong:
        raise Refused(f"the audit log is not as it was written: {wrong}")


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file, which only you can read.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole audit log into a file, an entry a line as JSON, the oldest first.

    The export is an entry of its own, the last one in the file.
    """
    written = 0
    with records_alone() as records:
        records.audit.record(local_event(AuditKind.EXPORTED, "the audit log", str(file)))
        try:
            with open(file, "x", encoding="utf-8", opener=_for_its_owner) as lines:
                for entry in records.audit.all():
                    lines.write(f"{json.dumps(_document(entry))}\n")
                    written += 1
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror}") from None
    if as_json:
        print_json({"file": str(file), "entries": written})
    else:
        print_line(f"{written} entries are in {file}")


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _check(entries: Iterator[AuditEntry], head: str) -> tuple[Verification, bool]:
    """The verification, and whether the entry with the digest `head` is among them."""
    known = not head

    def watched() -> Iterator[AuditEntry]:
        nonlocal known
        for entry in entries:
            known = known or entry.digest == head.strip().lower()
            yield entry

    return verified(watched()), known


def _read(file: str) -> Iterator[AuditEntry]:
    try:
        with open(0 if file == "-" else file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield AuditEntry.model_validate_json(line)
                except ValidationError:
                    raise Refused(f"{file}, line {number}: this is no entry") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None


def _line(entry: AuditEntry) -> str:
    behalf = f" for {entry.behalf}" if entry.behalf else ""
    who = f" {entry.by or 'somebody unknown'}{behalf}"
    origin = f" from {entry.origin}" if entry.origin else ""
    what = f": {entry.subject}" if entry.subject else ""
    detail = f" ({entry.detail})" if entry.detail else ""
    times = f", {entry.times} times" if entry.times > 1 else ""
    return f"{entry.number} {local_time(entry.at)} {entry.kind}{who}{origin}{what}{detail}{times}"


def _document(entry: AuditEntry) -> dict[str, Any]:
    return entry.model_dump(mode="json")
