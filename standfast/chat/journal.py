"""Does each step in a chat once: it is written down first, and looked for before a second try."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from standfast.chat.provider import CannotLook, ChatAway, ChatError, ChatRefused, Gone
from standfast.records.chat_steps import ChatStep, StepKind, StepState
from standfast.records.store import RecordStore

CLOCKS_DIFFER = timedelta(minutes=5)
"""Between the record store's clock and the chat's, at most."""


class Step(NamedTuple):
    """A step, before it is done.

    key: of what it makes, the same for every try. says: the digest of what that says then.
    """

    key: str
    incident_id: str
    episode: int
    kind: StepKind
    channel: str = ""
    says: str = ""


class Journal:
    """The steps of one chat, for the process that has its lease."""

    def __init__(self, records: RecordStore, chat: str, holder: str) -> None:
        self.chat = chat
        self._records = records
        self._steps = records.chat_steps
        self._holder = holder

    async def once(
        self,
        step: Step,
        make: Callable[[], Awaitable[str]],
        look: Callable[[datetime], Awaitable[str | None]],
        link: Callable[[str], str] = lambda _: "",
        perhaps_since: datetime | None = None,
    ) -> ChatStep:
        """Do a step, unless it was done; how it stands then: done, unknown or gone.

        make: does it; the id of what was made. look: finds what was made since a moment.
        link: where people open what has that id. perhaps_since: where a step that is new here may
        have been done since then: the journal is as old as the backup that was restored.

        Raises:
            ChatError: it did not succeed; tried again, it is looked for first where need be.
            NotTheKeeper: the lease is lost, and nothing was done.
            RecordsUnavailable: the journal cannot be written, and nothing more was done.
        """
        before = await self._intend(step)
        if before.state is StepState.INTENDED:
            before = await self.settled(before, look, link)
            if before.state is StepState.PLANNED:
                await self._intend(step)
        elif before.state is StepState.PLANNED and perhaps_since:
            with contextlib.suppress(CannotLook):
                made = await look(perhaps_since - CLOCKS_DIFFER)
                if made is not None:
                    return await self._done(before, made, "", link)
        if before.state is not StepState.PLANNED:
            return before
        try:
            made = await make()
        except (ChatAway, ChatRefused) as not_done:
            await self.note(before, state=StepState.PLANNED, detail=not_done.reason)
            raise
        return await self._done(before, made, step.says, link)

    async def settled(
        self,
        step: ChatStep,
        look: Callable[[datetime], Awaitable[str | None]],
        link: Callable[[str], str] = lambda _: "",
    ) -> ChatStep:
        """Find out what became of a step that may have been done: done, planned or unknown.

        Arguments and errors as of `once`. One that stands otherwise is returned as it is.
        """
        if step.state is not StepState.INTENDED:
            return step
        try:
            made = await look(step.at - CLOCKS_DIFFER)
        except CannotLook as why:
            detail = f"whether it has arrived is not known: {why.reason}"
            return await self.note(step, state=StepState.UNKNOWN, detail=detail)
        if made is None:
            return await self.note(step, state=StepState.PLANNED)
        return await self._done(step, made, "", link)  # and it may say something older

    async def _intend(self, step: Step) -> ChatStep:
        return await self._records.run(
            self._steps.intend,
            *(step.key, self.chat, step.incident_id, step.episode, step.kind),
            *(step.channel, self._holder),
        )

    async def _done(
        self, step: ChatStep, made: str, says: str, link: Callable[[str], str]
    ) -> ChatStep:
        done = {"state": StepState.DONE, "made": made, "link": link(made), "says": says}
        return await self.note(step, **done, detail="")

    async def change(self, step: ChatStep, change: Callable[[], Awaitable[None]]) -> bool:
        """Change what was made; False where somebody deleted it.

        That, and why it could not be changed, is written down.

        Raises:
            ChatError, RecordsUnavailable: as `once`.
        """
        try:
            await change()
        except Gone as gone:
            await self.note(step, state=StepState.GONE, detail=gone.reason)
            return False
        except ChatError as failed:
            if step.detail != failed.reason:
                await self.note(step, detail=failed.reason)
            raise
        if step.detail:
            await self.note(step, detail="")
        return True

    async def note(self, step: ChatStep, **columns: object) -> ChatStep:
        """Write down what became of a step; the step as it is now."""
        await self._records.run(lambda: self._steps.note(step.key, **columns))
        return step._replace(**columns)  # type: ignore[arg-type]

    async def of(self, incident_id: str, episode: int) -> dict[str, ChatStep]:
        """The steps for an episode in this chat, by key."""
        found = await self._records.run(self._steps.of, incident_id, episode)
        return {step.key: step for step in found if step.chat == self.chat}
