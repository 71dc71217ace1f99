"""Sending one message to one address through Apprise, which knows over a hundred services."""

import asyncio
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import timedelta

import apprise
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_form import NotifyForm
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.custom_xml import NotifyXML

from incidents.message import words_of
from incidents.notification import Notification, Purpose

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

_KIND = {
    Purpose.PAGE: apprise.NotifyType.FAILURE,
    Purpose.WARN: apprise.NotifyType.WARNING,
}

_LOG_ADDRESSES = ("apprise", "urllib3")

_STATUS = re.compile(r"\berror=(\d{3})\b")


def get_ready() -> None:
    """Do once for the process what no message should wait for."""
    _keep_addresses_out_of_logs()
    with warnings.catch_warnings():
        # The first URL loads every service; one of them tries an outdated module of Python.
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost", asset=_ASSET)


def _keep_addresses_out_of_logs() -> None:
    """Apprise, and the client below it, log URLs and answers: those hold secrets, at any level."""
    for name in _LOG_ADDRESSES:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


async def send(url: str, notification: Notification, within: timedelta) -> str | None:
    """Send a message to an Apprise URL; None when it was taken, else why it was not.

    The reason never holds the URL or any part of it.
    """
    return await bounded(lambda: _try(url, notification), within)


async def bounded(work: Callable[[], str | None], within: timedelta) -> str | None:
    """The answer of blocking work, or that it took too long.

    Every try has a thread of its own. In a pool, channels that hang would hold up pages to
    channels that work; and threads of a pool are waited for when the process ends, these are not.
    """
    outcome: Future[str | None] = Future()

    def run() -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            outcome.set_result(work())
        except Exception as error:
            # Only its kind is told: a plugin may raise anything, and quote its URL in it.
            outcome.set_result(f"failed with {type(error).__name__}")

    threading.Thread(target=run, name="send", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(outcome), within.total_seconds())
    except TimeoutError:
        return f"did not answer in {words_of(within)}"


def _try(url: str, notification: Notification) -> str | None:
    service = apprise.Apprise.instantiate(url, asset=_ASSET)
    if service is None:
        return "is not a URL that Apprise knows"
    sender = apprise.Apprise(service, asset=_ASSET)
    result = sender.notify(
        title=" ".join(notification.title.split()),
        body=_fitted(service, notification),
        notify_type=_KIND.get(notification.purpose, apprise.NotifyType.INFO),
        body_format=apprise.NotifyFormat.TEXT,
    )
    # A URL may say `optional=yes`: the result as a whole is then a success in any case.
    if any(attempt for service_result in result for attempt in service_result):
        return None
    return _reason(entry.message for entry in result.logs())


def _fitted(service: NotifyBase, notification: Notification) -> str:
    """The body for a service. Its idempotency key goes into a header where there is one."""
    if isinstance(service, NotifyJSON | NotifyXML | NotifyForm):
        service.headers["Idempotency-Key"] = notification.key
        return notification.body
    if service.overflow_mode == apprise.OverflowMode.UPSTREAM:
        # Left whole, a long title would make the service refuse the page, or cut off its end.
        service.overflow_mode = apprise.OverflowMode.SPLIT
    return f"{notification.body}\n\nref: {notification.key}"


def _reason(logged: Iterable[str]) -> str:
    """Why a service did not take it: what can be said without quoting what Apprise logged."""
    text = "\n".join(logged)
    status = _STATUS.search(text)
    if status:
        return f"answered with HTTP status {status[1]}"
    if "onnection error" in text:
        return "could not be reached, or did not answer"
    return "did not take the message"
