"""The search as doors offer it: from what was typed to a page of what is found."""

import asyncio
from datetime import UTC, datetime

from standfast.decisions.policy_names import KINDS, names_of
from standfast.incidents.found import FoundIncident, PageFound
from standfast.incidents.roles import Role
from standfast.incidents.search_query import QueryError, SearchQuery, parse
from standfast.intake.errors import Invalid
from standfast.lookup.closed_list import read_place, written_place
from standfast.lookup.known_names import as_sentence, unknown_names
from standfast.lookup.page_tokens import PageTokens
from standfast.policy import Policy
from standfast.records.search import SEEN_BY_REPORTERS, Found, FoundPage, Place, Searcher
from standfast.records.store import RecordStore

NOT_COMPLETE = (
    "Not all that was on record before an upgrade is indexed yet: older incidents may be missing."
)


async def search(
    records: RecordStore,
    query: str,
    searcher: Searcher,
    limit: int,
    page: str = "",
    *,
    tokens: PageTokens | None = None,
    reporters_see_team: bool = True,
    policy: Policy | None = None,
) -> PageFound:
    """At most `limit` of what a query finds for somebody.

    page: `next` of the page before, which `tokens` signed; without them there is no next page.
    reporters_see_team: whether who finds an incident as its reporter sees its team.
    policy: says which names there are; without one, none is noted as unknown.

    Raises:
        Invalid: the query cannot be understood, or `page` is not the cursor of this search.
        RecordsUnavailable: the record store does not answer.
    """
    try:
        asked = parse(query, datetime.now(UTC))
    except QueryError as wrong:
        raise Invalid(str(wrong)) from None
    bound = ("search", asked.text, *searcher.words)
    after: Place | None = None
    if page and tokens:
        after = read_place(tokens.read(page, bound, "page"))
    found = await asyncio.to_thread(records.search.page, asked, searcher, limit, after)
    following = tokens.make(bound, written_place(found.next)) if found.next and tokens else None
    notes = [_note(found, asked, searcher)]
    if searcher.role.may(Role.RESPONDER):
        notes += await asyncio.to_thread(_unknown, records, policy, searcher, asked)
    return PageFound(
        incidents=tuple(
            _shown(each, reporters_see_team=reporters_see_team) for each in found.found
        ),
        next=following,
        note=" ".join(filter(None, notes)),
    )


_LEFT_OUT = {
    "OR": "OR was left out: an incident must have every word. Search for each by itself.",
    "NOT": "NOT was left out: write -word for incidents without the word.",
}


def _note(found: FoundPage, asked: SearchQuery, searcher: Searcher) -> str:
    notes = [] if found.is_complete else [NOT_COMPLETE]
    notes += [_LEFT_OUT[each] for each in asked.left_out]
    fields = {each.field: None for each in asked.conditions if each.field not in SEEN_BY_REPORTERS}
    if fields and not searcher.role.may(Role.RESPONDER):
        notes.append(f"What you reported is not found by {', '.join(fields)}: leave that out.")
    if found.newest:
        many = f"{found.newest:,}"
        notes.append(
            f"At least {many} incidents have these words. The newest {many} were looked at; narrow "
            "the search by a field or a date to find older ones."
        )
    return " ".join(notes)


def _unknown(
    records: RecordStore, policy: Policy | None, searcher: Searcher, asked: SearchQuery
) -> list[str]:
    """A sentence for each name in a query that nothing has."""
    return [
        as_sentence(line)
        for each in asked.conditions
        if each.field in KINDS
        for value in each.values
        if policy and value.lower() not in names_of(policy, each.field)  # as it is looked for
        for _, line in unknown_names(records, policy, searcher, {each.field: value})
    ]


def _shown(found: Found, *, reporters_see_team: bool) -> FoundIncident:
    line = found.incident
    sees_team = reporters_see_team or not found.as_reporter
    return FoundIncident(
        incident_id=line.incident_id,
        episode=line.episode,
        title=line.title,
        latest_title=line.latest_title or None,
        status="open" if line.is_open else "closed",
        stage=line.stage,
        outcome=line.outcome or None,
        priority=line.priority or None,
        category=line.category or None,
        team=line.team if line.team and sees_team else None,
        tier=line.tier,
        assignee=line.assignee or None,
        service=line.service or None,
        reporter=line.reporter or None,
        opened_at=line.opened_at,
        closed_at=line.closed_at,
        as_reporter=found.as_reporter,
    )
