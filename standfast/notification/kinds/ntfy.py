"""`ntfy://` and `ntfys://`: pushes with buttons, by the API of ntfy itself.

    ntfys://ntfy.sh/TOPIC                  the public server
    ntfys://USER:PASSWORD@HOST/TOPIC       a server of your own
    ntfys://TOKEN@HOST/TOPIC               the same, by an access token
    ntfy://HOST:8080/TOPIC                 without TLS
    ntfy://TOPIC                           the public server as well

`priority=` (1 to 5) is the least priority of a page, `tags=` are further tags.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

import requests

from standfast.incidents.actions import Action
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Purpose
from standfast.notification.connections import kept_connections
from standfast.notification.http_answers import asked_pause, refusal
from standfast.notification.kinds.kind import ChannelKind, KindContext
from standfast.notification.outgoing_message import Button, OutgoingMessage
from standfast.outgoing.circuit_breaker import OPEN_FOR, SendResult
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_CLOUD = "ntfy.sh"

_ANSWERS_WITHIN = timedelta(seconds=10)
_CLEARS_WITHIN = timedelta(seconds=1)

_MOST_REPLACED = 6
"""Messages of a thread, the latest of which is replaced and the others taken off the screen."""

_LONGEST = 3_800
"""Bytes of a message; ntfy makes a file of one beyond 4,096, which no phone shows."""

_TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")

_HARD_TO_GUESS = 16
"""Characters of a topic, as people's own are demanded to have."""

_PARAMETERS = frozenset({"priority", "tags", "token", "auth", "mode"})

_PRIORITIES = {"P1": 5, "P2": 4}
_USUAL, _QUIET = 3, 2
_LOUD = (Purpose.PAGE, Purpose.WORSE)

_TAGS = {
    Purpose.PAGE: "rotating_light",
    Purpose.LOOK: "eyes",
    Purpose.WARN: "warning",
    Purpose.WORSE: "warning",
    Purpose.APPROVE: "question",
    Purpose.CONFIRM: "question",
}


_ANSWERS = (Action.ACKNOWLEDGE, Action.DECLINE, None)
"""What its buttons do: there is room for two that answer, and for one that opens the page."""


class _Problem(Exception):  # noqa: N818 - it is none of the program
    """What is wrong with a URL."""


class _Server(NamedTuple):
    """What a URL says."""

    address: str
    topics: tuple[str, ...]
    user: str
    password: str
    least_priority: int
    tags: tuple[str, ...]

    @property
    def authorization(self) -> Any:
        """How it is shown who sends."""
        if self.password and not self.user:
            return _Bearer(self.password)
        if not self.user:
            return None
        name, word = (text.encode() for text in (self.user, self.password))
        return requests.auth.HTTPBasicAuth(name, word)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Ntfy(ChannelKind):
    """A topic of an ntfy server.

    A message has a sequence of its own: sent twice, it is shown once. One that replaces goes on in
    the sequence of the latest before it, and is silent there; `provider_id` is the sequence. A page
    never does, for a phone rings only once for each.
    """

    provider = "ntfy"
    replaces = True
    has_button = True

    def form_of(self, url: str) -> ChannelForm:  # noqa: ARG002
        """A push."""
        return ChannelForm.PUSH

    def problem_of(self, url: str) -> str:
        """What ntfy, or we, could not do with it."""
        try:
            _read(url)
        except _Problem as problem:
            return str(problem)
        unknown = parse_qs(urlsplit(url).query, keep_blank_values=True).keys() - _PARAMETERS
        if unknown:
            return f"has a parameter that ntfy channels do not know; known: {_known()}"
        return ""

    def advice_on(self, url: str) -> str:
        """Whether others can read along."""
        try:
            server = _read(url)
        except _Problem:
            return ""
        host = urlsplit(server.address).hostname or ""
        if server.address.startswith("http:") and not _is_near(host):
            return "is without TLS, so pages can be read on their way: write ntfys://"
        if host == _CLOUD and any(len(topic) < _HARD_TO_GUESS for topic in server.topics):
            return (
                f"has a topic that can be guessed, and whoever knows it reads the pages: make one "
                f"up with at least {_HARD_TO_GUESS} characters"
            )
        return ""

    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:
        """Publish to each topic; it is taken once one was."""
        try:
            server = _read(url)
        except _Problem as problem:
            return SendResult(str(problem))
        sequence, *older = _sequences(message, context.records)
        results = [_publish(server, topic, message, sequence) for topic in server.topics]
        taken = next((each for each in results if not each.problem), results[-1])
        if not taken.problem:
            _clear(server, older)
        return taken


