"""Every other scheme: sent by Apprise, which knows over a hundred services.

Apprise says of a failure only that it failed, and logs the rest. What we must know of it, the
status and how long not to try the service, stands in the answer that Apprise keeps to itself.
Its plugins reach HTTP through `requests`, each try in the thread that called it; so `get_ready`
lets `requests` hand every answer on to the try that runs in the same thread, where there is one,
and use the connections that this thread keeps. Nothing else of `requests` changes, and nothing at
all for whoever else uses it in this process. A service that is not reached through `requests`
(mail, MQTT, …) works as well, without these details.
"""

import logging
import threading
import time
import warnings
from collections.abc import Iterable
from copy import copy
from datetime import timedelta
from functools import lru_cache, wraps
from typing import Any

import apprise
import requests
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_form import NotifyForm
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.custom_xml import NotifyXML
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.twilio import NotifyTwilio
from requests.adapters import BaseAdapter, HTTPAdapter

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import OUR_HEADER, Purpose
from standfast.messages.message import words_of
from standfast.notification.connections import kept_connections
from standfast.notification.http_answers import asked_pause, refusal
from standfast.notification.kinds.apprise_forms import FORMS
from standfast.notification.kinds.kind import ChannelKind, KindContext, scheme_of
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import OPEN_FOR, SendResult

_NO_DOMAIN = "standfast.invalid"
"""Of the id in References, where the policy names no address for replies."""

_ASSET = apprise.AppriseAsset(
    app_id="Standfast",
    app_desc="Incident management",
    # What a reporter wrote goes out as it stands: no :smile:, no \n becomes anything else.
    interpret_emojis=False,
    interpret_escapes=False,
    # A redirected POST arrives as a GET without the message, and would count as delivered.
    http_redirects=False,
    # No limit of Apprise's own: it would move the try to its one small pool of threads.
    service_timeout=0,
    pgp_autogen=False,
    pem_autogen=False,
)

_WITH_HEADERS = NotifyJSON | NotifyXML | NotifyForm
_PLAIN = tuple(f"{scheme}://" for scheme in ("json", "jsons", "xml", "xmls", "form", "forms"))
"""Services that note nothing while they send, so that what was read of a URL may be used again."""

_MOST_KNOWN = 100
"""URLs of which is remembered what was read."""

_KIND = {
    Purpose.PAGE: apprise.NotifyType.FAILURE,
    Purpose.WARN: apprise.NotifyType.WARNING,
}

_UNKNOWN = "is not a URL that Apprise knows"

_LOG_ADDRESSES = ("apprise", "urllib3")


class _Heard(threading.local):
    """The answers to the try that runs in this thread; None where none does."""

    answers: list[requests.Response] | None = None


_heard = _Heard()
_getting_ready = threading.Lock()
_ready = False


def get_ready() -> None:
    """Do once for the process what no message should wait for."""
    global _ready
    with _getting_ready:
        if _ready:
            return
        _keep_addresses_out_of_logs()
        _listen_to_answers()
        with warnings.catch_warnings():
            # The first URL loads every service; one of them tries an outdated module of Python.
            warnings.simplefilter("ignore", DeprecationWarning)
            apprise.Apprise.instantiate("json://localhost", asset=_ASSET)
        _ready = True


