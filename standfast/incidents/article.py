"""Articles: what was learned from incidents, and how often it fixed them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import (
    InboundMessage,
    InUtc,
    Line,
    Message,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
)

LONGEST_PART = 8_000
"""Characters of each part of an article."""

_Part = Annotated[MultilineText, at_most(LONGEST_PART)]
_Key = Annotated[OptionalLine, at_most(200)]


class ArticleState(StrEnum):
    """draft: nobody has published it. retired: it is not offered any more."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ArticleText(Message):
    """What an article says; its parts are Markdown.

    symptom: how it shows. cause: why it happens. fix: what to do. verified: how one sees that it
        helped.
    service, category: keys of the policy that it is about; empty for any.
    for_reporters: whether reporters may read its title, symptom and fix.
    """

    title: Everybody[Annotated[Line, at_most(200)]]
    symptom: Everybody[_Part] = ""
    cause: Responders[_Part] = ""
    fix: Everybody[_Part] = ""
    verified: Responders[_Part] = ""
    service: Everybody[_Key] = ""
    category: Responders[_Key] = ""
    for_reporters: Responders[bool] = False


class NewArticle(InboundMessage):
    """An article that is to be written; what is left out comes from the incident's record.

    incident_id, episode: what it is written from; without an episode the latest, without an
        incident from nothing.
    """

    by: Name
    incident_id: OptionalLine = ""
    episode: int | None = Field(default=None, ge=1, le=1_000_000)
    title: Annotated[Line, at_most(200)] | None = None
    symptom: _Part | None = None
    cause: _Part | None = None
    fix: _Part | None = None
    verified: _Part | None = None
    service: _Key | None = None
    category: _Key | None = None
    for_reporters: bool | None = None

    @model_validator(mode="after")
    def _is_about_something(self) -> "NewArticle":
        if self.title is None and not self.incident_id:
            raise ValueError("give a title, or the incident that it is written from")
        return self


class EditedArticle(InboundMessage):
    """A new version of an article; what is left out stays.

    version: the latest one that its author has read; another one since then refuses it. None: it
        does not matter.
    """

    by: Name
    version: int | None = Field(default=None, ge=1, le=1_000_000)
    title: Annotated[Line, at_most(200)] | None = None
    symptom: _Part | None = None
    cause: _Part | None = None
    fix: _Part | None = None
    verified: _Part | None = None
    service: _Key | None = None
    category: _Key | None = None
    for_reporters: bool | None = None


class PublishedArticle(InboundMessage):
    """Somebody has reviewed the article: this version, else the latest, is what others read."""

    by: Name
    version: int | None = Field(default=None, ge=1, le=1_000_000)


class RetiredArticle(InboundMessage):
    """The article is not to be offered any more."""

    by: Name
    reason: Annotated[MultilineText, at_most(1_000)] = ""


class UsedArticle(InboundMessage):
    """The article was used in an incident; without an episode, in the latest.

    undo: it was not: an earlier word is taken back.
    """

    by: Name
    incident_id: Line
    episode: int | None = Field(default=None, ge=1, le=1_000_000)
    undo: bool = False


CHANGED_BY_PEOPLE = tuple(ArticleText.model_fields)
"""The fields of a version."""


class FixRate(Message):
    """How often an article fixed an incident; `decisions.fix_rate` says what that means.

    worked, of: of the uses of which it is known.
    """

    worked: int = 0
    of: int = 0

    @property
    def words(self) -> str:
        """As people say it: `fixed it 4 of 5 times`."""
        if not self.of:
            return "not known yet whether it fixes it"
        return f"fixed it {self.worked} of {self.of} time{'' if self.of == 1 else 's'}"


class KnownFix(Message):
    """An article that was used in a past incident, with its rate as it was then."""

    article_id: str
    title: str
    rate: FixRate

    @property
    def words(self) -> str:
        """`KB-7F3K2Q fixed it 4 of 5 times: Renew the certificate`."""
        return f"{self.article_id} {self.rate.words}: {self.title}"


class Article(Message):
    """An article as somebody reads it: its published version, else the latest.

    version, latest, published: numbers of versions, from 1; a later one than the published waits
        for its review.
    team: that of the incident.
    review_due: nobody has reviewed it for as long as the policy says.
    incident_id, episode: what it was written from; empty and None for nothing, or once that was
        erased.
    helped: how often somebody who was about to report something said that it helped.
    """

    article_id: Everybody[str]
    state: Everybody[ArticleState]
    text: Everybody[ArticleText]
    version: Responders[int] = 0
    latest: Responders[int] = 0
    published: Responders[int | None] = None
    written_by: Responders[str] = ""
    written_at: Responders[InUtc | None] = None
    team: Responders[str] = ""
    incident_id: Responders[str] = ""
    episode: Responders[int | None] = None
    reviewed_by: Responders[str] = ""
    reviewed_at: Responders[InUtc | None] = None
    review_due: Responders[bool] = False
    retired_by: Responders[str] = ""
    retired_at: Responders[InUtc | None] = None
    retired_because: Responders[str] = ""
    rate: Responders[FixRate] = FixRate()
    helped: Responders[int] = 0

    @property
    def waits_for_review(self) -> bool:
        """Whether its latest version is none that others read."""
        return self.latest != (self.published or 0)


class ArticleVersion(Message):
    """Who wrote a version of an article, and when; what it says is asked for by its number."""

    number: int
    at: InUtc
    by: str


class ArticleUse(Message):
    """An episode in which an article was used, and what came of it."""

    incident_id: str
    episode: int
    title: str
    by: str
    at: InUtc
    result: str


class ShownArticle(Article):
    """An article with its versions, the latest first, and the uses that the reader may see."""

    versions: Responders[tuple[ArticleVersion, ...]] = ()
    uses: Responders[tuple[ArticleUse, ...]] = ()


class EpisodeArticles(Message):
    """What there is of articles for an episode.

    articles: those that were written from it or used in it, the best rate first.
    offered: what an article from its record would say; None while it has no resolution.
    """

    articles: Responders[tuple[Article, ...]] = ()
    offered: Responders[ArticleText | None] = None


class RunbookProposal(Message):
    """A runbook that an article's fix could be, for people to copy into the policy.

    yaml: for the policy's `runbooks`; the policy's own loader takes it. left_out: lines of the
    article that are no commands for a runbook, each with the reason.
    """

    article_id: str
    version: int
    yaml: str
    left_out: tuple[str, ...] = ()


class PageOfArticles(Message):
    """Some of the articles that were found, and the cursor of the next page; None on the last."""

    articles: Everybody[tuple[Article, ...]]
    next: Everybody[str | None] = None
