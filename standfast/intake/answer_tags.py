"""Answer tags: by which a mail shows that it answers a question of ours.

A question whether it is resolved goes out with a tag, in its reply address (`help+TAG@…`) and in
its References. A reply brings it back. It is signed for one person, incident, episode and moment,
so that knowing the id of an incident or of a message lets nobody answer; and it names nobody, so
only that person's own address makes it valid.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from standfast.incidents.ids import PREFIX
from standfast.incidents.same_person import compared
from standfast.intake.confirmation_links import LIFETIME, Claim
from standfast.messages.message import short, words_of

LONGEST = 44
"""Characters of a tag, with an episode of four digits: a mailbox's name and a tag share 64."""

_PURPOSE = b"standfast.answer\0"
"""So that nothing signed for another purpose is valid as a tag."""

# 15 bytes fill 24 letters of base32 to the last bit, so no letter can be changed unnoticed. Lower
# case throughout: mail programs and servers change the case of addresses.
_MOMENT_BYTES, _SIGNATURE_BYTES = 6, 9
_TAG = re.compile(rf"({PREFIX}[A-Z2-7]{{10}})-(\d{{1,6}})-([A-Z2-7]{{24}})", re.IGNORECASE | re.A)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class NotAnAnswer(Exception):  # noqa: N818
    """No tag is valid; the text says why, for responders and the person who wrote."""


class AnswerTags:
    """Makes and reads tags; instances with the same key read each other's."""

    def __init__(self, keys: Sequence[bytes], lifetime: timedelta = LIFETIME) -> None:
        """`keys`: the first signs, all are valid."""
        self._keys = tuple(keys)
        self._lifetime = lifetime

    def tag(self, incident_id: str, episode: int, reporter: str, asked_at: datetime) -> str:
        """The tag of one question; always the same for the same question."""
        moment = -((_EPOCH - asked_at) // _MILLISECOND)  # rounded up: never before it was asked
        signed = moment.to_bytes(_MOMENT_BYTES, "big")
        signed += _signature(self._keys[0], incident_id, episode, reporter, moment)
        return f"{incident_id}-{episode}-{base64.b32encode(signed).decode()}".lower()

    def claim(self, tags: Iterable[str], reporter: str, now: datetime | None = None) -> Claim:
        """The claim of the first of these tags that was made for that reporter.

        Raises:
            NotAnAnswer: there is none, or it has expired.
        """
        why = "it does not answer a question of ours"
        for tag in tags:
            if (found := _TAG.fullmatch(tag)) is None:
                continue
            incident_id, episode = found[1].upper(), int(found[2])
            signed = base64.b32decode(found[3].upper())
            moment = int.from_bytes(signed[:_MOMENT_BYTES], "big")
            if not self._is_signed(signed, incident_id, episode, reporter, moment):
                why = f"the question that it answers was not asked of {reporter or 'its sender'}"
                continue
            asked_at = _EPOCH + moment * _MILLISECOND
            expired_at = asked_at + self._lifetime
            if (now or datetime.now(UTC)) > expired_at:
                why = (
                    f"its question could be answered for {words_of(self._lifetime)}, until "
                    f"{short(expired_at)}"
                )
                continue
            return Claim(
                incident_id=incident_id, episode=episode, reporter=reporter, asked_at=asked_at
            )
        raise NotAnAnswer(why)

    def _is_signed(
        self, signed: bytes, incident_id: str, episode: int, reporter: str, moment: int
    ) -> bool:
        return any(
            hmac.compare_digest(
                signed[_MOMENT_BYTES:], _signature(key, incident_id, episode, reporter, moment)
            )
            for key in self._keys
        )


def tag_in(text: str) -> str:
    """The tag that this text begins with, such as the part of an address after `+`; "" without."""
    found = _TAG.match(text)
    return found[0].lower() if found else ""


def incident_of(tag: str) -> str:
    """The id of the incident that a tag is of, whether or not it is valid."""
    return tag[: len(PREFIX) + 10].upper()


def _signature(key: bytes, incident_id: str, episode: int, reporter: str, moment: int) -> bytes:
    told = json.dumps([incident_id, episode, compared(reporter), moment]).encode()
    return hmac.digest(key, _PURPOSE + told, hashlib.sha256)[:_SIGNATURE_BYTES]
