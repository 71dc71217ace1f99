"""Page links: by the link in a page one person answers it, without signing in.

A token is signed for one person, incident, episode and moment, and it expires. One that goes to a
channel which that person has added is signed for that channel, too. It names the incident and
nobody: whose it is, is found out by the signature, among the people of the policy and the channels
that they have now. So it is short, and always equally long, and ends with the channel. Its letters
may change their case, as addresses do on the way of a mail.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from standfast.incidents.ids import PREFIX
from standfast.messages.message import InUtc, Message, Name, short, words_of

LIFETIME = timedelta(days=3)
"""How long a page can be answered: a weekend. The end of the episode ends it earlier."""

PATH = "/p/"

LENGTH = 42
"""Characters of a token. A mailbox's name, `+` and a token fit into the 64 that mail allows."""

BY_LINK, BY_MAIL = b"standfast.page\0", b"standfast.page.mail\0"
"""So that nothing signed for another purpose is valid as a token. Every mail server on the way
reads the address to which somebody replies: that must not open the link.
"""

# 20 bytes fill 32 letters of base32 to the last bit, so no letter can be changed unnoticed.
_EPISODE_BYTES, _MOMENT_BYTES, _SIGNATURE_BYTES = 3, 6, 11
_TOKEN = re.compile(r"([a-z2-7]{10})([a-z2-7]{32})", re.ASCII | re.IGNORECASE)

_IN_TEXTS = re.compile(r"(/p/|\+)[a-z2-7]{42}(?![a-z2-7])", re.ASCII | re.IGNORECASE)

_NONE: Mapping[str, Iterable[str]] = MappingProxyType({})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class InvalidPageLink(Exception):  # noqa: N818
    """A token that is not valid; the text is for the person who used it."""


class ExpiredPageLink(InvalidPageLink):
    """A token that has expired; `claim` is what it was signed for."""

    def __init__(self, words: str, claim: "PageClaim") -> None:
        super().__init__(words)
        self.claim = claim


class PageClaim(Message):
    """What a token is signed for: this person was paged about that episode of an incident.

    person: their key in the policy. asked_at: when they were paged, by the incident's own clock.
    """

    incident_id: str
    episode: int
    person: Name
    asked_at: InUtc


class PageLinks:
    """Makes and reads tokens; instances with the same key read each other's."""

    def __init__(self, keys: Sequence[bytes], base_url: str = "", purpose: bytes = BY_LINK) -> None:
        """`keys`: the first signs, all are valid. `base_url`: the address that phones can reach.

        purpose: BY_LINK or BY_MAIL; tokens of one are not valid for the other.
        """
        self._keys = tuple(keys)
        self._base = base_url.rstrip("/")
        self._purpose = purpose

    def token(
        self,
        incident_id: str,
        episode: int,
        person: str,
        asked_at: datetime,
        own_channel: str = "",
    ) -> str:
        """The token for one page; always the same for the same page and channel.

        own_channel: the id of the channel that it goes to, of those that the person has added;
            empty for one of the policy's.
        """
        moment = -((_EPOCH - asked_at) // _MILLISECOND)  # rounded up: never before it was asked
        signed = episode.to_bytes(_EPISODE_BYTES, "big") + moment.to_bytes(_MOMENT_BYTES, "big")
        told = _told(incident_id, episode, person, moment, own_channel)
        signed += self._signature(self._keys[0], told)
        return f"{incident_id.removeprefix(PREFIX)}{base64.b32encode(signed).decode()}".lower()

    def link(self, token: str) -> str:
        """The address that a token is opened at; empty where no phone could reach any."""
        return f"{self._base}{PATH}{token}" if self._base else ""

    def read(
        self,
        token: str,
        people: Iterable[str],
        now: datetime | None = None,
        own_channels: Mapping[str, Iterable[str]] = _NONE,
    ) -> PageClaim:
        """The claim of a token, of one of these people: those of the policy as it is now.

        own_channels: the ids of those that people have added and that are used now.

        Raises:
            ExpiredPageLink: it has expired.
            InvalidPageLink: it is incomplete, was changed, was signed with another key, is of
                somebody else, or went to a channel that is gone.
        """
        found = _TOKEN.fullmatch(token)
        if found is None:
            raise InvalidPageLink(
                "This link is incomplete: perhaps it was broken into two lines. Copy all of it "
                "into the address bar."
            )
        incident_id = f"{PREFIX}{found[1].upper()}"
        signed = base64.b32decode(found[2].upper())
        episode = int.from_bytes(signed[:_EPISODE_BYTES], "big")
        moment = int.from_bytes(signed[_EPISODE_BYTES:-_SIGNATURE_BYTES], "big")
        given = signed[-_SIGNATURE_BYTES:]
        person = next(
            (
                each
                for each, channel in _holders(people, own_channels)
                if self._is_signed(given, _told(incident_id, episode, each, moment, channel))
            ),
            "",
        )
        if not person:
            raise InvalidPageLink(
                "This link was not made here, was changed on its way, is of somebody who is not "
                "paged here any more, or went to a channel that they have removed."
            )
        asked_at = _EPOCH + moment * _MILLISECOND
        claim = PageClaim(
            incident_id=incident_id, episode=episode, person=person, asked_at=asked_at
        )
        expired_at = asked_at + LIFETIME
        if (now or datetime.now(UTC)) > expired_at:
            words = f"This page could be answered for {words_of(LIFETIME)}, until"
            raise ExpiredPageLink(f"{words} {short(expired_at)}.", claim)
        return claim

    def _is_signed(self, given: bytes, told: bytes) -> bool:
        return any(hmac.compare_digest(given, self._signature(key, told)) for key in self._keys)

    def _signature(self, key: bytes, told: bytes) -> bytes:
        return hmac.digest(key, self._purpose + told, hashlib.sha256)[:_SIGNATURE_BYTES]


def _told(incident_id: str, episode: int, person: str, moment: int, own_channel: str) -> bytes:
    """What is signed."""
    channel = [own_channel] if own_channel else []
    return json.dumps([incident_id, episode, person, moment, *channel]).encode()


def _holders(
    people: Iterable[str], own_channels: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Who may have it, and through which channel of theirs; "" for those of the policy."""
    for person in people:
        yield person, ""
        for channel in own_channels.get(person, ()):
            yield person, channel


def page_token_in(text: str) -> str:
    """The token that this text is, such as the part of an address after `+`; "" without."""
    return text.lower() if _TOKEN.fullmatch(text) else ""


def without_tokens(text: str) -> str:
    """A text without the tokens of links and addresses in it, such as a page that is quoted.

    >>> without_tokens(f"see https://standfast.example/p/{'a' * 42}")
    'see https://standfast.example/p/…'
    """
    return _IN_TEXTS.sub(r"\1…", text)


def incident_of(token: str) -> str:
    """The id of the incident that a token is of, whether or not it is valid."""
    return f"{PREFIX}{token[:10].upper()}"
