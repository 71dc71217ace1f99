"""`erase`: erases closed incidents, or a person, on the server's machine."""

import getpass
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.local.session import LocalSession, in_local_session
from standfast.commands.local.user import local_event
from standfast.commands.options import AsJson
from standfast.erasure.erasing import Contents, PersonFound
from standfast.hosting.retention import build_eraser
from standfast.incidents.ids import is_incident_id
from standfast.records.audit import AuditKind
from standfast.records.chat_steps import ChatStep
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json

_MOST_SHOWN = 10


def erase(
    incident_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Such as INC-7F3K2QXWM4.")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="Erase this person instead.")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="PERSON", help="Who does this; you, by default.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays, with who and when.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without it, only look.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase closed incidents, or a person from all of them, for ever.

    Without --yes it says what would be erased, and changes nothing. An incident's key is thrown
    away, its runs in Temporal and its records are deleted; its id, times and outcome stay, with who
    erased it and why. A person's name is replaced in all records, and what Temporal still has of
    closed incidents with that name is deleted. Open incidents are refused. Takes a minute.
    """
    ids = [_checked(each) for each in incident_ids or []]
    if bool(ids) == bool(person.strip()):
        raise UsageError("give the ids of incidents, or --person NAME")
    if ids and yes and not reason.strip():
        raise UsageError("give a --reason: it is what stays on record")
    who = by or getpass.getuser()
    if person:
        _erase_person(person.strip(), yes, as_json)
    else:
        _erase_incidents(ids, who, reason, yes, as_json)


def _erase_incidents(ids: list[str], by: str, reason: str, yes: bool, as_json: bool) -> None:
    async def looked(session: LocalSession) -> dict[str, Contents]:
        eraser = build_eraser(await session.client(), session.settings, session.records)
        return {each: await eraser.contents(each) for each in ids}

    async def stays(session: LocalSession) -> tuple[list[str], list[str]]:
        records, steps = session.records, session.records.chat_steps
        in_chats = [words for each in ids for words in map(_in_a_chat, steps.messages_of(each))]
        return in_chats, records.articles.staying(ids)

    async def erased(session: LocalSession) -> list[dict[str, Any]]:
        eraser = build_eraser(await session.client(), session.settings, session.records)
        left = await eraser.erase(ids, by, reason)
        session.records.audit.record(
            *(local_event(AuditKind.ERASED, subject=each, detail=reason) for each in ids)
        )
        return [each.model_dump(mode="json") for each in left]

    found = in_local_session(looked)
    in_chats, articles = in_local_session(stays)
    if in_chats:
        print_note(f"what is shown in chats stays there; delete it there: {', '.join(in_chats)}")
    if articles:
        print_note(
            f"published articles stay, without saying from what: {', '.join(articles)}; read them, "
            "if the incident has to go because of what it says"
        )
    if not yes:
        if as_json:
            print_json({each: _contents(what) for each, what in found.items()})
            return
        for each, what in found.items():
            parts = [f"{count} {kind}" for kind, count in _contents(what).items()]
            print_line(f"{each}: {', '.join(parts)}")
        print_note("nothing was erased; --yes erases it, for ever")
        return
    left = in_local_session(erased)
    if as_json:
        print_json(left)
        return
    for each in ids:
        print_line(f"{each}: erased")


def _in_a_chat(message: ChatStep) -> str:
    return message.link or f"{message.incident_id} in {message.chat}, channel {message.channel}"


def _erase_person(name: str, yes: bool, as_json: bool) -> None:
    async def looked(session: LocalSession) -> PersonFound:
        return await build_eraser(
            await session.client(), session.settings, session.records
        ).find_person(name)

    async def erased(session: LocalSession) -> tuple[PersonFound, str]:
        eraser = build_eraser(await session.client(), session.settings, session.records)
        found = await eraser.find_person(name)
        pseudonym = await eraser.erase_person(name, found)
        # Not the name, which is to be forgotten.
        session.records.audit.record(local_event(AuditKind.ERASED, subject=pseudonym))
        return found, pseudonym

    if yes:
        found, pseudonym = in_local_session(erased)
    else:
        found, pseudonym = in_local_session(looked), ""
    if as_json:
        print_json({**found._asdict(), "now": pseudonym})
        return
    print_line(f"{name} is named in {len(found.closed)} closed incidents{_some(found.closed)}")
    if pseudonym:
        print_line(f"{name} is now {pseudonym!r} in the records")
    if found.open:
        print_line(f"also in open incidents, to be closed first: {', '.join(found.open)}")
    if not yes:
        print_note("nothing was erased; --yes erases it, for ever")


def _some(ids: list[str]) -> str:
    if not ids:
        return ""
    more = f" and {len(ids) - _MOST_SHOWN} more" if len(ids) > _MOST_SHOWN else ""
    return f": {', '.join(ids[:_MOST_SHOWN])}{more}"


def _contents(what: Contents) -> dict[str, int]:
    return {"runs in Temporal": what.runs, "attachments": what.files, **what.rows}


def _checked(text: str) -> str:
    written = text.strip().upper()
    if not is_incident_id(written):
        raise UsageError(f"{text} is not an incident id; one looks like INC-7F3K2QXWM4")
    return written
