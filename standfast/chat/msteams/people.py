"""Who somebody in Teams is: a member of our tenant, by the address that the tenant gives them."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from microsoft_teams.api import TeamsChannelAccount

from standfast.chat.msteams.connector import Connector
from standfast.chat.provider import ChatPerson, Gone
from standfast.policy.chat import TeamsAddress

KNOWN_FOR = 300.0
"""Seconds for which an answer is good."""

MOST_KNOWN, MOST_MEMBERS = 5_000, 10_000

_GUEST_MARK = "#ext#"
"""In the user principal name of everybody who is of another tenant."""


class _Known(NamedTuple):
    person: ChatPerson | None
    until: float


class People:
    """Looks people up, and remembers them for a while. For one event loop."""

    def __init__(
        self,
        connector: Connector,
        *,
        tenant: str,
        by: TeamsAddress,
        channels: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """channels: whose members are looked through. `clock` counts seconds."""
        self._connector = connector
        self._tenant = tenant
        self._by = by
        self._channels = tuple(dict.fromkeys(channels))
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._met: OrderedDict[str, str] = OrderedDict()

    def met(self, user: str, conversation: str) -> None:
        """Somebody did something there: that is where the tenant tells who they are."""
        self._met[user] = conversation
        self._met.move_to_end(user)
        if len(self._met) > MOST_KNOWN:
            self._met.popitem(last=False)

    async def person(self, user: str) -> ChatPerson | None:
        """Who that is; None for guests, other tenants, and without an address."""
        known = self._known.get(user)
        if known and known.until > self._clock():
            return known.person
        places = [self._met[user]] if user in self._met else []
        for place in (*places, *self._channels):
            try:
                member = await self._connector.member(place, user)
            except Gone:
                continue
            return self._remember(user, self._of(member))
        return self._remember(user, None)

    async def user_of(self, address: str) -> str | None:
        """The member with that address, in any of the channels."""
        wanted = address.strip().lower()
        now = self._clock()
        for user, known in self._known.items():
            if known.until > now and known.person and known.person.address == wanted:
                return user
        for channel in self._channels:
            for member in await self._connector.members(channel, MOST_MEMBERS):
                person = self._of(member)
                if person and person.address == wanted:
                    self._remember(person.user, person)
                    return person.user
        return None

    def _of(self, member: TeamsChannelAccount) -> ChatPerson | None:
        principal = (member.user_principal_name or "").strip().lower()
        mail = (member.email or "").strip().lower()
        address = principal if self._by is TeamsAddress.USER_PRINCIPAL_NAME else mail
        is_ours = (member.tenant_id or "").lower() == self._tenant
        is_guest = (member.user_role or "").lower() in ("guest", "anonymous")
        if not is_ours or is_guest or _GUEST_MARK in principal or not all(address.partition("@")):
            return None
        return ChatPerson(member.id, address)

    def _remember(self, user: str, person: ChatPerson | None) -> ChatPerson | None:
        self._known[user] = _Known(person, self._clock() + KNOWN_FOR)
        self._known.move_to_end(user)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return person
