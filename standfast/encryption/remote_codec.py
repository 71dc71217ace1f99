"""Decrypts payloads for Temporal's web UI, in the form of its remote codec: JSON to JSON."""

import json
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from temporalio.api.common.v1 import Payload, Payloads

from standfast.encryption.errors import EncryptionError
from standfast.encryption.payload_codec import PayloadEncryption

MOST = 2_000
"""Payloads in one request; the UI asks for those of one event, or of one page of a list."""


def parsed(document: Any) -> list[Payload]:
    """The payloads of a request `{"payloads": [{"metadata": …, "data": …}]}`, in Base64 as JSON has
    them.

    Raises:
        ValueError: it is not that.
    """
    if not isinstance(document, dict):
        document = {"": document}
    try:
        payloads = list(ParseDict(document, Payloads()).payloads)
    except (ParseError, AttributeError, TypeError) as wrong:
        raise ValueError('the body must be {"payloads": […]}, as Temporal\'s UI sends') from wrong
    if len(payloads) > MOST:
        raise ValueError(f"there are {len(payloads)} payloads, more than {MOST}")
    return payloads


def written(payloads: list[Payload]) -> dict[str, object]:
    """The answer, in the same form."""
    document: dict[str, object] = MessageToDict(Payloads(payloads=payloads))
    return {"payloads": document.get("payloads", [])}


def saying(words: str) -> Payload:
    """A payload that the UI shows as these words."""
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(words).encode())


async def decoded(codec: PayloadEncryption, payloads: list[Payload]) -> list[Payload]:
    """Each decrypted; one that cannot be says why in its place."""
    return [await _decoded(codec, payload) for payload in payloads]


async def _decoded(codec: PayloadEncryption, payload: Payload) -> Payload:
    try:
        [plain] = await codec.decode([payload])
    except EncryptionError as unread:
        return saying(str(unread))
    return plain
