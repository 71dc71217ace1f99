"""Confirmation links: by one click a reporter says whether it is fixed, without signing in.

A link may only answer one question: it is bound to the incident, its episode, the reporter and the
time of the question, and it expires. Opening it changes nothing.
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
from standfast.incidents.same_person import is_same_person
from standfast.messages.message import InUtc, Message, Name, short, words_of

LIFETIME = timedelta(days=14)

PATH = "/confirm/"

_PURPOSE = "standfast.confirm"
"""So that nothing signed for another purpose is valid as a link."""

# SHA-384 fills its base64 to the last bit. With other lengths, the last character could be
# changed without changing what it stands for, and a changed link would be taken.
_HASH = hashlib.sha384
_SHAPE = re.compile(r"\.?[\w-]{1,2000}\.[\w-]{64}", re.ASCII)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidLink(Exception):  # noqa: N818
    """A link that is not valid; the text is for the person who opened it."""


class ExpiredLink(InvalidLink):
    """A link that has expired."""


class Links(NamedTuple):
    """The two addresses that a reporter gets. Each opens a page with a button."""

    fixed: str
    not_fixed: str


class Claim(Message):
    """The claim that a link is signed for.

    asked_at: when the reporter was asked, by the incident's own clock. The question is about the
        last resolution before that.
    """

    incident_id: str
    episode: int
    reporter: Name
    asked_at: InUtc

    def is_about(self, view: IncidentView) -> bool:
        """Whether the incident's resolution is the one that was asked about, no later one."""
        resolution = view.resolution
        same_episode = (view.incident_id, view.episode) == (self.incident_id, self.episode)
        return same_episode and resolution is not None and resolution.at <= self.asked_at

    def answer(self, view: IncidentView) -> Evidence | None:
        """The reporter's last answer since they were asked, or since it was resolved."""
        resolution = view.resolution
        since = resolution.at if resolution and self.is_about(view) else self.asked_at
        said = [
            piece
            for piece in view.evidence
            if piece.kind is EvidenceKind.USER_CONFIRMATION
            and is_same_person(piece.source, self.reporter)
            and piece.at >= since
        ]
        return said[-1] if said else None


class ReporterLinks:
    """Creates and verifies links; instances with the same key verify each other's."""

    def __init__(
        self, keys: Sequence[bytes], base_url: str, lifetime: timedelta = LIFETIME
    ) -> None:
        """`keys`: the first signs. `base_url`: the address that reporters can reach."""
        self._signer = URLSafeSerializer(
            list(reversed(keys)),  # of several, the last one signs there
            salt=_PURPOSE,
            signer_kwargs={"digest_method": _HASH, "key_derivation": "hmac"},
        )
        self._base = base_url.rstrip("/") + PATH
        self._lifetime = lifetime

    def links(self, incident_id: str, episode: int, reporter: str, asked_at: datetime) -> Links:
        """The addresses for one question; always the same for the same question."""
        micros = (asked_at - _EPOCH) // timedelta(microseconds=1)
        token = self._signer.dumps([incident_id, episode, reporter, micros])
        text = token if isinstance(token, str) else token.decode()
        return Links(f"{self._base}{text}?answer=fixed", f"{self._base}{text}?answer=not-fixed")

    def read(self, token: str, now: datetime | None = None) -> Claim:
        """The claim of the token in an address behind `/confirm/`.

        Raises:
            ExpiredLink: it has expired.
            InvalidLink: it is incomplete, was changed, or was signed with another key.
        """
        if not _SHAPE.fullmatch(token):
            raise InvalidLink(
                "This link is incomplete: perhaps the mail program broke it into two lines. Copy "
                "all of it into the address bar."
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
                f"This link was valid for {words_of(self._lifetime)} and expired on "
                f"{short(expired_at)}. If it is still not fixed, please report it again."
            )
        return claim
