"""`/intake/phone/…`: what comes from people's phones, and what became of SMS and calls to them.

A provider signs each request, over our public address and all that it sends. Nothing else about a
request is believed: not where it comes from, and no key opens these paths.
"""

import logging
import os
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response

from standfast.api.access import counted
from standfast.api.backend import Backend, TheBackend
from standfast.api.body_limit import read_prefix
from standfast.api.problem_details import Problem, documented
from standfast.intake.page_answers import PageAnswers
from standfast.intake.phone_accounts import PhoneAccount, accounts_of
from standfast.intake.phone_answers import PhoneAnswers
from standfast.intake.sms_words import SmsWords
from standfast.phone.provider import Form, PhoneProvider, Speech
from standfast.phone.providers import provider_named, provider_names
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.time.rate_limiters import ClientRateLimiter

PREFIX = "/intake/phone/"

_LARGEST = 50_000
_MOST_FIELDS = 100

MOST_USELESS, WITHIN = 8, 900
"""SMS of one number with a wrong code, or that ask nothing, and the seconds that they count for. Of
10,000 codes that is no use to whoever guesses; and two machines that answer each other end.
"""

MOST_AWAY = 3
"""Answers to one number, within the same time, that say that nothing can be taken: then it is not
known either whether a stranger sends it, and each costs money.
"""

_AWAY = "Standfast cannot take this now. Please try again in a minute."
_NOT_NOW = (RecordsUnavailable, RuntimeError)
"""The record store is away, or Temporal: `PageAnswers.answer`."""

_TOO_MANY = "Too many SMS without a right code. Use the link of the page, or wait 15 minutes."

_log = logging.getLogger(__name__)

router = APIRouter(prefix="/intake/phone", tags=["phone"])


class Signed(NamedTuple):
    """A request whose signature is good; `url` is where it was sent to."""

    provider: PhoneProvider
    form: Form
    url: str


class PhoneDoor:
    """What the routes share, for one process."""

    def __init__(self, backend: Backend) -> None:
        answers = PageAnswers(backend.client, backend.policy.current, backend.lookup)
        policy = backend.policy.current
        self.answers = PhoneAnswers(backend.records, answers, policy, os.environ)
        self.useless = ClientRateLimiter(MOST_USELESS, WITHIN)
        self.away = ClientRateLimiter(MOST_AWAY, WITHIN)
        self._accounts: tuple[str, frozenset[PhoneAccount]] = ("", frozenset())

    def secrets_of(self, provider: str, account: str, policy: Policy) -> list[str]:
        """The secrets of an account; none where no channel uses it.

        What channels say is read once for each policy: strangers could have it read all the time.
        """
        if self._accounts[0] != policy.version:
            self._accounts = (policy.version, accounts_of(policy, os.environ))
        return [each.secret for each in self._accounts[1] if each[:2] == (provider, account)]


def door_of(request: Request) -> PhoneDoor:
    """The door of the app that serves this request."""
    door = request.app.state.phone_door
    if not isinstance(door, PhoneDoor):
        raise TypeError("this app was not made by build_app")
    return door


TheDoor = Annotated[PhoneDoor, Depends(door_of)]


async def signed(provider: str, request: Request, backend: TheBackend, door: TheDoor) -> Signed:
    """The form of a request that its provider has signed.

    Problem: 404 for a provider that there is none of, 503 without a public address, 413 and 400
    for what cannot be a form, 403 without a good signature.
    """
    if provider not in provider_names():
        raise Problem(404, detail=f"there is no provider of SMS and calls {provider[:40]!r}")
    known = provider_named(provider)
    public = backend.settings.public_url
    if not public:
        raise Problem(503, detail="signatures cannot be checked: STANDFAST_PUBLIC_URL is not set")
    raw, cut_off, _ = await read_prefix(request, _LARGEST)
    if cut_off:
        raise Problem(413, detail=f"more than {_LARGEST} bytes are no webhook of {known.title}")
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise Problem(400, detail="the body is not a form with a few fields") from None
    form = Form(pairs)
    named = known.account_of(form)
    secrets = door.secrets_of(provider, named, backend.policy.current())
    # As it was sent: other middleware may have tidied the path.
    path = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    query = request.scope.get("query_string", b"").decode("latin-1")
    url = f"{public}{path}{f'?{query}' if query else ''}"
    if not any(known.is_signed(secret, url, request.headers, form) for secret in secrets):
        raise counted(
            request,
            Problem(
                403,
                detail=f"this was not signed by {known.title} with the secret of an account of the "
                f"policy, for {public}: its address there must begin with STANDFAST_PUBLIC_URL",
            ),
        )
    return Signed(known, form, url)


