"""Articles as doors offer them: what was asked for is checked, done, and shown as it is then."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from standfast.decisions.article_draft import drafted, offers_article
from standfast.decisions.article_fit import fits
from standfast.decisions.article_review import Terms, not_ready, review_refused, terms_at
from standfast.decisions.runbook_proposal import proposed
from standfast.incidents.article import (
    CHANGED_BY_PEOPLE,
    Article,
    ArticleText,
    EditedArticle,
    EpisodeArticles,
    NewArticle,
    PageOfArticles,
    PublishedArticle,
    RetiredArticle,
    RunbookProposal,
    ShownArticle,
    UsedArticle,
)
from standfast.incidents.correction import corrected
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.search_query import QueryError, SearchQuery, parse
from standfast.incidents.search_words import significant_words
from standfast.intake.errors import Invalid, NotAllowed, NotFound, Refused
from standfast.lookup.known_names import must_be_known
from standfast.lookup.page_tokens import PageTokens
from standfast.policy import Policy
from standfast.policy_file.errors import PolicyError
from standfast.policy_file.proposal import runbook_problems, runbook_yaml
from standfast.records.article_search import NARROWED_BY, ArticlePlace, Wanted
from standfast.records.articles import Origin
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.search import Searcher
from standfast.records.store import RecordStore

_SEARCHED_BY = 2_000
"""Characters of a description; more would only blur the search."""

_LOOKED_AT, _OFFERED_AT_MOST = 10, 3


class NoSuchArticle(NotFound):
    """There is none of that id, or none that they may know of; the words are the same."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"there is no article {article_id[:20]}")


class NotAReviewer(NotAllowed):
    """The policy names others."""


class ChangedMeanwhile(Refused):
    """Somebody else wrote a version that this one's author has not read."""


