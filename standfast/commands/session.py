"""What commands work with: this machine's Temporal and records, or the API of another machine.

Both offer the same. STANDFAST_URL says which it is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from standfast.hosting.settings import load_settings

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from standfast.documents.review_document import DocumentFormat
    from standfast.incidents.actions import ActionDescription, ActionResult
    from standfast.incidents.article import (
        EpisodeArticles,
        PageOfArticles,
        RunbookProposal,
        ShownArticle,
    )
    from standfast.incidents.channel_list import ChannelTestResult, ListedChannel
    from standfast.incidents.found import PageFound
    from standfast.incidents.incident_filter import IncidentFilter
    from standfast.incidents.mail_set_aside import MailSetAside, ShownMail
    from standfast.incidents.named_view import NamedView
    from standfast.incidents.own_channel import (
        MyChannels,
        OwnChannel,
        OwnChannelAction,
        PagingRules,
    )
    from standfast.incidents.problem import (
        Problem,
        ProblemList,
        ProblemResult,
        ProblemStanding,
    )
    from standfast.incidents.record import IncidentSummary, IncidentView, LookupResult
    from standfast.incidents.report import Report, ReportResult
    from standfast.incidents.review import ListedReview, Review, ShownReview, TextVersion
    from standfast.incidents.schedule import (
        EndedOverride,
        MadeOverrides,
        OnCallList,
        Override,
        TierName,
    )
    from standfast.incidents.silence import AddedSilence, EndedSilence, ShownSilence, Silence
    from standfast.incidents.stats import Stats, StatsFilter
    from standfast.lookup.delivery_trails import DeliveryTrail
    from standfast.mail.desk import MailResult

Result = TypeVar("Result")

Pause = Callable[[], Awaitable[None]]
"""Waits until there may be something new."""


class Incidents(Protocol):
    """Incidents: reported, read and acted on.

    Raises IntakeError for what is refused or fails: Unavailable where another try may go well.
    """

    async def report(self, report: "Report") -> "ReportResult":
        """Report an issue; once, however often it has to be tried."""

    async def find(self, incident_id: str, episode: int | None = None) -> "LookupResult":
        """An episode of an incident, the latest unless one is named."""

    async def deliveries(self, view: "IncidentView") -> "Sequence[DeliveryTrail]":
        """What became of the messages about an episode, the oldest first."""

    async def list(self, wanted: "IncidentFilter", limit: int) -> "list[IncidentSummary]":
        """At most `limit` incidents, newest first."""

    async def search(self, query: str, limit: int) -> "PageFound":
        """At most `limit` incidents that a query finds, the best fit first."""

    async def act(
        self, incident_id: str, described: "ActionDescription", fields: Mapping[str, Any]
    ) -> "ActionResult":
        """Do an action; `fields` are those of its payload, as they were typed."""

    async def stats(self, wanted: "StatsFilter") -> "Stats":
        """Numbers of closed incidents."""

    def news(self, incident_id: str, /) -> AbstractAsyncContextManager[Pause]:
        """Follow an incident: a function that waits until it may have changed."""


class Mails(Protocol):
    """Mail that was set aside. Raises as `Incidents` does."""

    async def list(self, kind: str) -> "Sequence[MailSetAside]":
        """The latest, of one kind or of all for ""."""

    async def show(self, mail_id: str) -> "ShownMail":
        """One, with what it says."""

    async def raw(self, mail_id: str) -> bytes:
        """Its bytes as they came."""

    async def open(self, mail_id: str, by: str) -> "MailResult":
        """Open it: it takes the ordinary path of mail."""


class Problems(Protocol):
    """Problems: what happened more than once. Raises as `Incidents` does."""

    async def list(self, since: str, team: str, service: str) -> "ProblemList":
        """Those of which something was reported since then, as it was typed; empty: the usual."""

    async def show(self, incident_id: str) -> "Problem":
        """The one of which an incident is a part."""

    async def standing(self, view: "IncidentView") -> "ProblemStanding | None":
        """How an episode stands in its problem; None where it is in none."""

    async def link(self, incident_id: str, other: str, by: str) -> "ProblemResult":
        """Put another incident into the problem of an incident."""

    async def unlink(self, incident_id: str, other: str, by: str) -> "ProblemResult":
        """Take another incident out of it."""

    async def name(
        self, incident_id: str, title: str | None, owner: str | None, by: str
    ) -> "ProblemResult":
        """Give it a title or an owner; None leaves what there is."""


class Reviews(Protocol):
    """Reviews of episodes that have closed, the latest unless one is named. Raises as `Incidents`
    does.
    """

    async def list(self, limit: int, *, over: bool) -> "Sequence[ListedReview]":
        """At most `limit` that are not over, by what is due next; over: those that are."""

    async def show(self, incident_id: str, episode: int | None) -> "ShownReview":
        """One, with what its sections say."""

    async def ask(self, incident_id: str, episode: int | None, by: str, why: str) -> "Review":
        """Have one begin."""

    async def write(
        self, incident_id: str, episode: int | None, section: str, fields: Mapping[str, Any]
    ) -> "TextVersion":
        """A new version of a section, with the fields of a NewText."""

    async def step(
        self, incident_id: str, episode: int | None, fields: Mapping[str, Any]
    ) -> "Review":
        """Do a step with the fields of a StepAsked."""

    async def export(self, incident_id: str, episode: int | None, form: "DocumentFormat") -> bytes:
        """It as a document."""


class Silences(Protocol):
    """Silences. Raises as `Incidents` does."""

    async def add(self, fields: Mapping[str, Any]) -> "AddedSilence":
        """A silence with the fields of a NewSilence, as they were typed."""

    async def list(self, *, everything: bool) -> "Sequence[Silence]":
        """Those that are active or upcoming; everything: those that are over, too."""

    async def show(self, silence_id: str) -> "ShownSilence":
        """One, with the incidents that it has kept quiet."""

    async def end(self, silence_id: str, by: str) -> "EndedSilence":
        """End it, and page about what it kept quiet."""


class OnCall(Protocol):
    """On-call schedules. Raises as `Incidents` does."""

    async def tiers(self) -> "Sequence[TierName]":
        """Every tier, team by team."""

    async def tier(self, team: str, tier: str) -> "TierName":
        """That tier of that team."""

    async def at(
        self, asked: "Sequence[tuple[TierName, datetime]]", lasting: "timedelta"
    ) -> "OnCallList":
        """Who is on call in each tier at its moment, and for so long from then on."""

    async def add(self, fields: Mapping[str, Any]) -> "MadeOverrides":
        """An override with the fields of a NewOverride."""

    async def swap(self, fields: Mapping[str, Any]) -> "MadeOverrides":
        """A swap with the fields of a NewSwap."""


class Overrides(Protocol):
    """Overrides that were made. Raises as `Incidents` does."""

    async def list(self, team: str, *, everything: bool) -> "Sequence[Override]":
        """Those that are active or upcoming, of a team or of all for ""; or every one."""

    async def end(self, override_id: str, by: str) -> "EndedOverride":
        """End one; of a swap both halves."""


class OwnChannels(Protocol):
    """People's own channels: those of `by`, or of the token's owner. Raises as `Incidents` does."""

    async def shown(self, by: str) -> "MyChannels":
        """All of them, and the rules."""

    async def add(self, by: str, fields: Mapping[str, Any]) -> "OwnChannel":
        """One with the fields of a NewOwnChannel."""

    async def verify(self, by: str, channel_id: str, code: str) -> "OwnChannel":
        """Verify one by its code."""

    async def act(self, by: str, channel_id: str, action: "OwnChannelAction") -> "OwnChannel":
        """Do with one what needs nothing besides it."""

    async def set_rules(self, by: str, fields: Mapping[str, Any]) -> "PagingRules":
        """Rules with the fields of PagingRules."""


class Views(Protocol):
    """Views of `by`, or of the token's owner. Raises as `Incidents` does."""

    async def list(self, by: str) -> "Sequence[NamedView]":
        """Theirs, and those that are shared with their teams."""

    async def shared(self) -> "Sequence[NamedView]":
        """All that anybody shares with any team."""

    async def save(self, fields: Mapping[str, Any]) -> "NamedView":
        """A view with the fields of a NewView, as they were typed."""

    async def remove(self, by: str, name: str) -> "NamedView":
        """Remove the one of that name."""


