"""The ways by which a page is answered at night, as people go them, and as others try to.

Each method that answers gives the words that were heard.
"""

import copy
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from standfast.chat.msteams.webhook import PATH as TEAMS_PATH
from standfast.chat.slack.provider import PATH as SLACK_PATH
from standfast.hosting.links import page_links, page_reply_tokens
from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.paged import ANSWERS
from standfast.incidents.via import Via
from standfast.phone.keys import KEY_OF
from tests.chat.msteams.messages import Said
from tests.chat.slack.signing import as_form
from tests.chat.slack.signing import signed as signed_by_slack
from tests.chat.slack_server import says
from tests.mail.messages import reply, reply_address
from tests.phone.old_pages import grow_old
from tests.phone.twilio_server import TOKEN, Outgoing, key_pressed, sms_from
from tests.phone.twilio_server import signed as signed_by_twilio
from tests.stories.desk import Ticket, until
from tests.stories.night import (
    ANA,
    BEN,
    DORA,
    LEA,
    LEO,
    MAIL_SERVER,
    MAX,
    MIA,
    NUMBERS,
    PUBLIC,
    Night,
    address,
)

LONG_AGO = timedelta(days=4)

_LETTER = {Action.ACKNOWLEDGE: "A", Action.DECLINE: "N", Action.ESCALATE: "E"}
_WORDS = {Action.ACKNOWLEDGE: "ack", Action.DECLINE: "not me", Action.ESCALATE: "escalate"}


class Way(ABC):
    """One way, of one person."""

    person: ClassVar[str]
    via: ClassVar[Via]
    offers: ClassVar[tuple[Action, ...]] = ANSWERS
    """What one can answer so."""

    def __init__(self, night: Night) -> None:
        self.night = night

    @abstractmethod
    async def sees(self, ticket: Ticket) -> str:
        """What the person has in hand about the incident, now."""

    @abstractmethod
    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        """They do that."""

    @abstractmethod
    async def forged(self, ticket: Ticket) -> str:
        """Somebody makes such an answer up."""

    @abstractmethod
    async def of_another(self, ticket: Ticket) -> str:
        """Somebody whose page it is not answers it, or does not belong here."""

    @abstractmethod
    async def expired(self, ticket: Ticket) -> str:
        """An answer that took too long on its way, or to a page of long ago."""


class ByLink(Way):
    """Ana opens the link on her phone, in Chromium, and presses the button on the page."""

    person, via = ANA, Via.LINK

    async def sees(self, ticket: Ticket) -> str:
        await self.night.screen.goto(self.night.console + self._path(ticket))
        return await self.night.screen.locator("main").inner_text()

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        await self.sees(ticket)
        button = self.night.screen.get_by_role("button", name=ACTIONS[action].button)
        if await button.count():
            await button.click()
        return await self.night.screen.get_by_role("status").inner_text()

    async def forged(self, ticket: Ticket) -> str:
        path = self._path(ticket)
        return await self._post(path[:-1] + ("b" if path[-1] == "a" else "a"))

    async def of_another(self, ticket: Ticket) -> str:
        return await self._post(self._path(ticket, person="mallory"))

    async def expired(self, ticket: Ticket) -> str:
        return await self._post(self._path(ticket, ago=LONG_AGO))

    def _path(self, ticket: Ticket, person: str = "", ago: timedelta = timedelta()) -> str:
        return f"/p/{token(self.night, ticket, person or self.person, ago)}"

    async def _post(self, path: str) -> str:
        """As both kinds of push do, without a page around the words."""
        form = {"action": "acknowledge", "via": str(self.via)}
        headers = {"Accept": "text/plain"}
        return (await self.night.api.http.post(path, data=form, headers=headers)).text


class ByNtfy(ByLink):
    """Ana presses the button of the push."""

    via = Via.PUSH
    offers = (Action.ACKNOWLEDGE, Action.DECLINE)

    async def sees(self, ticket: Ticket) -> str:
        latest = self._mine(self.night.ntfy.shown.values(), ticket)[-1]
        return f"{latest['title']} {latest['message']}"

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        page = self._mine(self.night.ntfy.came, ticket)[0]
        [button] = [b for b in page["actions"] if b["label"] == ACTIONS[action].button]
        path = urlsplit(button["url"]).path
        answer = await self.night.api.http.request(
            button["method"], path, headers=button["headers"], content=button["body"]
        )
        return answer.text

    def _mine(self, pushes: Iterable[dict[str, Any]], ticket: Ticket) -> list[dict[str, Any]]:
        mine = (each for each in pushes if each["topic"] == self.person)
        return [each for each in mine if self.night.is_about(ticket, each)]


