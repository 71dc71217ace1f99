"""One-click links, by which a reporter says whether it is fixed without signing in.

A link is the right to answer one question, and nothing else: it is bound to the incident, its
episode, the reporter and the moment of the question, and it expires. Opening one does nothing.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer
from pydantic import ValidationError

from standfast.incidents.record import IncidentView
from standfast.incidents.resolution import Evidence, EvidenceKind
from standfast.messages.message import InUtc, Message, Name, short, words_of

LIFETIME = timedelta(days=14)

PATH = "/confirm/"

_PURPOSE = "standfast.confirm"
"""Keeps what is signed for another purpose from passing for a link."""

# SHA-384 fills its base64 to the last bit. With other lengths, the last character could be
# changed without changing what it stands for, and a changed link would be taken.
_DIGEST = hashlib.sha384
_SHAPE = re.compile(r"\.?[\w-]{1,2000}\.[\w-]{64}", re.ASCII)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidLink(Exception):  # noqa: N818
    """A link that cannot be used; the text tells who opened it why, and what to do."""


class ExpiredLink(InvalidLink):
    """It was good once."""


class Links(NamedTuple):
    """The two addresses that a reporter gets. Each leads to a page that asks once more."""

    fixed: str
    not_fixed: str


class Claim(Message):
    """What a link stands for.

    asked_at: when Temporal noted that the reporter was to be asked, by the incident's own clock.
        The resolution that was asked about is the last one before that moment.
    """

    incident_id: str
    episode: int
    reporter: Name
    asked_at: InUtc

    def is_about(self, view: IncidentView) -> bool:
        """Whether this is the resolution that was asked about, and not one after it."""
        resolution = view.resolution
        same_episode = (view.incident_id, view.episode) == (self.incident_id, self.episode)
        return same_episode and resolution is not None and resolution.at <= self.asked_at

    def answer(self, view: IncidentView) -> Evidence | None:
        """What the reporter has last said since they were asked, or since it was resolved."""
        resolution = view.resolution
        since = resolution.at if resolution and self.is_about(view) else self.asked_at
        said = [
            piece
            for piece in view.evidence
            if piece.kind is EvidenceKind.USER_CONFIRMATION
            and piece.source == self.reporter
            and piece.at >= since
        ]
        return said[-1] if said else None


class ReporterLinks:
    """Makes and reads links; two that share a key read each other's."""

    def __init__(
        self, keys: Sequence[bytes], base_url: str, lifetime: timedelta = LIFETIME
    ) -> None:
        """Take the keys, of which the first signs, and the address that reporters can reach."""
        self._signer = URLSafeSerializer(
            list(reversed(keys)),  # of several, the last one signs there
            salt=_PURPOSE,
            signer_kwargs={"digest_method": _DIGEST, "key_derivation": "hmac"},
        )
        self._base = base_url.rstrip("/") + PATH
        self._lifetime = lifetime

    def links(self, incident_id: str, episode: int, reporter: str, asked_at: datetime) -> Links:
        """The addresses for one question; they are the same each time it is asked for them."""
        micros = (asked_at - _EPOCH) // timedelta(microseconds=1)
        token = self._signer.dumps([incident_id, episode, reporter, micros])
        text = token if isinstance(token, str) else token.decode()
        return Links(f"{self._base}{text}?answer=fixed", f"{self._base}{text}?answer=not-fixed")

    def read(self, token: str, now: datetime | None = None) -> Claim:
        """What the part of an address behind `/confirm/` stands for, now unless told when.

        Raises:
            ExpiredLink: it has expired.
            InvalidLink: it is not whole, was changed, or was signed by somebody else.
        """
        if not _SHAPE.fullmatch(token):
            raise InvalidLink(
                "This link is not whole: perhaps the mail program broke it into two lines. Copy "
                "all of it into the address line."
            )
        try:
            incident_id, episode, reporter, micros = self._signer.loads(token)
            claim = Claim(
                incident_id=incident_id,
                episode=episode,
                reporter=reporter,
                asked_at=_EPOCH + timedelta(microseconds=micros),
            )
        except (BadData, ValidationError, ValueError, TypeError, OverflowError):
            raise InvalidLink(
                "This link was not made here, or it was changed on its way. Open it again from "
                "the message it came with, or answer that message."
            ) from None
        expired_at = claim.asked_at + self._lifetime
        if (now or datetime.now(UTC)) > expired_at:
            raise ExpiredLink(
                f"This link was good for {words_of(self._lifetime)} and expired on "
                f"{short(expired_at)}. If it is still not fixed, please report it again."
            )
        return claim
