"""A message as it goes out through one channel: every word of it is settled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from standfast.incidents.actions import Action
from standfast.incidents.ids import is_incident_id
from standfast.incidents.notification import Audience, Notification, Purpose


class Button(NamedTuple):
    """A button of a message. action: what it does; None where it opens the page's link."""

    label: str
    action: Action | None = None


@dataclass(frozen=True)
class OutgoingMessage:
    """What a kind of channel sends.

    title, body: in the form of the channel.
    link: where the incident is seen in the console; empty for nowhere.
    page_link: the signed link of this page, by which this person alone answers; empty for none.
    link_to: the same for the device of that id, where a channel has several.
    buttons: that stand for it, where the channel makes some.
    thread: stands for incident, episode and recipient, and is the same for all their messages;
        empty for what is about no incident.
    channel: the name of the channel that it goes through.
    replaces: it takes the place of the messages before it in its thread, where the channel can.
    answer_tag, reply_to: by which an answer by mail is recognised, and where it goes.
    """

    key: str
    incident_id: str
    purpose: Purpose
    audience: Audience
    recipient: str
    priority: str
    title: str
    body: str
    link: str = ""
    page_link: str = ""
    buttons: tuple[Button, ...] = ()
    thread: str = ""
    channel: str = ""
    replaces: bool = False
    answer_tag: str = ""
    reply_to: str = ""
    link_to: Callable[[str], str] | None = field(default=None, compare=False, repr=False)

    @property
    def quiet(self) -> bool:
        """Whether it only says that nothing needs to be done: no sound, where that can be said."""
        return self.purpose.is_all_clear


def outgoing(notification: Notification) -> OutgoingMessage:
    """The message with the words that it has itself, and without links: see `Renderer`."""
    return OutgoingMessage(
        key=notification.key,
        incident_id=notification.incident_id,
        purpose=notification.purpose,
        audience=notification.audience,
        recipient=notification.recipient,
        priority=notification.priority,
        title=notification.title,
        body=notification.body,
        thread=_thread(notification),
        replaces=notification.purpose.is_all_clear,
    )


def _thread(notification: Notification) -> str:
    incident_id, episode, *_ = [*notification.key.split(":"), ""]
    if not is_incident_id(incident_id):
        return ""
    return f"{incident_id}:{episode}:{notification.recipient}"