def _is_near(host: str) -> bool:
    """Whether it is this machine or one of a network of one's own."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


def _known() -> str:
    return ", ".join(sorted(_PARAMETERS))


def _read(url: str) -> _Server:
    """Raises _Problem."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _Problem("is not a URL") from None
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    topics = tuple(unquote(each) for each in parts.path.split("/") if each)
    host = parts.hostname or ""
    secure = parts.scheme.lower() == "ntfys"
    if host and (not topics or given.get("mode") == "cloud"):
        # ntfy://TOPIC, as Apprise has it. `hostname` is in small letters, a topic need not be.
        topics = (unquote(parts.netloc.rpartition("@")[2]), *topics)
        host, port = _CLOUD, None
    if not host:
        raise _Problem("names no host and no topic; write ntfys://HOST/TOPIC")
    if not all(map(_TOPIC.fullmatch, topics)):
        raise _Problem(
            "has a topic that ntfy does not take: 1 to 64 letters, digits, hyphens and underscores"
        )
    priority = given.get("priority", "1")
    if priority not in ("1", "2", "3", "4", "5"):
        raise _Problem("has a priority that ntfy does not know; it goes from 1 to 5")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and not password and (user.startswith("tk_") or given.get("auth") == "token"):
        user, password = "", user
    if "token" in given:
        user, password = "", given["token"]
    scheme = "https" if secure or host == _CLOUD else "http"
    shown = f"[{host}]" if ":" in host else quote(host, safe=".-_")
    return _Server(
        address=f"{scheme}://{shown}" + (f":{port}" if port else ""),
        topics=topics,
        user=user,
        password=password,
        least_priority=int(priority),
        tags=tuple(tag for tag in given.get("tags", "").split(",") if tag),
    )


def _sequences(message: OutgoingMessage, records: RecordStore | None) -> list[str]:
    """The sequence of a message; after it, those of which nothing needs to be shown any more."""
    own = hashlib.sha256(message.key.encode()).hexdigest()[:24]
    incident_id, _, episode = message.thread.rpartition(f":{message.recipient}")[0].partition(":")
    if not (message.replaces and episode and records):
        return [own]
    try:
        sent = records.deliveries.latest_sent(
            incident_id, int(episode), message.recipient, message.channel, _MOST_REPLACED
        )
    except RecordsUnavailable:
        return [own]
    return [*dict.fromkeys(each.provider_id for each in sent if each.provider_id)] or [own]


def _session() -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, kept_connections())
    return session


def _publish(server: _Server, topic: str, message: OutgoingMessage, sequence: str) -> SendResult:
    content = {"topic": topic, "sequence_id": sequence} | _content(server, message)
    try:
        answer = _session().post(
            server.address,
            json=content,
            headers={"Idempotency-Key": message.key},
            auth=server.authorization,
            timeout=_ANSWERS_WITHIN.total_seconds(),
            allow_redirects=False,
        )
    except requests.Timeout:
        seconds = _ANSWERS_WITHIN.total_seconds()
        return SendResult(f"did not answer in {seconds:.0f} s", OPEN_FOR, in_doubt=True)
    except requests.RequestException:
        return SendResult("could not be reached")
    if refused := refusal([answer]):
        return SendResult(f"{refused}{_said(answer)}", asked_pause([answer]))
    return SendResult(provider_id=sequence)


def _clear(server: _Server, sequences: Iterable[str]) -> None:
    """Take messages off the screens. Where that fails they stay there, and harm nobody."""
    for topic, sequence in product(server.topics, sequences):
        with suppress(requests.RequestException):
            _session().put(
                f"{server.address}/{topic}/{sequence}/clear",
                auth=server.authorization,
                timeout=_CLEARS_WITHIN.total_seconds(),
                allow_redirects=False,
            )


def _content(server: _Server, message: OutgoingMessage) -> dict[str, Any]:
    """The message as ntfy's API takes it, see https://docs.ntfy.sh/publish/#publish-as-json."""
    content: dict[str, Any] = {
        "title": " ".join(message.title.split()),
        "message": _cut(message.body),
        "priority": _priority(server, message),
        "tags": [*_tags(message), *server.tags],
    }
    if click := message.page_link or message.link:
        content["click"] = click
    if buttons := _buttons(message):
        content["actions"] = buttons
    return content


def _priority(server: _Server, message: OutgoingMessage) -> int:
    if message.replaces:
        return _QUIET
    if message.purpose not in _LOUD:
        return _USUAL
    return max(_PRIORITIES.get(message.priority, _USUAL), server.least_priority)


def _tags(message: OutgoingMessage) -> list[str]:
    if message.replaces:
        return ["white_check_mark"]
    tag = _TAGS.get(message.purpose)
    return [tag] if tag else []


def _buttons(message: OutgoingMessage) -> list[dict[str, Any]]:
    """At most three, as ntfy has it: what a page asks for, by the link of this person alone."""
    if not message.page_link or message.replaces:
        return []
    return [_button(each, message.page_link) for each in message.buttons if each.action in _ANSWERS]


def _button(button: Button, link: str) -> dict[str, Any]:
    if button.action is None:
        return {"action": "view", "label": button.label, "url": link}
    return {
        "action": "http",
        "label": button.label,
        "url": link,
        "method": "POST",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": f"action={button.action}&via=push",
        "clear": True,
    }


def _cut(text: str) -> str:
    whole = text.encode("utf-8", "replace")
    if len(whole) <= _LONGEST:
        return whole.decode()
    return whole[:_LONGEST].decode("utf-8", "ignore").rpartition("\n")[0] + "\n…"


def _said(answer: requests.Response) -> str:
    """The server's number for what is wrong. Its words may quote the topic, which is a secret."""
    try:
        code = answer.json()["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f" (ntfy's error {code})" if isinstance(code, int) else ""