TheSigned = Annotated[Signed, Depends(signed)]

_FORM = "application/x-www-form-urlencoded"
_ANSWERS = documented(400, 403, 404, 413, 429, 503)


def _form(**example: str) -> dict[str, Any]:
    """The OpenAPI document's part of a body that is a form, with the fields that are read."""
    fields = {"type": "object", "additionalProperties": {"type": "string"}}
    content = {_FORM: {"schema": fields, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _xml(text: str) -> Response:
    return Response(text, media_type="text/xml; charset=utf-8")


@router.post(
    "/{provider}/sms",
    responses=_ANSWERS,
    openapi_extra=_form(AccountSid="AC…", MessageSid="SM…", From="+4915112345678", Body="A 4711"),
    response_class=Response,
)
async def receive_sms(sent: TheSigned, door: TheDoor, backend: TheBackend) -> Response:
    """An SMS to our number: an answer to a page. The answer says what became of it."""
    provider, form, _ = sent
    sms = provider.sms_reply(form)
    if sms is None:
        _log.warning("a phone has blocked SMS from us at %s, or ended that", provider.title)
        return _xml(provider.sms_answer(""))
    if door.useless.wait(sms.number):
        return _xml(provider.sms_answer(""))
    words = SmsWords(backend.policy.current().answers.by_action)
    try:
        answer = await door.answers.by_sms(provider.name, sms, words)
    except _NOT_NOW as away:
        _log.warning("an SMS could not be taken: %s", away)
        is_enough = door.away.wait(sms.number)
        door.away.count(sms.number)
        return _xml(provider.sms_answer("" if is_enough else _AWAY))
    if answer.useless:
        door.useless.count(sms.number)
        if door.useless.wait(sms.number):
            return _xml(provider.sms_answer(_TOO_MANY))
    return _xml(provider.sms_answer(answer.text))


@router.post(
    "/{provider}/keys/{message_id}",
    responses=_ANSWERS,
    openapi_extra=_form(AccountSid="AC…", CallSid="CA…", To="+4915112345678", Digits="1"),
    response_class=Response,
)
async def receive_key(
    message_id: str, request: Request, sent: TheSigned, door: TheDoor
) -> Response:
    """A key that was pressed in a call. The answer is what the call says next."""
    provider, form, url = sent
    language = request.query_params.get("language", "")
    voice = request.query_params.get("voice", "")
    try:
        answer = await door.answers.by_key(provider.name, message_id, provider.key_press(form))
    except _NOT_NOW as away:
        _log.warning("a key could not be taken: %s", away)
        return _xml(provider.spoken(Speech(_AWAY, language, voice)))
    speech = Speech(answer.text, language, voice)
    return _xml(provider.spoken(speech, url if answer.again else ""))


@router.post(
    "/{provider}/status/{message_id}",
    status_code=204,
    responses=_ANSWERS,
    openapi_extra=_form(AccountSid="AC…", MessageSid="SM…", MessageStatus="delivered"),
)
async def receive_status(message_id: str, sent: TheSigned, door: TheDoor) -> None:
    """What became of an SMS or a call of ours."""
    provider, form, _ = sent
    if not await door.answers.note(provider.name, message_id, provider.status_report(form)):
        raise Problem(404, detail="no SMS and no call of ours is known by this address")
