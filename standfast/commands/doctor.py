"""`doctor`: what is wrong with this installation, and what to do about it."""

import asyncio

import typer

from standfast.commands.failures import FAILED
from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson
from standfast.hosting.doctor.check import Check
from standfast.hosting.doctor.examination import examine
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows


def doctor(as_json: AsJson = False) -> None:
    """Check the installation: what is wrong with it, and what to do.

    Needs no worker, changes nothing and costs no Action. Exit code 0 when all is well, else 1.
    """
    checks = asyncio.run(examine(local_settings()))
    well = all(check.ok for check in checks)
    if as_json:
        print_json({"ok": well, "checks": checks})
    else:
        out().print(_rows(checks))
    if not well:
        raise typer.Exit(FAILED)


def _rows(checks: list[Check]) -> Rows:
    rows = Rows(Column(), Column("Check"), Column("What was seen", Narrowed.WRAPPED))
    for check in checks:
        mark = plain_text("ok") if check.ok else plain_text("WRONG", "bold red")
        said = plain_text(check.what)
        if check.remedy:
            said.append(f"\n→ {check.remedy}")
        rows.add(mark, plain_text(check.name), said)
    return rows
