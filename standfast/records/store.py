"""What outlives Temporal: one database, and a class for each noun that is kept in it."""

from collections.abc import Callable
from datetime import datetime

from standfast.records.adding import Adding
from standfast.records.article_search import ArticleSearch
from standfast.records.articles import Articles
from standfast.records.audit import Audit
from standfast.records.chat_keepers import ChatKeepers
from standfast.records.chat_replies import ChatReplies
from standfast.records.chat_steps import ChatSteps
from standfast.records.closed_incidents import ClosedIncidents
from standfast.records.database import PATIENCE, Database
from standfast.records.deliveries import Deliveries
from standfast.records.digests import Digests
from standfast.records.erased_names import ErasedNames
from standfast.records.erasing import Erasing
from standfast.records.findings import Findings
from standfast.records.groups import Groups
from standfast.records.hidden_episodes import HiddenEpisodes
from standfast.records.idempotency import Idempotency
from standfast.records.incident_keys import IncidentKeys
from standfast.records.installation import Installation
from standfast.records.mails import MailsSeen
from standfast.records.mails_set_aside import MailsSetAside
from standfast.records.measures import MeasuredIncidents
from standfast.records.named_views import NamedViews
from standfast.records.open_incidents import OpenIncidents
from standfast.records.overrides import Overrides
from standfast.records.own_channels import OwnChannels
from standfast.records.people import People
from standfast.records.phone_messages import PhoneMessages
from standfast.records.problems import Problems
from standfast.records.projections import Projections
from standfast.records.push_devices import PushDevices
from standfast.records.recoveries import Recoveries
from standfast.records.remediations import Remediations
from standfast.records.repairs import Repairs
from standfast.records.repeats import RepeatCounts
from standfast.records.review_texts import ReviewTexts
from standfast.records.reviews import Reviews
from standfast.records.search import Search
from standfast.records.sessions import Sessions
from standfast.records.silences import Silences
from standfast.records.timelines import Timelines
from standfast.records.tokens import Tokens
from standfast.records.webhooks import WebhooksSeen
from standfast.records.writing import Answer


class RecordStore:
    """Records in SQLite or PostgreSQL. Every method may be called from any thread.

    Nothing is connected before the first call; every call raises RecordsUnavailable when the
    database cannot be used, and the next one tries again.
    """

    def __init__(self, url: str, patience: int = PATIENCE) -> None:
        """Take an SQLAlchemy URL; `postgresql://` goes through psycopg.

        `patience` is how many seconds to wait for a lock or a connection.

        Raises:
            BadDatabaseUrl: no record store can have this URL.
        """
        self._database = Database(url, patience)
        self.measures = MeasuredIncidents(self._database)
        self.reviews = Reviews(self._database)
        self.review_texts = ReviewTexts(self._database)
        self.incidents = ClosedIncidents(self._database, self.measures, self.reviews)
        self.timelines = Timelines(self._database)
        self.deliveries = Deliveries(self._database)
        self.digests = Digests(self._database)
        self.remediations = Remediations(self._database)
        self.overrides = Overrides(self._database)
        self.silences = Silences(self._database)
        self.repeats = RepeatCounts(self._database)
        self.groups = Groups(self._database)
        self.webhooks = WebhooksSeen(self._database)
        self.recoveries = Recoveries(self._database)
        self.mails = MailsSeen(self._database)
        self.mails_set_aside = MailsSetAside(self._database)
        self.tokens = Tokens(self._database)
        self.audit = Audit(self._database)
        self.adding = Adding(self._database, self.audit)
        self.sessions = Sessions(self._database)
        self.push_devices = PushDevices(self._database)
        self.people = People(self._database)
        self.own_channels = OwnChannels(self._database)
        self.named_views = NamedViews(self._database)
        self.idempotency = Idempotency(self._database)
        self.projections = Projections(self._database)
        self.open_incidents = OpenIncidents(self._database)
        self.problems = Problems(self._database)
        self.search = Search(self._database)
        self.hidden_episodes = HiddenEpisodes(self._database)
        self.articles = Articles(self._database)
        self.article_search = ArticleSearch(self._database)
        self.findings = Findings(self._database)
        self.repairs = Repairs(self._database)
        self.incident_keys = IncidentKeys(self._database)
        self.erasing = Erasing(self._database)
        self.erased_names = ErasedNames(self._database, self.incidents)
        self.installation = Installation(self._database)
        self.phone_messages = PhoneMessages(self._database, self.installation)
        self.chat_steps = ChatSteps(self._database)
        self.chat_replies = ChatReplies(self._database)
        self.chat_keepers = ChatKeepers(self._database)

    def prepare(self) -> None:
        """Make or upgrade the tables now, and find out whether the database can be used at all."""
        self._database.prepare()

    def migration(self) -> str:
        """The migration at which the tables are; changes nothing. Empty without migrations."""
        return self._database.migration()

    async def run(self, call: Callable[..., Answer], *details: object) -> Answer:
        """Run one of the store's methods in a thread; its answer, or what it raises.

        What is written by calls that come at the same time is kept together, with one wait for the
        disk; a call that fails changes nothing of the others.
        """
        return await self._database.run(call, *details)

    def now(self) -> datetime:
        """The database's clock."""
        with self._database.reading() as connection:
            return self._database.now(connection)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
