"""Messages as they go out: in the words of a channel, with the ways to answer them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from standfast.incidents.actions import Action
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.ids import episode_of
from standfast.incidents.notification import ANSWERED_BY_LINK, Audience, Notification, Purpose
from standfast.incidents.paged import ANSWERS, can_answer
from standfast.notification.outgoing_message import Button, OutgoingMessage, outgoing
from standfast.notification.wording import AnswerWays, command_of, worded
from standfast.policy.answers import AnswerWords
from standfast.policy.pages import Buttons
from standfast.policy_file.source import PolicySource

_NOTHING: Mapping[str, str] = MappingProxyType({})

AnswerLinks = Callable[[str, int, str, datetime], tuple[str, str]]
"""Addresses for fixed and not fixed, from incident, episode, reporter and when they were asked."""

AnswerTag = Callable[[str, int, str, datetime], str]
"""What an answer by mail is recognised by, from the same."""

PageLink = Callable[[str, int, str, datetime, str], str]
"""The address where a person answers a page, from incident, episode, person, when they were paged,
and the id of the channel of theirs that it goes to; empty for none."""


@dataclass(frozen=True)
class Links:
    """The links that messages get.

    incident: where people see an incident, with `{incident}` for its id; empty for nowhere.
    page: by which somebody who was paged can answer; None for none.
    page_token: by which such an answer is recognised when it comes by mail; None for none.
    reporter: by which a reporter who is asked can answer; None for none.
    answer_tag: by which their answer by mail is recognised; None for none.
    """

    incident: str = ""
    page: PageLink | None = None
    page_token: AnswerTag | None = None
    reporter: AnswerLinks | None = None
    answer_tag: AnswerTag | None = None


NO_LINKS = Links()


class Renderer:
    """Puts messages into words, by the policy that is in force now."""

    def __init__(self, policy: PolicySource, links: Links = NO_LINKS) -> None:
        self._policy = policy
        self._links = links

    def render(
        self,
        notification: Notification,
        form: ChannelForm,
        asked_at: datetime | None,
        *,
        reply_by: Mapping[str, str] = _NOTHING,
        has_button: bool = False,
        is_mail: bool = False,
        own_channel: str = "",
    ) -> OutgoingMessage:
        """A message in the form of a channel.

        asked_at: now, on the clock of the incident and the same at every attempt; links by which
            it is answered hold for this question, where the message itself does not say when it
            was asked. None: it gets none of those.
        reply_by: by what the channel itself takes an answer: the values for `pages.replies`.
        has_button: the channel makes a button of the link, so that the words need not have it.
        is_mail: whoever gets it can reply by mail.
        own_channel: the id of the channel, where its person has added it: its link ends with it.
        """
        now, asked_at = asked_at or datetime.now(UTC), notification.asked_at or asked_at
        policy, to_reporter = self._policy.current(), notification.audience is Audience.REPORTER
        person = None if to_reporter else policy.people.get(notification.recipient)
        console = self._console_of(notification)
        page_link = self._page_link(notification, asked_at, own_channel)
        fixed, not_fixed = self._reporter_links(notification, asked_at)
        tag, reply_to = self._reply_by_mail(notification, is_mail, asked_at)
        secret = notification.is_secret
        if reply_to and not to_reporter:
            reply_by = mail_replies(policy.answers, confidential=secret)
        reply = policy.pages.replies.words(form, reply_by, confidential=secret)
        title, body = worded(
            notification,
            form,
            policy.pages,
            zone=person.zone if person else "UTC",
            at=now,
            ways=AnswerWays(
                reply=reply,
                link="" if has_button else page_link or (console if _is_short(form) else ""),
                console="" if has_button and _is_short(form) else console,
                command=command_of(notification),
                fixed=fixed,
                not_fixed=not_fixed,
            ),
        )
        return replace(
            outgoing(notification),
            title=title,
            body=body,
            link=console,
            page_link=page_link,
            link_to=lambda device: self._page_link(notification, asked_at, device),
            buttons=_buttons(policy.pages.buttons, notification) if page_link else (),
            answer_tag=tag,
            reply_to=reply_to,
        )

    def page_link(
        self,
        key: str,
        incident_id: str,
        person: str,
        asked_at: datetime | None,
        own_channel: str = "",
    ) -> str:
        """Where a person answers the page of that key; empty where there is no link."""
        if self._links.page is None or asked_at is None:
            return ""
        return self._links.page(incident_id, episode_of(key), person, asked_at, own_channel)

    def _console_of(self, notification: Notification) -> str:
        """Where the incident is seen. A reporter could not open what operators look at."""
        if notification.audience is Audience.REPORTER or not notification.incident_id:
            return ""
        return self._links.incident.replace("{incident}", notification.incident_id)

    def _page_link(
        self, notification: Notification, asked_at: datetime | None, own_channel: str
    ) -> str:
        """Where this person answers this page."""
        if not _is_page(notification):
            return ""
        key, who = notification.key, notification.recipient
        return self.page_link(key, notification.incident_id, who, asked_at, own_channel)

    def _reporter_links(
        self, notification: Notification, asked_at: datetime | None
    ) -> tuple[str, str]:
        """Where a reporter answers a question, for this resolution and this reporter alone."""
        if not _is_question(notification):
            return "", ""
        return _asked(self._links.reporter, notification, asked_at) or ("", "")

    def _reply_by_mail(
        self, notification: Notification, is_mail: bool, asked_at: datetime | None
    ) -> tuple[str, str]:
        """What a reply by mail brings back, and where it goes; empty where none is an answer."""
        mail = self._policy.current().mail
        tag = ""
        if _is_question(notification):
            tag = _asked(self._links.answer_tag, notification, asked_at) or ""
        elif is_mail and mail.reply_address and _is_page(notification):
            tag = _asked(self._links.page_token, notification, asked_at) or ""
        return tag, mail.reply_to(tag) if tag else ""


Made = TypeVar("Made")


def _asked(
    make: Callable[[str, int, str, datetime], Made] | None,
    notification: Notification,
    asked_at: datetime | None,
) -> Made | None:
    """What is made for one person's answer to one question; None where nobody makes it."""
    if make is None or asked_at is None:
        return None
    episode = episode_of(notification.key)
    return make(notification.incident_id, episode, notification.recipient, asked_at)


def _is_page(notification: Notification) -> bool:
    """Whether it asks one person something about one incident that they can answer."""
    is_asked = notification.content is not None and notification.purpose in ANSWERED_BY_LINK
    return is_asked and notification.incident_id != ""


def _buttons(labels: Buttons, notification: Notification) -> tuple[Button, ...]:
    """What the recipient can do by the link of the page, and one that opens it."""
    asked = [each for each in ANSWERS if can_answer(each, confidential=notification.is_secret)]
    return (*(Button(labels.of(each), each) for each in asked), Button(labels.open))


def mail_replies(answers: AnswerWords, *, confidential: bool) -> Mapping[str, str]:
    """By what a page is answered by mail, as `ChannelKind.reply_by` has it for others."""
    said = [
        f"“{words[0]}: …”" if action is Action.RESOLVE else f"“{words[0]}”"
        for action, words in answers.by_action.items()
        if words and can_answer(action, confidential=confidential)
    ]
    return {"answers": ", ".join(said)} if said else _NOTHING


def _is_short(form: ChannelForm) -> bool:
    return form in (ChannelForm.PUSH, ChannelForm.SMS)


def _is_question(notification: Notification) -> bool:
    is_asked = notification.purpose is Purpose.CONFIRM
    return is_asked and notification.audience is Audience.REPORTER
