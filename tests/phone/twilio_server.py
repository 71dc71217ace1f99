"""A local Twilio, after its documented API: Messages and Calls of 2010-04-01, and its webhooks.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/voice/api/call-resource
https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.local_server import Handler, LocalServer

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "fedcba9876543210" * 2
OURS = "+15005550006"

_PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/(Messages|Calls)\.json")


@dataclass
class Outgoing:
    """An SMS or a call that was asked for. `form` is what the request said."""

    sid: str
    form: dict[str, Any]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def to(self) -> str:
        return str(self.form["To"])

    @property
    def text(self) -> str:
        return str(self.form["Body"])

    @property
    def twiml(self) -> str:
        return str(self.form["Twiml"])

    @property
    def callback(self) -> str:
        return str(self.form.get("StatusCallback", ""))


class TwilioServer(LocalServer):
    """Takes SMS and calls, and tells which it has. `refuse` lets it refuse the next requests.

    garbage: status and body with which every request is answered in place of the right ones.
    """

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.calls: list[Outgoing] = []
        self.asked: list[str] = []
        self.garbage: tuple[int, bytes] | None = None
        self._refusal: tuple[int, int] | None = None
        self._lock = threading.Lock()
        super().__init__(self._handler())

    def url(self, sort: str, number: str, **options: str) -> str:
        """The URL of a channel to a number."""
        more = "".join(f"&{name}={value}" for name, value in options.items())
        place = f"api=http://{self.address}{more}"
        return f"twilio-{sort}://{ACCOUNT}:{TOKEN}@{OURS}/{number}?{place}"

    def refuse(self, status: int, code: int) -> None:
        """Refuse what is asked from now on; a status of 0 ends that."""
        self._refusal = (status, code) if status else None

    def _handler(self) -> type[Handler]:
        server = self

        class Api(Handler):
            def do_POST(self) -> None:  # noqa: N802 - as the base class calls it
                length = int(self.headers.get("Content-Length") or 0)
                pairs = parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)
                self._answer(*server._asked("POST", self.path, self.login, dict(pairs)))

            def do_GET(self) -> None:  # noqa: N802
                pairs = parse_qsl(urlsplit(self.path).query)
                self._answer(*server._asked("GET", self.path, self.login, dict(pairs)))

            @property
            def login(self) -> str:
                return str(self.headers.get("Authorization", ""))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                server.wait_while_it_hangs()
                content = json.dumps(body).encode()
                if server.garbage:
                    status, content = server.garbage
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except ConnectionError:
                    self.close_connection = True

        return Api

    def _asked(
        self, method: str, path: str, login: str, form: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        found = _PATH.fullmatch(urlsplit(path).path)
        with self._lock:
            self.asked.append(f"{method} {found[2] if found else path}")
            if found is None:
                return 404, _error(404, 20404)
            right = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            if found[1] != ACCOUNT or login != f"Basic {right}":
                return 401, _error(401, 20003)
            if self._refusal:
                return self._refusal[0], _error(*self._refusal)
            if method == "POST" and not self.coming():
                return 500, _error(500, 20500)
            is_call = found[2] == "Calls"
            kept = self.calls if is_call else self.messages
            if method == "GET":
                listed = [each for each in kept if each.to == form.get("To", each.to)]
                key = "calls" if is_call else "messages"
                return 200, {key: [_shown(each, is_call) for each in reversed(listed)]}
            if form.get("From") != OURS:
                return 400, _error(400, 21606)
            if wrong := _wrong_with(form, is_call):
                return 400, _error(400, wrong)
            made = Outgoing(("CA" if is_call else "SM") + secrets.token_hex(16), form)
            kept.append(made)
        self.there()
        return 201, _shown(made, is_call)


def signed(url: str, form: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    """The headers with which Twilio posts a form to an address."""
    text = url + "".join(name + form[name] for name in sorted(form))
    mac = hmac.digest(token.encode(), text.encode(), hashlib.sha1)
    return {
        "X-Twilio-Signature": base64.b64encode(mac).decode(),
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    }


def sms_from(number: str, text: str, sid: str = "") -> dict[str, str]:
    """The form of an SMS that somebody sent to our number."""
    sid = sid or f"SM{secrets.token_hex(16)}"
    return {
        "ToCountry": "US",
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "NumMedia": "0",
        "FromCity": "",
        "Body": text,
        "To": OURS,
        "From": number,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
    }


def key_pressed(call: Outgoing, digits: str) -> dict[str, str]:
    """The form of a key that was pressed in a call."""
    return {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT,
        "From": OURS,
        "To": call.to,
        "Direction": "outbound-api",
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Digits": digits,
        "msg": "Gather End",
    }


def sms_status(message: Outgoing, status: str, error: str = "") -> dict[str, str]:
    """The form of a status callback of an SMS."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": message.to,
        "From": OURS,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
    }
    return form | ({"ErrorCode": error} if error else {})


def call_status(call: Outgoing, status: str) -> dict[str, str]:
    """The form of a status callback of a call."""
    return {
        "CallSid": call.sid,
        "CallStatus": status,
        "To": call.to,
        "From": OURS,
        "Direction": "outbound-api",
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": "1",
    }


def answered_by(call: Outgoing, who: str) -> dict[str, str]:
    """The form of what Twilio found out about who picked up, beside the call."""
    return {
        "CallSid": call.sid,
        "AccountSid": ACCOUNT,
        "AnsweredBy": who,
        "MachineDetectionDuration": "3200",
    }


def _wrong_with(form: Mapping[str, str], is_call: bool) -> int:
    """The error of a request that is not as documented; 0 for none."""
    if is_call:
        return 0 if 0 < len(form.get("Twiml", "")) <= 4_000 else 21205
    if not 1 <= int(form.get("ValidityPeriod", 36_000)) <= 36_000:
        return 21620
    if not form.get("Body"):
        return 21602
    return 0 if len(form["Body"]) <= 1_600 else 21617


def _shown(made: Outgoing, is_call: bool) -> dict[str, Any]:
    common = {
        "sid": made.sid,
        "account_sid": ACCOUNT,
        "to": made.to,
        "from": OURS,
        "direction": "outbound-api",
        "status": "queued",
        "date_created": format_datetime(made.at.replace(microsecond=0)),
    }
    if is_call:
        return common
    return common | {"body": made.text, "date_sent": None, "error_code": None}


def _error(status: int, code: int) -> dict[str, Any]:
    return {
        "code": code,
        "message": f"what Twilio says of {code} and {OURS}",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
