"""`contact list`, `add`, `verify`, `code`, `test`, `remove`, `rules`: one's own channels."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By
from standfast.commands.session import OwnChannels, Session, in_session
from standfast.incidents.own_channel import (
    OwnChannel,
    OwnChannelAction,
    PagingRules,
    read_rules,
    rules_in_words,
)
from standfast.intake.errors import Refused
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json

contact = typer.Typer(
    help="Your own channels: by which you are paged, and when.", no_args_is_help=True
)

WhichChannel = Annotated[
    str, typer.Argument(metavar="CHANNEL", help="Its name, or its id such as CHN-7F3K2Q.")
]


@contact.command("list")
def list_(by: By, as_json: AsJson = False) -> None:
    """Show your channels and rules, and what may be added."""
    mine = in_session(lambda session: session.own_channels.shown(by))
    if as_json:
        print_json(mine.model_dump(mode="json"))
        return
    for name in mine.of_policy:
        print_line(f"{name}, from the policy")
    for one in mine.own:
        state = one.problem or "verified"
        channel = one.channel
        print_line(f"{channel.name} ({channel.id}), {channel.method} {channel.address}: {state}")
    _print_rules(mine.rules)
    offered = (f"{name} ({words})" for name, words in mine.methods.items())
    print_note(f"may be added: {', '.join(offered) or 'nothing'}")
    for problem in mine.problems:
        print_note(problem)


@contact.command()
def add(
    method: Annotated[
        str, typer.Argument(metavar="METHOD", help="One of the policy's contact_methods.")
    ],
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="A mail address, a number, or a topic.")
    ],
    by: By,
    name: Annotated[str, typer.Option(metavar="NAME", help="How rules name it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a channel; a code is sent through it, by which it is verified."""
    asked = {"method": method, "address": address, "name": name}
    added = in_session(lambda session: session.own_channels.add(by, asked))
    said = f"{added.name} ({added.id}) is added: a code was sent to {added.address}"
    _print(added, as_json, f"{said}; standfast contact verify {added.name} CODE")


@contact.command()
def verify(
    channel: WhichChannel,
    code: Annotated[str, typer.Argument(metavar="CODE", help="The six digits.")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Verify a channel by the code that came through it."""
    found = _on(channel, by, lambda channels, one: channels.verify(by, one, code))
    _print(found, as_json, f"{found.name} is verified: it is used from now on")


@contact.command()
def code(channel: WhichChannel, by: By, as_json: AsJson = False) -> None:
    """Send another code through a channel that is not verified."""
    found = _on(channel, by, lambda channels, one: channels.act(by, one, OwnChannelAction.CODE))
    _print(found, as_json, f"{found.name}: a code was sent to {found.address}")


@contact.command("test")
def send_test(channel: WhichChannel, by: By, as_json: AsJson = False) -> None:
    """Send yourself a test page through a channel."""
    found = _on(channel, by, lambda channels, one: channels.act(by, one, OwnChannelAction.TEST))
    _print(found, as_json, f"{found.name}: a test page was sent to {found.address}")


@contact.command()
def remove(channel: WhichChannel, by: By, as_json: AsJson = False) -> None:
    """Remove a channel."""
    found = _on(channel, by, lambda channels, one: channels.act(by, one, OwnChannelAction.REMOVE))
    _print(found, as_json, f"{found.name} is removed")


@contact.command()
def rules(
    by: By,
    high: Annotated[
        str | None,
        typer.Option(metavar="RULES", help='Such as "push now, sms after 2m, call after 5m".'),
    ] = None,
    low: Annotated[
        str | None, typer.Option(metavar="RULES", help="For what can wait; such as mail.")
    ] = None,
    quiet: Annotated[
        str | None,
        typer.Option(metavar="FROM-TO", help='When that does not page you: 22:00-07:00, or "".'),
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", metavar="ZONE", help="Of --quiet, such as Europe/Berlin.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Set by which channels you are paged when; what is not given stays as it is."""
    if quiet and not zone:
        raise UsageError("--quiet needs a --zone, such as Europe/Berlin")

    async def work(session: Session) -> PagingRules:
        before = (await session.own_channels.shown(by)).rules.model_dump(mode="json")
        given = {
            "high": None if high is None else _read("--high", high),
            "low": None if low is None else _read("--low", low),
            "quiet": None if quiet is None else _quiet(quiet, zone),
        }
        changed = {name: value for name, value in given.items() if value is not None}
        asked = {**before, **changed}
        if quiet == "":
            asked["quiet"] = None
        return await session.own_channels.set_rules(by, asked)

    found = in_session(work)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_rules(found)


def _read(option: str, text: str) -> list[dict[str, str]]:
    try:
        return read_rules(text)
    except ValueError as wrong:
        raise UsageError(f"{option}: {wrong}") from None


def _quiet(text: str, zone: str) -> dict[str, str]:
    begins, _, ends = text.replace(" ", "").partition("-")
    return {"begins": begins, "ends": ends, "time_zone": zone} if text else {}


def _on(
    which: str, by: str, work: Callable[[OwnChannels, str], Awaitable[OwnChannel]]
) -> OwnChannel:
    """Do something with the channel of that name or id."""

    async def found(session: Session) -> OwnChannel:
        channels = session.own_channels
        mine = [one.channel for one in (await channels.shown(by)).own]
        for each in mine:
            if which in (each.name, each.id) or which.upper() == each.id:
                return await work(channels, each.id)
        there_are = ", ".join(each.name for each in mine) or "none"
        raise Refused(f"you have no channel {which!r} of your own; there are: {there_are}")

    return in_session(found)


def _print(channel: OwnChannel, as_json: bool, said: str) -> None:
    document: dict[str, Any] = channel.model_dump(mode="json")
    if as_json:
        print_json(document)
    else:
        print_line(said)


def _print_rules(rules: PagingRules) -> None:
    print_line(f"urgent: {rules_in_words(rules.high) or 'as the policy says'}")
    print_line(f"can wait: {rules_in_words(rules.low) or 'as the policy says'}")
    if quiet := rules.quiet:
        print_line(f"quiet: {quiet.begins:%H:%M} to {quiet.ends:%H:%M}, {quiet.time_zone}")
