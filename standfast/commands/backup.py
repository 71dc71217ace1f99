"""`backup`: all that this instance needs elsewhere, in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from standfast.commands.local.settings import local_settings
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson
from standfast.hosting.connection import configured_options
from standfast.hosting.settings import Settings, variable
from standfast.records.audit import AuditKind
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json

if TYPE_CHECKING:
    from standfast.backup.manifest import Manifest


def backup(
    file: Annotated[Path, typer.Argument(help="A new file, which only you can read.")],
    as_json: AsJson = False,
) -> None:
    """Back up this instance into one file, while it runs.

    In it are Temporal's database, the records, the keys, attachments and all else in the data
    directory, and the policy: everything as it was at one moment. The instance may also be stopped.
    What is in PostgreSQL or in a Temporal of your own is not in it: the command says what to use.
    """
    from standfast.backup.making import make_backup

    settings = local_settings()
    event = local_event(AuditKind.BACKED_UP, "the instance", str(file.absolute()))
    made = make_backup(settings, file, event)
    notes = [*made.notes, *_not_in_it(settings, made.manifest)]
    if as_json:
        document = made.manifest.model_dump(mode="json")
        print_json({"file": str(made.file), "notes": notes, **document})
        return
    what = made.manifest
    print_line(
        f"{made.file}: {what.size / 1e6:.1f} MB, {len(what.members)} files, "
        f"as of {local_time(what.taken_at)}"
    )
    for note in notes:
        print_note(note)
    print_note(
        "whoever reads this file reads every incident and can sign in as anybody: keep it as a "
        "secret, on another disk"
    )


def _not_in_it(settings: Settings, manifest: "Manifest") -> list[str]:
    """What else belongs to a backup, a line each."""
    notes = []
    if configured_options().get("target_host"):
        notes.append(
            "the open incidents are in the Temporal that you configured, and not in it: back up "
            "its database by its own means, before the records (docs/production.md)"
        )
    elif not manifest.has_temporal:
        notes.append(
            f"no embedded Temporal has run on {settings.data_dir}: no open incidents are in it; if "
            "yours are elsewhere, set TEMPORAL_ADDRESS as for the worker"
        )
    if settings.records_elsewhere:
        notes.append(
            "the records are in PostgreSQL, and not in it: run pg_dump --format=custom now, after "
            "this command (docs/production.md)"
        )
    given = [name for name in ("signing_key", "encryption_key") if getattr(settings, name, None)]
    if given:
        names = " and ".join(variable(name) for name in given)
        notes.append(f"{names}: keep what you set there, it is not in it")
    return notes
