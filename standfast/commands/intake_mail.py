"""`intake mail list`, `show`, `open`: mail that was set aside, and why.

The record store and Temporal's SDK are loaded by whoever needs them: `intake test` does not.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By
from standfast.hosting.settings import load_settings
from standfast.incidents.ids import is_mail_id
from standfast.intake.errors import Refused
from standfast.mail.marks.mark import SetAsideKind
from standfast.policy_file.loading import load_policy
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, out, plain_text, print_json

if TYPE_CHECKING:
    from standfast.commands.session import Session
    from standfast.mail.desk import MailResult
    from standfast.records.mails_set_aside import MailSetAside

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
    from standfast.commands.session import records_alone
    from standfast.records.mails_set_aside import LONGEST_LIST

    with records_alone() as records:
        found = records.mails_set_aside.latest(kind=kind.value if kind else "")
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
        bool, typer.Option("--raw", help="Print its bytes as they came, and nothing else.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a mail that was set aside: why, and what it says."""
    from standfast.commands.session import records_alone
    from standfast.mail.set_aside import text_of

    with records_alone() as records:
        found = records.mails_set_aside.get(mail_id)
    if found is None:
        raise Refused(f"no mail {mail_id} is set aside; it may have been dropped since")
    if raw:
        if found.raw is None:
            raise Refused(f"the content of {mail_id} was dropped to make room")
        sys.stdout.buffer.write(found.raw)
        sys.stdout.buffer.flush()
        return
    text = text_of(found)
    if as_json:
        print_json(_document(found.line) | {"text": text})
        return
    line = found.line
    for label, what in (
        ("mail", f"{line.id}, {line.size} bytes, {local_time(line.at)}"),
        ("kind", line.kind),
        ("reason", line.reason),
        ("from", line.sender),
        ("subject", line.subject),
        ("incident", line.incident_id),
        ("opened", _opened(line)),
    ):
        if what:
            out().print(plain_text(f"{label:<10} {what}"), soft_wrap=True)
    out().print()
    for words in (text or "").splitlines() or ["its content was dropped to make room"]:
        out().print(plain_text(words), soft_wrap=True)


@mail.command("open")
def open_(mail_id: MailId, by: By, as_json: AsJson = False) -> None:
    """Open a mail that was set aside: it becomes an incident, or a comment on its own.

    It takes the ordinary path of mail. However often it is opened, that happens once.
    """
    from standfast.commands.session import in_session
    from standfast.hosting.links import answer_tags
    from standfast.lookup.lookup import Lookup
    from standfast.mail.desk import MailDesk
    from standfast.mail.opening import open_mail

    policy = load_policy(load_settings().policy)

    async def opened(session: "Session") -> "MailResult":
        desk = MailDesk(
            client=session.client,
            records=session.records,
            lookup=Lookup(session.client, session.records),
            attachments=session.settings.data_dir / "attachments",
            task_queue=session.settings.task_queue,
            answers=answer_tags(session.settings),
        )
        return await open_mail(mail_id, by, desk, policy)

    result = in_session(opened)
    if as_json:
        print_json(result)
        return
    print_line(f"{mail_id}: {result.result} {result.incident_id} ({result.reason})")


def _document(line: "MailSetAside") -> dict[str, Any]:
    opened_at = line.opened_at.isoformat() if line.opened_at else None
    return {**line._asdict(), "at": line.at.isoformat(), "opened_at": opened_at}


def _opened(line: "MailSetAside") -> str:
    return f"opened by {line.opened_by}: {line.incident_id}" if line.opened_at else ""