class Channels(Protocol):
    """The channels of people. Raises as `Incidents` does."""

    async def list(self, person: str) -> "Sequence[ListedChannel]":
        """Those of a person, or for "" of everybody of whom they may be seen."""

    async def test(self, person: str, channel: str) -> "ChannelTestResult":
        """Send a test message through exactly that channel."""


class Articles(Protocol):
    """Articles. Raises as `Incidents` does; `fields` are those of a model, as they were typed."""

    async def list(self, query: str, state: str, limit: int) -> "PageOfArticles":
        """At most `limit` that a query finds, in this state."""

    async def show(self, article_id: str, version: int | None) -> "ShownArticle":
        """One, as others read it or in this version."""

    async def of(self, incident_id: str, episode: int | None) -> "EpisodeArticles":
        """Those of an episode, and what its record offers."""

    async def runbook(self, article_id: str) -> "RunbookProposal":
        """The runbook that its fix could be."""

    async def write(self, fields: Mapping[str, Any]) -> "ShownArticle":
        """A draft with the fields of a NewArticle."""

    async def edit(self, article_id: str, fields: Mapping[str, Any]) -> "ShownArticle":
        """A version with the fields of an EditedArticle."""

    async def publish(self, article_id: str, fields: Mapping[str, Any]) -> "ShownArticle":
        """Publish it, by the fields of a PublishedArticle."""

    async def retire(self, article_id: str, fields: Mapping[str, Any]) -> "ShownArticle":
        """Retire it, by the fields of a RetiredArticle."""

    async def use(self, article_id: str, fields: Mapping[str, Any]) -> "ShownArticle":
        """Say where it was used, by the fields of a UsedArticle."""

    async def helped(self, article_id: str) -> "ShownArticle":
        """Say that it helped before anything was reported."""