def _keep_addresses_out_of_logs() -> None:
    """Apprise, and the client below it, log URLs and answers: those hold secrets, at any level."""
    for name in _LOG_ADDRESSES:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _listen_to_answers() -> None:
    send = requests.Session.send

    @wraps(send)
    def and_listen(
        self: requests.Session, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        answer = send(self, request, **how)
        if _heard.answers is not None:
            _heard.answers.append(answer)
        return answer

    get_adapter = requests.Session.get_adapter

    @wraps(get_adapter)
    def or_kept(self: requests.Session, url: str) -> BaseAdapter:
        adapter = get_adapter(self, url)
        # A plugin that brings its own way to reach a service, such as a guarded one, keeps it.
        is_plain = type(self) is requests.Session and type(adapter) is HTTPAdapter
        return kept_connections() if _heard.answers is not None and is_plain else adapter

    requests.Session.send = and_listen  # type: ignore[method-assign]
    requests.Session.get_adapter = or_kept  # type: ignore[method-assign]


class AppriseService(ChannelKind):
    """A service that Apprise knows. Of what became of a message it tells nothing further."""

    provider = "apprise"

    def __init__(self) -> None:
        get_ready()

    def form_of(self, url: str) -> ChannelForm:
        """By the scheme. Where a system listens, and not a person, it gets the whole."""
        return FORMS.get(scheme_of(url), ChannelForm.CHAT)

    def is_mail(self, url: str) -> bool:
        """Of the services that send mail, Apprise sets a reply address for SMTP alone."""
        return scheme_of(url) in ("mailto", "mailtos")

    def problem_of(self, url: str) -> str:
        """Whether Apprise can read it."""
        if _service(url):
            return ""
        scheme = scheme_of(url)
        if not scheme:
            return (
                "is no URL: write one such as ntfys://HOST/TOPIC, or secret:NAME for one that "
                "stands in STANDFAST_SECRET_NAME"
            )
        if scheme in FORMS or scheme in ("http", "https"):
            return f"is not a URL that Apprise can read: see how it writes {scheme}:// in its wiki"
        return "begins with what is no kind of channel: see what stands before its ://"

    def advice_on(self, url: str) -> str:
        """Whether a kind of our own does more."""
        service = _service(url)
        if isinstance(service, NotifyNtfy):
            return "goes through Apprise, without buttons: write ntfys://HOST/TOPIC"
        if isinstance(service, NotifyTwilio):
            return (
                "goes through Apprise, so nobody can answer it by a code: write "
                "twilio-sms://ACCOUNT:TOKEN@FROM/TO"
            )
        return ""

    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:  # noqa: ARG002
        """Send it, as `try_to_send` does."""
        return try_to_send(url, message)


def try_to_send(url: str, message: OutgoingMessage) -> SendResult:
    """Send a message to an Apprise URL; it blocks for as long as the service takes.

    The problem never holds the URL or any part of it.
    """
    service = _service(url)
    if service is None:
        return SendResult(_UNKNOWN)
    sender = apprise.Apprise(service, asset=_ASSET)
    answers: list[requests.Response] = []
    began = time.monotonic()
    _heard.answers = answers
    try:
        result = sender.notify(
            title=" ".join(message.title.split()),
            body=_fitted(service, message),
            notify_type=_KIND.get(message.purpose, apprise.NotifyType.INFO),
            body_format=apprise.NotifyFormat.TEXT,
        )
    finally:
        _heard.answers = None
    # A URL may say `optional=yes`: the result as a whole is then a success in any case.
    if any(attempt for service_result in result for attempt in service_result):
        return SendResult()
    took = timedelta(seconds=time.monotonic() - began)
    hung = took.total_seconds() >= min(service.socket_connect_timeout, service.socket_read_timeout)
    open_for = asked_pause(answers) or (OPEN_FOR if hung else None)
    if hung and not answers:
        return SendResult(f"did not answer in {words_of(took)}", open_for, in_doubt=True)
    return SendResult(_reason(answers, (entry.message for entry in result.logs())), open_for)


@lru_cache(_MOST_KNOWN)
def _known(url: str) -> NotifyBase | None:
    """A service as its URL says, which sends no message itself."""
    service = apprise.Apprise.instantiate(url, asset=_ASSET)
    if service is not None:
        # When to try again is ours to say: a service may have asked for a pause.
        service.retry = 0
    return service


def _service(url: str) -> NotifyBase | None:
    """The service of a URL, for one message alone."""
    if not url.lower().startswith(_PLAIN):
        return _known.__wrapped__(url)
    known = _known(url)
    if not isinstance(known, _WITH_HEADERS):
        return known
    service = copy(known)
    service.headers = dict(known.headers)
    return service


def _fitted(service: NotifyBase, message: OutgoingMessage) -> str:
    """The body for a service. Its idempotency key goes into a header where there is one."""
    if isinstance(service, _WITH_HEADERS):
        service.headers["Idempotency-Key"] = message.key
        return message.body
    if isinstance(service, NotifyEmail):
        # No machine answers that, and the intake does not take it for somebody's report.
        service.headers |= {
            OUR_HEADER: message.incident_id or "operators",
            "Auto-Submitted": "auto-generated",
        }
        if message.answer_tag:
            # Mail servers may give the message another Message-ID; these they leave as they are,
            # and mail programs hand them on in the References of a reply.
            domain = message.reply_to.rpartition("@")[2] or _NO_DOMAIN
            service.headers["References"] = f"<{message.answer_tag}@{domain}>"
            if message.reply_to:
                service.reply_to = {message.reply_to}
    if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        # Left whole, a long title would make the service refuse the page, or cut off its end.
        service.overflow_mode = apprise.OverflowMode.SPLIT
    return f"{message.body}\n\nref: {message.key}"


def _reason(answers: Iterable[requests.Response], logged: Iterable[str]) -> str:
    """Why a service did not take it: what can be said without quoting what Apprise logged."""
    if refused := refusal(answers):
        return refused
    if "onnection error" in "\n".join(logged):
        return "could not be reached, or did not answer"
    return "did not take the message"