class ByWebPush(ByLink):
    """Mia's browser decrypts the push, and its button answers as the service worker does."""

    person, via = MIA, Via.PUSH
    offers = (Action.ACKNOWLEDGE,)

    async def sees(self, ticket: Ticket) -> str:
        latest = self._pushes(ticket)[-1]
        return f"{latest['title']} {latest['body']}"

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        page = self._pushes(ticket)[0]
        assert page["stays"]
        assert action is Action.ACKNOWLEDGE
        return await self._post(page["answers"])

    def _pushes(self, ticket: Ticket) -> list[dict[str, Any]]:
        told = (self.night.phone.opens(push) for push in self.night.push_service.requests)
        return [each for each in told if self.night.is_about(ticket, each)]


class BySms(Way):
    """Ben answers with the code."""

    person, via = BEN, Via.SMS
    _PATH = "/intake/phone/twilio/sms"

    async def sees(self, ticket: Ticket) -> str:
        return self._messages(ticket)[-1].text

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        return await self._sends(ticket, letter=_LETTER[action])

    async def forged(self, ticket: Ticket) -> str:
        return await self._sends(ticket, signed_with="0" * 32)

    async def of_another(self, ticket: Ticket) -> str:
        return await self._sends(ticket, number=NUMBERS[LEA])

    async def expired(self, ticket: Ticket) -> str:
        grow_old(self.night.api.desk.records, ticket.id)
        return await self._sends(ticket)

    async def _sends(
        self,
        ticket: Ticket,
        number: str = NUMBERS[BEN],
        signed_with: str = TOKEN,
        letter: str = "A",
    ) -> str:
        code = re.search(r"Reply A (\d{4})", self._messages(ticket)[0].text)
        assert code
        form = sms_from(number, f"{letter} {code[1]}")
        return await from_twilio(self.night, self._PATH, form, signed_with)

    def _messages(self, ticket: Ticket) -> list[Outgoing]:
        mine = (each for each in self.night.twilio.messages if each.to == NUMBERS[BEN])
        return [each for each in mine if self.night.is_about(ticket, each.text)]


class ByKey(Way):
    """Lea is called, and presses 1."""

    person, via = LEA, Via.PHONE

    async def sees(self, ticket: Ticket) -> str:
        return self._call(ticket).twiml

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        return await self._presses(ticket, key=KEY_OF[action])

    async def forged(self, ticket: Ticket) -> str:
        return await self._presses(ticket, signed_with="0" * 32)

    async def of_another(self, ticket: Ticket) -> str:
        return await self._presses(ticket, To=NUMBERS[BEN])

    async def expired(self, ticket: Ticket) -> str:
        grow_old(self.night.api.desk.records, ticket.id)
        return await self._presses(ticket)

    async def _presses(
        self, ticket: Ticket, key: str = "1", signed_with: str = TOKEN, **changed: str
    ) -> str:
        call = self._call(ticket)
        gather = ElementTree.fromstring(call.twiml).find("Gather")
        assert gather is not None
        path = str(gather.get("action")).removeprefix(PUBLIC)
        return await from_twilio(self.night, path, key_pressed(call, key) | changed, signed_with)

    def _call(self, ticket: Ticket) -> Outgoing:
        """The only one: no news wakes anybody by a call."""
        [call] = [e for e in self.night.twilio.calls if self.night.is_about(ticket, e.twiml)]
        return call


class ByMail(Way):
    """Leo writes back."""

    person, via = LEO, Via.MAIL

    async def sees(self, ticket: Ticket) -> str:
        came = [each.json for each in self.night.sink.taken if each.path == f"/{LEO}"]
        latest = [each for each in came if self.night.is_about(ticket, each)][-1]
        return f"{latest['title']} {latest['message']}"

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        return await self._writes(self._token(ticket), says=_WORDS[action])

    async def forged(self, ticket: Ticket) -> str:
        return await self._writes(self._token(ticket), proof="dmarc=fail")

    async def of_another(self, ticket: Ticket) -> str:
        return await self._writes(self._token(ticket), sender=address(BEN))

    async def expired(self, ticket: Ticket) -> str:
        return await self._writes(self._token(ticket, LONG_AGO))

    def _token(self, ticket: Ticket, ago: timedelta = timedelta()) -> str:
        """Of the address to which he replies."""
        tokens = page_reply_tokens(self.night.api.backend.settings)
        return tokens.token(ticket.id, 1, LEO, datetime.now(UTC) - ago)

    async def _writes(
        self,
        tag: str,
        sender: str = address(LEO),
        proof: str = "dmarc=pass",
        says: str = "ack",
    ) -> str:
        said = f"{MAIL_SERVER}; {proof} header.from=storyville.example"
        raw = reply(
            says,
            "page@storyville.example",
            sender=sender,
            to=reply_address(tag),
            authentication_results=said,
        )
        key = self.night.api.source_key("email")
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "message/rfc822"}
        answer = await self.night.api.http.post("/intake/email", content=raw, headers=headers)
        return str(answer.json()["reason"])


