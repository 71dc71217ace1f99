"""Requests with an Idempotency-Key: a repeat gets the same answer and does nothing."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Header

from standfast.api.access import Caller
from standfast.api.problem_details import Problem
from standfast.intake.errors import Refused
from standfast.messages.message import Message
from standfast.records.errors import RecordsUnavailable
from standfast.records.idempotency import KeyState
from standfast.records.store import RecordStore

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Made by the client, the same for every try of one report or action.",
    ),
]

Answer = TypeVar("Answer", bound=Message)

logger = logging.getLogger(__name__)


async def once(
    records: RecordStore,
    caller: Caller,
    key: str | None,
    asked: Message,
    answers: type[Answer],
    do: Callable[[str], Awaitable[Answer]],
    *,
    is_final: Callable[[Answer], bool] = lambda _: True,
) -> Answer:
    """Do what is asked, or return the answer of its first try.

    `do` gets an attempt id that is the same for each try, so that what an earlier try has done is
    found again. Empty without a key. An answer of which `is_final` is False is kept for nobody: a
    part of it failed for a reason that may pass, and the next try does that part.

    Problem: 422 for a key that came with something else, 409 while another try of it runs.
    """
    if key is None:
        return await do("")
    who, body = hash_of(caller.name), hash_of(asked.model_dump_json())
    begun = await asyncio.to_thread(records.idempotency.begin, who, key, body)
    if begun.standing is KeyState.OTHER_BODY:
        raise Problem(422, detail=f"Idempotency-Key: {key} came with something else before")
    if begun.standing is KeyState.RUNNING:
        raise Problem(
            409,
            detail=f"Idempotency-Key: another request with {key} runs; ask again for its answer",
            headers={"Retry-After": "1"},
        )
    if begun.standing is KeyState.ANSWERED:
        return answers.model_validate_json(begun.answer)
    try:
        result = await do(begun.attempt)
    except Refused:
        await asyncio.to_thread(records.idempotency.forget, who, key)
        raise
    except Exception:
        await asyncio.to_thread(records.idempotency.failed, who, key)
        raise
    try:
        if is_final(result):
            answer = result.model_dump_json()
            await asyncio.to_thread(records.idempotency.answered, who, key, answer)
        else:
            await asyncio.to_thread(records.idempotency.failed, who, key)
    except RecordsUnavailable as away:
        # It is done all the same; its next try would find it by the attempt.
        logger.warning("the answer to a request was not kept for its key: %s", away)
    return result


def hash_of(text: str) -> str:
    """The hash of a text, for the record."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
