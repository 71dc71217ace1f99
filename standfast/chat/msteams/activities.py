"""What an activity of the Bot Framework says that somebody did; and what one must be to be read."""

import hashlib
import html
import re
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from microsoft_teams.api.activities import Activity, ActivityTypeAdapter
from microsoft_teams.api.activities.invoke.adaptive_card import AdaptiveCardInvokeActivity
from microsoft_teams.api.activities.message import (
    MessageActivity,
    MessageDeleteActivity,
    MessageUpdateActivity,
)
from microsoft_teams.api.activities.utils.strip_mentions_text import (
    StripMentionsTextOptions,
    strip_mentions_text,
)
from pydantic import ValidationError

from standfast.chat.events import (
    Answer,
    ButtonPressed,
    ChatEvent,
    CommandGiven,
    ReplyDeleted,
    ReplyEdited,
    ReplyWritten,
)
from standfast.chat.msteams.cards import ANSWER, EPISODE, INCIDENT
from standfast.chat.msteams.inbound_tokens import CHANNEL

Written: TypeAlias = MessageActivity | MessageUpdateActivity

LONGEST_TEXT = 20_000
"""Characters of a message; what comes after them is left out."""

ONLY_ATTACHMENT = "(a picture or file, without words)"

_COMMAND = re.compile(r"(report|help)\b", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9:@._;=!~-]{1,400}")
_THREAD = ";messageid="
_MOMENT = re.compile(r"[12][0-9]{12}")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,2000}>", re.IGNORECASE)


class NotForUs(Exception):  # noqa: N818
    """An activity of another tenant, bot or channel; the message says which."""


class Place(NamedTuple):
    """Where something happened. message: whose thread it is, empty outside of one."""

    conversation: str
    channel: str
    message: str

    @property
    def is_personal(self) -> bool:
        return not self.channel.startswith("19:")


def read(body: bytes) -> Activity | None:
    """The activity of a body; None for a kind that nobody here knows. ValueError: it is none."""
    try:
        return ActivityTypeAdapter.validate_json(body)
    except ValidationError as error:
        kinds = {"union_tag_invalid", "union_tag_not_found"}
        if {each["type"] for each in error.errors(include_input=False)} <= kinds:
            return None
        raise ValueError("is no activity of the Bot Framework") from None


def must_be_ours(activity: Activity, service_url: str, *, tenant: str, app: str) -> None:
    """NotForUs where it is another tenant's, another bot's, not of Teams, or not of that URL."""
    if (activity.service_url or "").rstrip("/") != service_url.rstrip("/"):
        raise NotForUs("its token is for another service URL")
    if activity.channel_id != CHANNEL:
        raise NotForUs("it does not come through Teams")
    data = activity.channel_data
    said = {
        activity.conversation.tenant_id,
        data.tenant.id if data and data.tenant else None,
    } - {None}
    if {str(each).lower() for each in said} != {tenant}:
        raise NotForUs("it comes from another tenant than the policy names")
    recipient = activity.recipient.id if activity.recipient else ""
    if recipient.lower() != f"28:{app}":
        raise NotForUs("it is for another bot")
    ids = (activity.id, activity.conversation.id, activity.from_.id)
    if not all(each and _ID.fullmatch(each) for each in ids):
        raise NotForUs("its ids are none of Teams")


def place_of(activity: Activity) -> Place:
    """Where it happened."""
    conversation = activity.conversation.id
    channel, _, message = conversation.partition(_THREAD)
    return Place(conversation, channel, message)


def delivery_of(activity: Activity) -> str:
    """The same whenever the same activity is delivered again."""
    at = activity.timestamp.isoformat() if activity.timestamp else ""
    return f"{activity.conversation.id}/{activity.type}/{activity.id}/{at}"


