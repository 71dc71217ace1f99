"""Checks whether the policy's chats show what they are to show."""

import asyncio

from standfast.hosting.doctor.check import Check, Installation, not_looked_at
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.chat_steps import ChatStep
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_MOST_NAMED = 3


async def chats(installation: Installation) -> list[Check]:
    """Whether each is kept up to date, and what is not as it should be there."""
    try:
        policy = await asyncio.to_thread(load_policy, installation.settings.policy)
    except PolicyError:
        return []  # its own check tells
    return [
        await asyncio.to_thread(_chat, installation.records, name, chat.title)
        for name, chat in policy.chat.named.items()
    ]


def _chat(records: RecordStore, name: str, title: str) -> Check:
    try:
        kept, troubles = records.chat_keepers.kept(), records.chat_steps.in_trouble(name)
    except RecordsUnavailable as away:
        return not_looked_at(title, str(away))
    if name not in kept:
        return Check(
            name=title,
            ok=False,
            what="no process keeps it up to date",
            remedy="start `standfast-chat`; if it runs, its log says what is wrong",
        )
    if troubles:
        return Check(name=title, ok=False, what=_in_words(troubles), remedy=_REMEDY)
    return Check(name=title, ok=True, what="is kept up to date")


_REMEDY = "put right what is said there; it is tried again by itself (docs/reach.md)"


def _in_words(troubles: list[ChatStep]) -> str:
    said = [f"{each.incident_id}, {each.kind}: {each.detail}" for each in troubles[:_MOST_NAMED]]
    more = len(troubles) - _MOST_NAMED
    return "; ".join([*said, *([f"and {more} more"] if more > 0 else [])])