class ArticleDesk:
    """For API, console and commands: for one person, who must find what they ask for.

    Every method may be called from any thread, and raises RecordsUnavailable when the database
    cannot be used.
    """

    def __init__(
        self,
        records: RecordStore,
        policy: Callable[[], Policy],
        searcher: Searcher,
        note: Callable[[AuditEvent], None],
        tokens: PageTokens | None = None,
    ) -> None:
        """`searcher` is whose desk it is. `note` adds to the audit log, and knows from where.
        `tokens` sign the cursors of lists; without them there is no next page.
        """
        self._records = records
        self._note = note
        self._policy = policy
        self._searcher = searcher
        self._tokens = tokens

    def page(self, asked: str, wanted: Wanted, limit: int, page: str = "") -> PageOfArticles:
        """At most `limit` of the articles that a query finds.

        Raises:
            Invalid: the query cannot be understood, nothing has a name in it, or `page` is no
                cursor of this list.
        """
        query = _query(asked)
        bound = ("articles", query.text, wanted, *self._searcher.words)
        after: ArticlePlace | None = None
        if page and self._tokens:
            after = ArticlePlace(*json.loads(self._tokens.read(page, bound, "page")))
        found = self._records.article_search.page(
            query, self._searcher, wanted, self._terms(), limit, after
        )
        if not found.articles and not page:
            self._must_know_names(query, wanted)
        following = None
        if found.next and self._tokens:
            following = self._tokens.make(bound, json.dumps(found.next).encode())
        return PageOfArticles(articles=found.articles, next=following)

    def show(self, article_id: str, version: int | None = None) -> ShownArticle:
        """One of them, as it is read or in this version; NotFound where there is none."""
        found = self._records.article_search.get(article_id, self._searcher, self._terms(), version)
        if found is None and version is not None:
            self.show(article_id)
            raise NotFound(f"{article_id} has no version {version}")
        if found is None:
            raise NoSuchArticle(article_id)
        return found

    def of_episode(self, view: IncidentView) -> EpisodeArticles:
        """What there is for an episode that they may see."""
        found = self._records.article_search.of_episode(
            view.incident_id, view.episode, self._searcher, self._terms()
        )
        offered = drafted(corrected(view)) if offers_article(view) else None
        return EpisodeArticles(articles=tuple(found), offered=offered)

    def fitting(self, described: str) -> tuple[Article, ...]:
        """The few published articles that speak of what somebody describes."""
        words = significant_words(described[:_SEARCHED_BY])
        found = self._records.article_search.fitting(
            words, self._searcher, self._terms(), _LOOKED_AT
        )
        return tuple(each for each in found if fits(words, each.text))[:_OFFERED_AT_MOST]

    def write(self, new: NewArticle, view: IncidentView | None) -> ShownArticle:
        """A new draft, from this episode or from nothing.

        Raises:
            Refused: the episode has no resolution.
        """
        text, origin = ArticleText.model_construct(title=""), None
        if view is not None:
            if not offers_article(view):
                raise Refused(
                    f"{view.incident_id} has not closed with a resolution: an article says what "
                    "helped; write one without an incident, or when it has"
                )
            text = drafted(corrected(view))
            origin = Origin(view.incident_id, view.episode, view.team or "", view.reopened)
        given = new.model_dump(include=set(CHANGED_BY_PEOPLE), exclude_none=True)
        text = text.model_copy(update=given)
        article_id = self._records.articles.write(text, new.by, origin)
        return self.show(article_id)

    def edit(self, article_id: str, changed: EditedArticle) -> ShownArticle:
        """A new version; the article as it is shown then, in that version.

        Raises:
            ChangedMeanwhile: there is a later version than its author has read.
        """
        self.show(article_id)
        given = changed.model_dump(include=set(CHANGED_BY_PEOPLE), exclude_none=True)
        is_kept = self._records.articles.edit(article_id, given, changed.by, changed.version)
        latest = self._latest(article_id)
        if not is_kept:
            raise ChangedMeanwhile(
                f"{latest.written_by} has changed {article_id} since version {changed.version}: "
                f"read version {latest.version}, and put into it what is yours"
            )
        return latest

    def publish(self, article_id: str, done: PublishedArticle) -> ShownArticle:
        """This version, else the latest, has been reviewed.

        Raises:
            NotAReviewer: by the policy.
            NotFound: there is no such version.
            Refused: it lacks a symptom or a fix.
        """
        known = self._for_review(article_id, done.by)
        number = done.version or known.latest
        if why := not_ready(self.show(article_id, number).text):
            raise Refused(f"{article_id}: {why}")
        if not self._records.articles.publish(article_id, number, done.by):
            raise NotFound(f"{article_id} has no version {number} any more")
        published = AuditEvent(AuditKind.ARTICLE_PUBLISHED, by=done.by, subject=article_id)
        self._note(published._replace(detail=f"version {number}"))
        return self.show(article_id)

    def retire(self, article_id: str, done: RetiredArticle) -> ShownArticle:
        """It is not offered any more; NotAReviewer by the policy."""
        self._for_review(article_id, done.by)
        self._records.articles.retire(article_id, done.by, done.reason)
        retired = AuditEvent(AuditKind.ARTICLE_RETIRED, by=done.by, subject=article_id)
        self._note(retired._replace(detail=done.reason))
        return self.show(article_id)

    def use(self, article_id: str, view: IncidentView, used: UsedArticle) -> ShownArticle:
        """It was used in this episode, which they may see; or it was not."""
        self.show(article_id)
        articles, where = self._records.articles, (view.incident_id, view.episode)
        if used.undo:
            if not articles.take_back_use(article_id, *where):
                raise Refused(f"nobody has said that {article_id} was used in {view.incident_id}")
        else:
            articles.use(article_id, *where, used.by, view.reopened)
        return self.show(article_id)

    def helped(self, article_id: str, form: str) -> ShownArticle:
        """It helped somebody who was about to report something; counted once for each form.

        Nothing is kept of who it was.
        """
        self.show(article_id)
        self._records.articles.helped(article_id, form)
        return self.show(article_id)

    def runbook(self, article_id: str, policy: Path) -> RunbookProposal:
        """The runbook that its fix could be, checked by the loader of the policy at that path.

        Raises:
            Refused: its fix has no command, or the policy would be wrong with it.
        """
        found = self.show(article_id)
        proposal = proposed(found.text, self._policy())
        if not proposal.runbook["steps"]:
            why = "".join(f"\n{line}" for line in proposal.left_out)
            raise Refused(
                f"the fix of {article_id} has no command that a runbook could run: put each on a "
                f"line of a block of code, or alone in an item of a list{why}"
            )
        text = runbook_yaml(proposal, f"{article_id}, version {found.version}")
        try:
            wrong = runbook_problems(policy, text)
        except PolicyError as broken:
            raise Refused(f"the policy cannot be read: {broken.problems[0]}") from None
        if wrong:
            raise Refused("\n".join(map(str, wrong)))
        return RunbookProposal(
            article_id=article_id,
            version=found.version,
            yaml=text,
            left_out=proposal.left_out,
        )

    def may_review(self, name: str) -> bool:
        """Whether the policy lets somebody publish and retire."""
        return not review_refused(self._policy(), name)

    def _for_review(self, article_id: str, by: str) -> ShownArticle:
        found = self.show(article_id)
        if why := review_refused(self._policy(), by):
            raise NotAReviewer(why)
        return found

    def _latest(self, article_id: str) -> ShownArticle:
        return self.show(article_id, self.show(article_id).latest)

    def _must_know_names(self, query: SearchQuery, wanted: Wanted) -> None:
        if not self._searcher.role.may(Role.RESPONDER):
            return
        for each in query.conditions:
            alone = SearchQuery(conditions=(each,))
            search = self._records.article_search.page
            if not search(alone, self._searcher, wanted, self._terms(), 1).articles:
                named = {each.field: each.values[0]}
                must_be_known(self._records, self._policy(), self._searcher, named)

    def _terms(self) -> Terms:
        return terms_at(self._policy(), datetime.now(UTC))


def _query(text: str) -> SearchQuery:
    try:
        query = parse(text, datetime.now(UTC))
    except QueryError as wrong:
        raise Invalid(str(wrong)) from None
    has_others = query.is_open is not None or query.since or query.before
    other = next((each.field for each in query.conditions if each.field not in NARROWED_BY), "")
    if has_others or other:
        asked = other or "is, since and before"
        raise Invalid(
            f"{asked}: articles are looked for by words, {', '.join(NARROWED_BY)}; incidents by "
            "all fields of docs/search.md"
        )
    return query
