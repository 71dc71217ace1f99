"""`intake mail list`, `show`, `open`: mail that was set aside, and why."""

import sys
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By
from standfast.commands.session import in_session
from standfast.incidents.ids import is_mail_id
from standfast.incidents.mail_set_aside import LONGEST_LIST, MailSetAside
from standfast.mail.marks.mark import SetAsideKind
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, out, plain_text, print_json

mail = typer.Typer(help="Mail that was set aside: list, show, open.", no_args_is_help=True)


def _mail_id(text: str) -> str:
    written = text.strip().upper()
    if not is_mail_id(written):
        raise UsageError(f"{text[:40]} is not the id of a mail; one looks like MAIL-7F3K2QXW")
    return written


MailId = Annotated[
    str, typer.Argument(metavar="ID", parser=_mail_id, help="Such as MAIL-7F3K2QXW.")
]


@mail.command("list")
def list_(
    kind: Annotated[
        SetAsideKind | None, typer.Option(case_sensitive=False, help="Of this kind only.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the mail that was set aside, newest first, with the reasons."""
    found = in_session(lambda session: session.mails.list(kind.value if kind else ""))
    if as_json:
        print_json([_document(one) for one in found])
        return
    for one in found:
        print_line(
            f"{one.id} {local_time(one.at)} {one.kind} {one.sender or 'nobody named'}: "
            f"{one.subject or 'no subject'} ({_opened(one) or one.reason})"
        )
    if not found:
        print_note("no mail is set aside")
    elif len(found) == LONGEST_LIST:
        print_note(f"only the latest {LONGEST_LIST}; `--kind` shows those of one kind")


@mail.command()
def show(
    mail_id: MailId,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print its bytes as they came; on a terminal, its text.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a mail that was set aside: why, and what it says."""
    if raw:
        content = in_session(lambda session: session.mails.raw(mail_id))
        if sys.stdout.isatty():  # a stranger wrote it, perhaps for a terminal to obey
            for line in content.decode(errors="replace").splitlines():
                out().print(plain_text(line), soft_wrap=True)
            return
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    found = in_session(lambda session: session.mails.show(mail_id))
    if as_json:
        print_json(_document(found))
        return
    for label, what in (
        ("mail", f"{found.id}, {found.size} bytes, {local_time(found.at)}"),
        ("kind", found.kind),
        ("reason", found.reason),
        ("from", found.sender),
        ("subject", found.subject),
        ("incident", found.incident_id),
        ("opened", _opened(found)),
    ):
        if what:
            out().print(plain_text(f"{label:<10} {what}"), soft_wrap=True)
    out().print()
    for words in (found.text or "").splitlines() or ["its content was dropped to make room"]:
        out().print(plain_text(words), soft_wrap=True)


@mail.command("open")
def open_(mail_id: MailId, by: By, as_json: AsJson = False) -> None:
    """Open a mail that was set aside: it becomes an incident, or a comment on its own.

    It takes the ordinary path of mail. However often it is opened, that happens once.
    """
    result = in_session(lambda session: session.mails.open(mail_id, by))
    if as_json:
        print_json(result)
        return
    print_line(f"{mail_id}: {result.result} {result.incident_id} ({result.reason})")


def _document(line: MailSetAside) -> dict[str, Any]:
    opened_at = line.opened_at.isoformat() if line.opened_at else None
    return {**dict(line), "at": line.at.isoformat(), "opened_at": opened_at}


def _opened(line: MailSetAside) -> str:
    return f"opened by {line.opened_by}: {line.incident_id}" if line.opened_at else ""
