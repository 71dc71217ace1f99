"""`restore`: a backup, into an empty place."""

from pathlib import Path
from typing import Annotated

import typer

from standfast.commands.local.settings import local_settings
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson
from standfast.hosting.settings import variable
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.audit import AuditKind
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json


def restore(
    file: Annotated[Path, typer.Argument(help="What `standfast backup` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty data directory.

    STANDFAST_DATA_DIR must be empty or missing. Everything is checked before anything is put in
    place. Start the instance afterwards: the incidents go on, and what is overdue is settled as
    after an outage. Never run it beside the one that was backed up: both would page.
    """
    from standfast.backup.restoring import restore_backup

    settings = local_settings()
    event = local_event(AuditKind.RESTORED, "the instance", str(file.absolute()))
    done = restore_backup(settings, file, event)
    if as_json:
        document = done.manifest.model_dump(mode="json", exclude={"members"})
        ended, policy = done.sessions_ended, str(done.policy or "")
        print_json(
            {**document, "data_dir": str(done.data_dir), "policy": policy, "sessions_ended": ended}
        )
        return
    manifest = done.manifest
    print_line(
        f"restored into {done.data_dir}: {len(manifest.members)} files, the instance of "
        f"{manifest.host} as of {local_time(manifest.taken_at)}"
    )
    if done.policy:
        print_note(
            f"the policy, {manifest.policy_file} there, is in {done.policy}: put it in place"
        )
    if settings.policy == SHIPPED_POLICY and manifest.policy_file:
        print_note(f"{variable('policy')} is not set: the shipped policy would be in force")
    print_note(
        "tokens that were revoked and incidents that were erased since then are back: see "
        "`standfast token list`, and docs/production.md; everybody signs in to the console again"
    )
    print_note(
        "start it only where the instance that was backed up no longer runs: both would page"
    )
