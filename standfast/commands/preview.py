"""`preview`: a page about an incident, in the words of each form of channel.

`page` itself is the action that pages somebody. By the policy file of this machine, so that its
owner sees what an edit does before anybody is woken with it.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer
from pydantic import BaseModel

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, IncidentId
from standfast.commands.session import in_session
from standfast.decisions.policy_names import no_such
from standfast.hosting.links import incident_link
from standfast.hosting.settings import Settings, load_settings
from standfast.incidents.assessment import Priority
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.message_content import SECRET
from standfast.incidents.notification import ANSWERED_BY_LINK, Notification, Purpose
from standfast.incidents.notification_texts import content_of
from standfast.incidents.record import IncidentView
from standfast.intake.page_links import LENGTH, PATH
from standfast.notification.kinds.registry import kind_of
from standfast.notification.rendering import mail_replies
from standfast.notification.sms_text import sms_length
from standfast.notification.wording import AnswerWays, Words, command_of, worded
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.phone.keys import KEY_OF
from standfast.policy import Policy
from standfast.policy.teams import Person
from standfast.policy_file.loading import load_policy
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json

_REPLY_BY: Mapping[ChannelForm, Mapping[str, str]] = MappingProxyType(
    {ChannelForm.SMS: {"code": "4711"}, ChannelForm.VOICE: KEY_OF}
)
"""What a channel of SMS or calls that takes answers fills the policy's `pages.replies` with."""


class Preview(BaseModel):
    """A message in one form. `length` says how long it is where that matters.

    answered: `by its code`, `by keys`, `by a reply`: where the channel takes answers; else empty.
    """

    form: ChannelForm
    answered: str = ""
    title: str
    body: str
    length: str


def preview(
    incident_id: IncidentId,
    channel: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="A channel of the person, or push, sms, voice, mail or chat.  \\[default: all]",
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
        raise UsageError(f"--person {who}: {no_such('person', who, loaded.people)}")
    forms = _forms(channel, loaded.people[who])
    shown = [
        each
        for form, has_button in forms
        for each in _previews(found.view, form, who, purpose, loaded, settings, has_button)
    ]
    for remark in found.notes:
        print_note(remark)
    if as_json:
        print_json([each.model_dump(mode="json") for each in shown])
        return
    for each in shown:
        answered = f", answered {each.answered}" if each.answered else ""
        out().print(plain_text(f"{each.form} to {who}{answered}: {each.length}", "bold"))
        out().print(plain_text("\n".join(filter(None, (each.title, each.body)))))
        out().print()


def _forms(channel: str, person: Person) -> list[tuple[ChannelForm, bool]]:
    """Which to show, and whether there is a button in place of the link."""
    if not channel:
        return [(form, False) for form in ChannelForm]
    by_form = [(form, False) for form in ChannelForm if form == channel]
    if channel not in person.channels and not by_form:
        theirs = ", ".join(person.channels)
        raise UsageError(
            f"--channel {channel}: write {', '.join(ChannelForm)}, or one of theirs: {theirs}"
        )
    try:
        url = resolved(person.channels.get(channel, ""), os.environ)
    except NoSuchSecret as missing:
        if by_form:
            return by_form
        raise UsageError(
            f"--channel {channel}: {missing.variable} is not set here, so its form is not known; "
            f"write {', '.join(ChannelForm)}"
        ) from None
    if not url:
        return by_form
    kind = kind_of(url)
    return [(kind.form_of(url), kind.has_button)]


def _previews(
    view: IncidentView,
    form: ChannelForm,
    who: str,
    purpose: Purpose,
    policy: Policy,
    settings: Settings,
    has_button: bool = False,
) -> list[Preview]:
    """What that person would get now. The link and the code stand for those of a real page.

    An SMS in both ways: with a code where its channel takes answers, which Twilio's does.
    """
    can_be_answered = settings.public_url and purpose in ANSWERED_BY_LINK
    reply_by = _REPLY_BY.get(form, {}) if can_be_answered else {}
    if form is ChannelForm.MAIL and purpose in ANSWERED_BY_LINK and policy.mail.reply_address:
        reply_by = mail_replies(policy.answers, confidential=view.confidential is not None)
    ways = [reply_by, {}] if reply_by and form is ChannelForm.SMS else [reply_by]
    return [_preview(view, form, who, purpose, policy, settings, way, has_button) for way in ways]


def _preview(
    view: IncidentView,
    form: ChannelForm,
    who: str,
    purpose: Purpose,
    policy: Policy,
    settings: Settings,
    reply_by: Mapping[str, str],
    has_button: bool = False,
) -> Preview:
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
        reply=policy.pages.replies.words(form, reply_by, confidential=message.is_secret),
        link="" if has_button else f"{public}{PATH}{'x' * LENGTH}" if public else console,
        console="" if has_button else console,
        command=command_of(message),
    )
    zone = policy.people[who].zone
    words = worded(message, form, policy.pages, zone=zone, at=now, ways=ways)
    answered = {
        ChannelForm.SMS: "by its code",
        ChannelForm.VOICE: "by keys",
        ChannelForm.MAIL: "by a reply",
    }
    return Preview(
        form=form,
        answered=answered[form] if reply_by else "",
        title=words.title,
        body=words.body,
        length=_length(form, words),
    )


def _length(form: ChannelForm, words: Words) -> str:
    if form is ChannelForm.SMS:
        return str(sms_length(words.body))
    return f"{len(words.title) + len(words.body)} characters"
