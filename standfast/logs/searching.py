"""All the logs of a service, each kind read in its own way."""

import asyncio
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from standfast.logs import files, journal, loki
from standfast.logs.analysis import LogEvidence, Question
from standfast.logs.budget import Budget
from standfast.logs.windows import Incident
from standfast.policy.log_sources import LogSource


async def search(
    sources: Sequence[LogSource],
    error_message: str,
    incident: Incident,
    directory: Path,
    hosts: Sequence[str] = (),
    local: tzinfo | None = None,
) -> list[LogEvidence]:
    """What the logs say about an incident; no log is read twice.

    directory: where relative paths start.
    hosts: those that may be reached, from the policy.
    local: the zone of stamps that name none; None is this machine's.
    """
    question = Question.about(error_message, incident)
    found = await asyncio.gather(
        *(_of(source, question, directory, hosts, local) for source in dict.fromkeys(sources))
    )
    first: dict[str, LogEvidence] = {}
    for piece in (piece for pieces in found for piece in pieces):
        first.setdefault(piece.source, piece)
    return list(first.values())


async def _of(
    source: LogSource,
    question: Question,
    directory: Path,
    hosts: Sequence[str],
    local: tzinfo | None,
) -> list[LogEvidence]:
    if source.journal:
        return await journal.search(source.journal, question, directory, Budget())
    if source.loki:
        return await loki.search(source.loki, question, hosts, Budget())
    pattern = source.files or ""
    return await asyncio.to_thread(
        files.search, pattern, question, directory, local=local, budget=Budget()
    )
