"""`preview`: a page about an incident, in the words of each form of channel.

`page` itself is the action that pages somebody. By the policy file of this machine, so that its
owner sees what an edit does before anybody is woken with it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, IncidentId
from standfast.commands.session import in_session
from standfast.hosting.links import incident_link
from standfast.hosting.settings import Settings, load_settings
from standfast.incidents.assessment import Priority
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.message_content import SECRET
from standfast.incidents.notification import Notification, Purpose
from standfast.incidents.notification_texts import content_of
from standfast.incidents.record import IncidentView
from standfast.intake.page_links import LENGTH, PATH
from standfast.notification.kinds.registry import kind_of
from standfast.notification.sms_text import sms_length
from standfast.notification.wording import AnswerWays, Words, command_of, worded
from standfast.policy import Policy
from standfast.policy.teams import Person
from standfast.policy_file.loading import load_policy
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json

_KEYS = "Press 1 to acknowledge, 2 to escalate, 3 if it is not for you."
"""As a call has it. An SMS that takes replies has a code in place of the link: it is shorter."""


class Preview(BaseModel):
    """A message in one form. `length` says how long it is where that matters."""

    form: ChannelForm
    title: str
    body: str
    length: str


def preview(
    incident_id: IncidentId,
    channel: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="push, sms, voice, mail or chat, or a channel of the person.  \\[default: all]",
        ),
    ] = "",
    person: Annotated[
        str, typer.Option(metavar="NAME", help="Who gets it.  \\[default: whoever has it]")
    ] = "",
    purpose: Annotated[
        Purpose, typer.Option(metavar="PURPOSE", help="page, warn, taken, over, …")
    ] = Purpose.PAGE,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Its templates.  \\[default: STANDFAST_POLICY]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a page about an incident says by push, SMS, call, mail or chat; none is sent."""
    settings = load_settings()
    loaded = load_policy(policy or settings.policy)
    found = in_session(lambda session: session.incidents.find(incident_id))
    who = person or found.view.acknowledged_by or found.view.assignee or next(iter(loaded.people))
    if who not in loaded.people:
        raise UsageError(f"--person {who}: the policy's people have nobody of that name")
    forms = _forms(channel, loaded.people[who])
    shown = [_preview(found.view, form, who, purpose, loaded, settings) for form in forms]
    for remark in found.notes:
        print_note(remark)
    if as_json:
        print_json([each.model_dump(mode="json") for each in shown])
        return
    for each in shown:
        out().print(plain_text(f"{each.form} to {who}: {each.length}", "bold"))
        out().print(plain_text("\n".join(filter(None, (each.title, each.body)))))
        out().print()


def _forms(channel: str, person: Person) -> tuple[ChannelForm, ...]:
    if not channel:
        return tuple(ChannelForm)
    if channel in [form.value for form in ChannelForm]:
        return (ChannelForm(channel),)
    if channel not in person.channels:
        theirs = ", ".join(person.channels)
        raise UsageError(
            f"--channel {channel}: write {', '.join(ChannelForm)}, or one of theirs: {theirs}"
        )
    return (kind_of(person.channels[channel]).form_of(person.channels[channel]),)


def _preview(
    view: IncidentView,
    form: ChannelForm,
    who: str,
    purpose: Purpose,
    policy: Policy,
    settings: Settings,
) -> Preview:
    """What that person would get now. The link and the code stand for those of a real page."""
    now = datetime.now(UTC)
    owner = view.acknowledged_by or view.assignee or who
    happened_at = now - timedelta(seconds=40) if purpose is Purpose.TAKEN else None
    why = f"{owner} has it" if happened_at else "You are on call for it."
    message = Notification(
        key=f"{view.incident_id}:{view.episode}:{purpose}-1:1",
        incident_id=view.incident_id,
        purpose=purpose,
        recipient=who,
        priority=view.priority or Priority.P3,
        team=view.team or "",
        content=SECRET
        if view.confidential
        else content_of(purpose, view, why, happened_at=happened_at),
    )
    public = settings.public_url
    console = incident_link(settings).replace("{incident}", view.incident_id)
    ways = AnswerWays(
        reply=_KEYS if public and form is ChannelForm.VOICE else "",
        link=f"{public}{PATH}{'x' * LENGTH}" if public else console,
        console=console,
        command=command_of(message),
    )
    zone = policy.people[who].zone
    words = worded(message, form, policy.pages, zone=zone, at=now, ways=ways)
    return Preview(form=form, title=words.title, body=words.body, length=_length(form, words))


def _length(form: ChannelForm, words: Words) -> str:
    if form is ChannelForm.SMS:
        return str(sms_length(words.body))
    return f"{len(words.title) + len(words.body)} characters"
