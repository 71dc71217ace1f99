"""`webpush://`: pages to the browsers and phones that their person has added in the console."""

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from standfast.incidents.actions import Action
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Purpose
from standfast.notification.kinds.kind import ChannelKind, KindContext
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.notification.web_push import Push, PushResult, PushSender, Urgency
from standfast.outgoing.circuit_breaker import SendResult
from standfast.records.errors import RecordsUnavailable
from standfast.records.push_devices import PushTarget
from standfast.records.store import RecordStore

_PAGE_LIVES, _OTHERS_LIVE = timedelta(hours=1), timedelta(hours=12)
"""For how long a phone that is off gets a message later. A page is somebody else's by then."""

_WAKES = ("P1", "P2", "P3")
"""Priorities whose pages are shown at once by a phone that saves its battery."""

_LONGEST_TITLE = 200

_log = logging.getLogger(__name__)


class WebPush(ChannelKind):
    """All devices of a person at once; it is taken once the push service of one has taken it."""

    provider = "webpush"
    replaces = True
    once = True  # our own service worker shows one of a tag
    has_button = True

    def form_of(self, url: str) -> ChannelForm:  # noqa: ARG002
        """A push."""
        return ChannelForm.PUSH

    def problem_of(self, url: str) -> str:
        """Whether something stands behind it, that would not be read."""
        if url.strip().rstrip("/").lower() == "webpush:":
            return ""
        return "takes nothing behind webpush://: each person adds their devices in the console"

    def breaker_of(self, url: str, recipient: str) -> str:
        """One for each person: their devices share nothing with those of others."""
        return f"{url}{recipient}"

    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:  # noqa: ARG002
        """Hand it to the push service of each device."""
        if context.records is None or context.push is None:
            return SendResult("needs the record store, which knows the devices")
        now = datetime.now(UTC)
        try:
            targets = context.records.push_devices.targets(message.recipient, now)
        except RecordsUnavailable as away:
            return SendResult(f"the devices of {message.recipient} cannot be looked up: {away}")
        if not targets:
            return SendResult(
                f"{message.recipient} has no device that gets pages: they can add one in the "
                "console, at /devices"
            )
        results = _sent(context.push(), targets, message)
        _note(context.records, targets, results, now)
        taken = [each.sent for each in results if not each.sent.problem]
        return taken[0] if taken else _of_all(targets, results)


def _push(message: OutgoingMessage) -> Push:
    """The message for our service worker; what it does with each field stands there."""
    is_page = message.purpose is Purpose.PAGE and not message.replaces
    topic = hashlib.sha256((message.thread or message.key).encode()).hexdigest()[:32]
    content = {
        "title": " ".join(message.title.split())[:_LONGEST_TITLE],
        "body": message.body,
        "tag": topic,
        "opens": _path(message.page_link or message.link) or "/my-pages",
        "answers": _path(message.page_link) if is_page else "",
        "button": next((b.label for b in message.buttons if b.action is Action.ACKNOWLEDGE), ""),
        "stays": is_page,
        "quiet": message.replaces,
    }
    wakes = is_page and message.priority in _WAKES
    urgency = Urgency.HIGH if wakes else Urgency.NORMAL
    return Push(content, topic, urgency, _PAGE_LIVES if is_page else _OTHERS_LIVE)


def _path(link: str) -> str:
    """Where a link leads in the console. The browser knows the console by its own address."""
    parts = urlsplit(link)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _sent(
    sender: PushSender, targets: Sequence[PushTarget], message: OutgoingMessage
) -> list[PushResult]:
    """What became of it for each device; each has a link of its own, which ends with it."""

    def send(target: PushTarget) -> PushResult:
        link = message.link_to(target.device.id) if message.link_to else message.page_link
        return sender.send(target.subscription, _push(replace(message, page_link=link)))

    with ThreadPoolExecutor(max_workers=len(targets)) as threads:
        return list(threads.map(send, targets))


def _note(
    records: RecordStore,
    targets: Sequence[PushTarget],
    results: Sequence[PushResult],
    now: datetime,
) -> None:
    """Note which devices were used, and which want no more."""
    devices = records.push_devices
    try:
        for (device, _), result in zip(targets, results, strict=True):
            if result.gone:
                devices.end(device.id, result.sent.problem, now)
            elif not result.sent.problem:
                devices.used(device, now)
    except RecordsUnavailable as away:  # the message has gone out
        _log.warning("what became of devices cannot be noted: %s", away)


def _of_all(targets: Sequence[PushTarget], results: Sequence[PushResult]) -> SendResult:
    """Why none took it. Nobody waits for as long as one of them asks, if others do not."""
    words = "; ".join(
        f"{target.device.label}: {result.sent.problem}"
        for target, result in zip(targets, results, strict=True)
    )
    pauses = [result.sent.open_for for result in results]
    known = [pause for pause in pauses if pause is not None]
    return SendResult(words, min(known) if known and len(known) == len(pauses) else None)
