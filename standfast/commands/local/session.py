"""A session on the server's machine: a Temporal client, and the record store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from standfast.commands.local.settings import local_settings
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import Client

    from standfast.commands.local.articles import LocalArticles
    from standfast.commands.local.channels import LocalChannels
    from standfast.commands.local.incidents import LocalIncidents
    from standfast.commands.local.mails import LocalMails
    from standfast.commands.local.on_call import LocalOnCall, LocalOverrides
    from standfast.commands.local.own_channels import LocalOwnChannels
    from standfast.commands.local.problems import LocalProblems
    from standfast.commands.local.reviews import LocalReviews
    from standfast.commands.local.silences import LocalSilences
    from standfast.commands.local.views import LocalViews
    from standfast.incidents.search_query import Field
    from standfast.policy import Policy
    from standfast.records.audit import AuditEvent
    from standfast.records.store import RecordStore

Result = TypeVar("Result")


class LocalSession:
    """The connections of one command. Each is made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connecting: asyncio.Task[Client] | None = None
        if settings.database_url:
            _ = self.records  # one that cannot be used is told before all else

    async def client(self) -> "Client":
        """The Temporal client.

        Raises:
            HostingError: no server answers within a few seconds, or a setting is wrong.
        """
        # Whoever only reads the records need not load Temporal's SDK.
        from standfast.hosting.connection import connect

        if self._connecting is None:
            connecting = connect(self.settings, records=lambda: self.records)
            self._connecting = asyncio.create_task(connecting)
        return await self._connecting

    @cached_property
    def records(self) -> "RecordStore":
        """The record store."""
        return open_records(self.settings)

    @cached_property
    def incidents(self) -> "LocalIncidents":
        """Incidents, in Temporal and on record."""
        from standfast.commands.local.incidents import LocalIncidents

        return LocalIncidents(self)

    @cached_property
    def articles(self) -> "LocalArticles":
        """Articles."""
        from standfast.commands.local.articles import LocalArticles

        return LocalArticles(self)

    @cached_property
    def mails(self) -> "LocalMails":
        """Mail that was set aside, on record."""
        from standfast.commands.local.mails import LocalMails

        return LocalMails(self)

    @cached_property
    def channels(self) -> "LocalChannels":
        """The channels of people."""
        from standfast.commands.local.channels import LocalChannels

        return LocalChannels(self)

    @cached_property
    def problems(self) -> "LocalProblems":
        """Problems, on record."""
        from standfast.commands.local.problems import LocalProblems

        return LocalProblems(self)

    @cached_property
    def reviews(self) -> "LocalReviews":
        """Reviews of incidents."""
        from standfast.commands.local.reviews import LocalReviews

        return LocalReviews(self)

    @cached_property
    def silences(self) -> "LocalSilences":
        """Silences."""
        from standfast.commands.local.silences import LocalSilences

        return LocalSilences(self)

    @cached_property
    def on_call(self) -> "LocalOnCall":
        """On-call schedules."""
        from standfast.commands.local.on_call import LocalOnCall

        return LocalOnCall(self)

    @cached_property
    def overrides(self) -> "LocalOverrides":
        """Overrides of on-call schedules."""
        from standfast.commands.local.on_call import LocalOverrides

        return LocalOverrides(self)

    @cached_property
    def own_channels(self) -> "LocalOwnChannels":
        """People's own channels."""
        from standfast.commands.local.own_channels import LocalOwnChannels

        return LocalOwnChannels(self)

    @cached_property
    def views(self) -> "LocalViews":
        """Views that people have named."""
        from standfast.commands.local.views import LocalViews

        return LocalViews(self)

    @cached_property
    def policy_if_readable(self) -> "Policy | None":
        """The policy, for what also goes without one; None where it is broken."""
        from standfast.policy_file.errors import PolicyError
        from standfast.policy_file.loading import load_policy

        try:
            return load_policy(self.settings.policy)
        except PolicyError:
            return None

    def must_have_names(self, named: "Mapping[Field, str]") -> None:
        """Invalid: nothing has a name by which a list is narrowed."""
        from standfast.incidents.roles import Role
        from standfast.lookup.known_names import must_be_known
        from standfast.records.search import Searcher

        if any(named.values()):
            everything = Searcher("", Role.ADMINISTRATOR)
            must_be_known(self.records, self.policy_if_readable, everything, named)

    def acted_for(self, name: str, what: str) -> None:
        """Keep in the audit log who did `what` in that name: `--by` may name anybody."""
        from standfast.records.audit import AuditEvent, AuditKind

        self.note(AuditEvent(AuditKind.ACTED_FOR, by=name, subject=what))

    def note(self, event: "AuditEvent") -> None:
        """Keep in the audit log who did it from here, in the name that the event has."""
        from standfast.commands.local.user import local_event

        here = local_event(event.kind, event.subject, event.detail)
        self.records.audit.record(here.acted_by(here.by, event.by))

    def close(self) -> None:
        """Close the record store, if it was opened."""
        if "records" in vars(self):
            self.records.close()


@asynccontextmanager
async def local_session(settings: Settings) -> AsyncIterator[LocalSession]:
    """A session with these settings; its connections are closed at the end."""
    session = LocalSession(settings)
    try:
        yield session
    finally:
        session.close()


def in_local_session(work: Callable[[LocalSession], Awaitable[Result]]) -> Result:
    """As `in_session`, for a command that works on the server's machine only.

    Raises:
        HostingError: a setting is wrong, STANDFAST_URL is set, or no server answers.
    """
    settings = local_settings()

    async def connected() -> Result:
        async with local_session(settings) as session:
            return await work(session)

    return asyncio.run(connected())


@contextmanager
def records_alone() -> "Iterator[RecordStore]":
    """The record store of this machine, for commands that do not need Temporal.

    Raises:
        HostingError: a setting is wrong, or STANDFAST_URL is set.
    """
    records = open_records(local_settings())
    try:
        yield records
    finally:
        records.close()