def event_of(activity: Activity, app: str, answer: Answer) -> ChatEvent | None:
    """What somebody did; None where it is nothing to us, as what a bot says.

    Raises:
        ValueError: a button that is none of ours.
    """
    sender, place = activity.from_.id, place_of(activity)
    if sender.startswith("28:"):
        return None
    match activity:
        case AdaptiveCardInvokeActivity():
            return _pressed(activity, place, answer)
        case MessageActivity():
            return _written(activity, place, app, answer)
        case MessageUpdateActivity() if _is_reply(activity, place):
            text = _text(activity, app)
            return ReplyEdited(
                event_id=delivery_of(activity),
                user=sender,
                channel=place.channel,
                answer=answer,
                message=place.message,
                reply=activity.id,
                text=text,
                at=_written_at(activity),
                version=version_of(text),
            )
        case MessageDeleteActivity() if _is_reply(activity, place):
            return ReplyDeleted(
                event_id=delivery_of(activity),
                user=sender,
                channel=place.channel,
                answer=answer,
                message=place.message,
                reply=activity.id,
            )
        case _:
            return None


def _pressed(activity: AdaptiveCardInvokeActivity, place: Place, answer: Answer) -> ButtonPressed:
    action = activity.value.action
    incident, episode = action.data.get(INCIDENT), action.data.get(EPISODE)
    text = action.data.get(ANSWER, "")
    message = activity.reply_to_id or place.message
    if not (
        isinstance(incident, str)
        and isinstance(episode, int)
        and isinstance(text, str)
        and action.verb
        and _ID.fullmatch(message)
    ):
        raise ValueError("is no button of an incident's message")
    return ButtonPressed(
        event_id=f"{place.channel}/{activity.id}",
        user=activity.from_.id,
        channel=place.channel,
        answer=answer,
        message=message,
        action=action.verb[:100],
        incident_id=incident[:100],
        episode=episode,
        text=text[:LONGEST_TEXT],
    )


def _written(
    activity: MessageActivity, place: Place, app: str, answer: Answer
) -> CommandGiven | ReplyWritten | None:
    text = _text(activity, app)
    is_mentioned = activity.get_account_mention(f"28:{app}") is not None
    is_to_us = place.is_personal or is_mentioned
    if is_to_us and (_COMMAND.match(text) or not _is_reply(activity, place)):
        return CommandGiven(
            event_id=f"{place.channel}/{activity.id}",
            user=activity.from_.id,
            channel=place.channel,
            answer=answer,
            text=text,
        )
    if not _is_reply(activity, place):
        return None
    return ReplyWritten(
        event_id=f"{place.channel}/{activity.id}",
        user=activity.from_.id,
        channel=place.channel,
        answer=answer,
        message=place.message,
        reply=activity.id,
        text=text,
        at=_written_at(activity),
    )


def _is_reply(activity: Activity, place: Place) -> bool:
    return bool(place.message) and place.message != activity.id


def _written_at(activity: Activity) -> datetime:
    """When a message was written: its id is that moment, in milliseconds since 1970."""
    if _MOMENT.fullmatch(activity.id or ""):
        return datetime.fromtimestamp(int(activity.id or "") / 1000, UTC)
    return activity.timestamp or datetime.now(UTC)


def version_of(text: str) -> str:
    """The version of a text that was edited.

    By its letters and digits: the connector and Graph tell the same text, but not the same moment,
    and neither the same marks of a list.
    """
    letters = "".join(filter(str.isalnum, text))
    return hashlib.sha256(letters.encode(errors="surrogatepass")).hexdigest()[:16]


def plain_text(written: str) -> str:
    """What people read of a text with markup."""
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", written)))
    return text.replace("\xa0", " ").strip()[:LONGEST_TEXT]


def _text(activity: Written, app: str) -> str:
    """What was written, as people see it: without the bot's name before it, and without markup."""
    ours = StripMentionsTextOptions(account_id=f"28:{app}")
    without_us = strip_mentions_text(activity, ours) or ""
    shown = activity.model_copy(update={"text": without_us})
    plain = strip_mentions_text(shown, StripMentionsTextOptions(tag_only=True)) or ""
    text = plain_text(plain)
    return text or (ONLY_ATTACHMENT if activity.attachments else "")