class Session(Protocol):
    """Everything that commands do both here and through the API."""

    @property
    def incidents(self) -> Incidents:
        """Incidents."""

    @property
    def articles(self) -> Articles:
        """Articles."""

    @property
    def mails(self) -> Mails:
        """Mail that was set aside."""

    @property
    def channels(self) -> Channels:
        """The channels of people."""

    @property
    def problems(self) -> Problems:
        """Problems."""

    @property
    def reviews(self) -> Reviews:
        """Reviews of incidents."""

    @property
    def silences(self) -> Silences:
        """Silences."""

    @property
    def on_call(self) -> OnCall:
        """On-call schedules."""

    @property
    def overrides(self) -> Overrides:
        """Overrides of on-call schedules."""

    @property
    def own_channels(self) -> OwnChannels:
        """People's own channels."""

    @property
    def views(self) -> Views:
        """Views that people have named."""


def in_session(work: Callable[[Session], Awaitable[Result]]) -> Result:
    """Open a session, do `work`, and close its connections, however it ends.

    Raises:
        HostingError: a setting is wrong, or no server answers within a few seconds.
    """
    settings = load_settings()

    async def connected() -> Result:
        opened: AbstractAsyncContextManager[Session]
        if settings.url:
            from standfast.commands.remote.session import remote_session

            opened = remote_session(settings)
        else:
            from standfast.commands.local.session import local_session

            opened = local_session(settings)
        async with opened as session:
            return await work(session)

    return asyncio.run(connected())