class BySlack(Way):
    """Max presses the button below the message in Slack, which calls by HTTP and signs it."""

    person, via = MAX, Via.SLACK
    offers = (Action.ACKNOWLEDGE, Action.ESCALATE)  # and not me for whoever was paged

    def __init__(self, night: Night) -> None:
        super().__init__(night)
        self._first: dict[str, dict[str, Any]] = {}

    async def sees(self, ticket: Ticket) -> str:
        return says(await self._message(ticket))

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        return await self._presses(ticket, "U0MAX", ACTIONS[action].button)

    async def forged(self, ticket: Ticket) -> str:
        return await self._presses(ticket, "U0MAX", secret="not ours")

    async def of_another(self, ticket: Ticket) -> str:
        return await self._presses(ticket, "U0CLERK")

    async def expired(self, ticket: Ticket) -> str:
        return await self._presses(ticket, "U0MAX", at=time.time() - 600)

    async def _presses(
        self, ticket: Ticket, user: str, label: str = "Acknowledge", **signing: Any
    ) -> str:
        slack = self.night.slack
        # As it was before anybody had it: a screen may be a moment behind.
        body = as_form(slack.press(user, self._first[ticket.id], label))
        before = len(slack.told)
        answer = await self.night.called_by_chats.post(
            SLACK_PATH, content=body, headers=signed_by_slack(body, **signing)
        )
        if answer.status_code != 200:
            return answer.text

        async def heard() -> str:
            return "".join(text for who, text in slack.told[before:] if who == user)

        return await until(f"{user} is told", heard)

    async def _message(self, ticket: Ticket) -> dict[str, Any]:
        """The one message of that incident, as it is now."""

        async def there() -> dict[str, Any] | None:
            await self.night.chats["slack"].keeper.step()
            return next((each for each in self.night.slack.top() if ticket.id in says(each)), None)

        message = await until("Slack shows it", there)
        self._first.setdefault(ticket.id, copy.deepcopy(message))
        return message


class ByTeams(Way):
    """Dora presses the button of the card in Teams."""

    person, via = DORA, Via.TEAMS
    offers = (Action.ACKNOWLEDGE, Action.ESCALATE)

    def __init__(self, night: Night) -> None:
        super().__init__(night)
        self._first: dict[str, Said] = {}

    async def sees(self, ticket: Ticket) -> str:
        async def there() -> Said | None:
            await self.night.chats["teams"].keeper.step()
            posts = self.night.microsoft.posts()
            return next((each for each in posts if ticket.id in each.text), None)

        card = await until("Teams shows it", there)
        self._first.setdefault(ticket.id, replace(card))
        return card.text

    async def answers(self, ticket: Ticket, action: Action = Action.ACKNOWLEDGE) -> str:
        return await self._presses(ticket, DORA, ACTIONS[action].button)

    async def forged(self, ticket: Ticket) -> str:
        return await self._presses(ticket, DORA, signed_by="forger")

    async def of_another(self, ticket: Ticket) -> str:
        return await self._presses(ticket, "clerk")

    async def expired(self, ticket: Ticket) -> str:
        return await self._presses(ticket, DORA, exp=int(time.time()) - 3_600)

    async def _presses(
        self, ticket: Ticket, who: str, label: str = "Acknowledge", **token: Any
    ) -> str:
        microsoft = self.night.microsoft
        activity = microsoft.press(self._first[ticket.id], f"29:{who}", label)
        answer = await self.night.called_by_chats.post(
            TEAMS_PATH, json=activity, headers=microsoft.authorization(**token)
        )
        return answer.text


def token(night: Night, ticket: Ticket, person: str, ago: timedelta = timedelta()) -> str:
    """The token of the link in the page that somebody got so long ago."""
    links = page_links(night.api.backend.settings)
    return links.token(ticket.id, 1, person, datetime.now(UTC) - ago)


async def from_twilio(night: Night, path: str, form: dict[str, str], secret: str) -> str:
    """What Twilio is answered that hands in a form."""
    headers = signed_by_twilio(f"{PUBLIC}{path}", form, secret)
    return (await night.api.http.post(path, content=urlencode(form), headers=headers)).text
