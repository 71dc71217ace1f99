"""Problems, read from the index of episodes and from what people said of them.

For a reader, what they do not find does not exist: it is no part of a problem, joins no others, and
is in no count.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    true,
    tuple_,
)

from standfast.decisions.problem import Change, Pair, Said, grouped
from standfast.incidents.actors import AUTOMATION
from standfast.incidents.confidentiality import ADMINISTRATORS, Reader
from standfast.incidents.problem import Fix, ProblemEpisode, TriedRunbook
from standfast.incidents.record import NOT_AGAIN
from standfast.incidents.resolution import RemediationOutcome, RemediationResult, Resolution
from standfast.records.database import Database
from standfast.records.readers import found_by
from standfast.records.tables import (
    incident_terms,
    incidents,
    indexed_incidents,
    problem_links,
    problem_names,
)

MOST_INCIDENTS = 200
"""Of one problem: whoever links more than that wants a report of them, not a problem."""

_AT_ONCE = 500
"""Values in one statement."""

_LINKED = "related"
"""The name of the terms that say with which incidents an episode is linked or merged."""

_line, _term = indexed_incidents.c, incident_terms.c
_link, _name = problem_links.c, problem_names.c
_THESE: BindParameter[Any] = bindparam("these", expanding=True)


class Group(NamedTuple):
    """Incidents that belong together, as somebody finds them.

    episodes: in no order; those that were withdrawn or merged are left out.
    links: which of the incidents people linked, or merged, with which.
    named_with: with which of their episodes its name is kept: the confidential ones, if there are
        any, so that nobody else reads what is said of them.
    is_confidential: whether one of them is.
    is_whole: False where there are more than `MOST_INCIDENTS`.
    unread: how many older closed episodes are without what was tried in them.
    """

    incident_ids: frozenset[str]
    episodes: tuple[ProblemEpisode, ...]
    links: frozenset[Pair] = frozenset()
    said: tuple[Said, ...] = ()
    named_with: tuple[tuple[str, int], ...] = ()
    is_confidential: bool = False
    is_whole: bool = True
    unread: int = 0


class Problems:
    """Part of the record store; every method may be called from any thread.

    Raises RecordsUnavailable when the database cannot be used.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def around(self, incident_id: str, reader: Reader | None, read: int) -> Group | None:
        """An incident and all that is linked with it; None where the reader does not find it.

        read: of how many closed episodes, the latest ones, what was tried is read.
        """
        may = _may(reader)
        with self._database.reading() as connection:
            rows: dict[str, list[Row[Any]]] = {}
            links: set[Pair] = set()
            seen, ahead, is_whole = set[str](), {incident_id}, True
            while ahead:
                if len(rows) + len(ahead) > MOST_INCIDENTS:
                    is_whole = False
                    ahead = set(sorted(ahead)[: MOST_INCIDENTS - len(rows)])
                seen |= ahead
                found = _rows(connection, ahead, may)
                rows |= found
                new = _links(connection, found, may)
                links |= new
                ahead = {each for pair in new for each in pair} - seen if is_whole else set()
            if incident_id not in rows:
                return None
            group = _group(rows.keys(), rows, links, _named(connection, rows))
            documents = _documents(connection, group.episodes, read)
        return group._replace(
            episodes=tuple(_with_document(each, documents) for each in group.episodes),
            is_whole=is_whole,
            unread=max(0, sum(each.status == "closed" for each in group.episodes) - read),
        )

    def since(self, since: datetime, reader: Reader | None) -> list[Group]:
        """What belongs together, of which something was reported since then.

        An incident by itself is among them only where it has a further episode. What was tried is
        not read, and neither are the links.
        """
        may = _may(reader)
        recent = select(_line.incident_id).where(_line.opened_at >= since, may)
        again = select(_line.incident_id).where(
            _line.episode > 1, may, _line.incident_id.in_(recent)
        )
        with self._database.reading() as connection:
            lately = set(connection.execute(recent).scalars())
            links = _every_link(connection, may)
            ends = {each for pair in links for each in pair}
            linked = [group for group in grouped(ends, links) if not lately.isdisjoint(group)]
            wanted = set(connection.execute(again).scalars()).union(*linked)
            rows = _rows(connection, wanted, may)
            said = _named(connection, rows)
        return [
            _group(each, rows, (), said)
            for each in grouped(rows, links)
            if not lately.isdisjoint(each)
        ]

    def hidden(self, incident_ids: Collection[str], reader: Reader) -> set[str]:
        """Those of these incidents that somebody does not find."""
        with self._database.reading() as connection:
            return set(incident_ids) - _rows(connection, incident_ids, _may(reader)).keys()

    def change(self, change: Change, by: str, unnamed: str = "") -> None:
        """Link and cut these; what was said of them before does not count any more.

        unnamed: an incident that loses the name of the problem in which it was.
        """
        with self._database.writing() as connection:
            at = self._database.now(connection)
            insert = self._database.insert(problem_links)
            put = insert.on_conflict_do_update(
                index_elements=["first", "second"],
                set_={name: insert.excluded[name] for name in ("is_linked", "by", "at")},
            )
            for pairs, is_linked in ((change.cut, False), (change.linked, True)):
                for pair in pairs:
                    row = {**pair._asdict(), "is_linked": is_linked, "by": by, "at": at}
                    connection.execute(put, row)
            connection.execute(delete(problem_names).where(_name.incident_id == unnamed))

    def name(
        self, episodes: Collection[tuple[str, int]], *, title: str, owner: str, by: str
    ) -> None:
        """Name the problem that these episodes are, in place of what it was called before."""
        with self._database.writing() as connection:
            for some in _in_parts(episodes):
                these = tuple_(_name.incident_id, _name.episode).in_(some)
                connection.execute(delete(problem_names).where(these))
            if title or owner:
                at = self._database.now(connection)
                said = {"title": title, "owner": owner, "by": by, "at": at}
                rows = [
                    {"incident_id": incident_id, "episode": episode, **said}
                    for incident_id, episode in sorted(episodes)
                ]
                connection.execute(self._database.insert(problem_names), rows)


def _may(reader: Reader | None) -> ColumnElement[bool]:
    return found_by(reader, _line.readers, _line.team) if reader else true()


def _rows(
    connection: Connection, incident_ids: Collection[str], may: ColumnElement[bool]
) -> dict[str, list[Row[Any]]]:
    """The episodes of these incidents that are found, by incident."""
    wanted = select(indexed_incidents).where(_line.incident_id.in_(_THESE), may)
    found: dict[str, list[Row[Any]]] = {}
    for row in _of_each(connection, wanted, incident_ids):
        found.setdefault(row.incident_id, []).append(row)
    return found


def _links(
    connection: Connection, found: dict[str, list[Row[Any]]], may: ColumnElement[bool]
) -> set[Pair]:
    """What is linked with these incidents: their own relations, those of others, and what people
    said since. What others are found is not known yet.
    """
    of = {row.number: row.incident_id for rows in found.values() for row in rows}
    # The databases would rather read all relations than those of a few episodes.
    own = select(_term.number, _term.value).where(
        func.coalesce(_term.name, "") == _LINKED, _term.number.in_(_THESE)
    )
    pairs = {Pair.of(of[row.number], row.value) for row in _of_each(connection, own, of)}
    others = _relations(may).where(_term.value.in_(_THESE))
    pairs |= {Pair.of(row.incident_id, row.value) for row in _of_each(connection, others, found)}
    for side in (_link.first, _link.second):
        # By one column after the other: each has an index, and both together have none.
        said = _said_of_links().where(side.in_(_THESE))
        pairs = _with_what_was_said(pairs, _of_each(connection, said, found))
    return pairs


def _every_link(connection: Connection, may: ColumnElement[bool]) -> set[Pair]:
    """All links of incidents that are found, with what they are linked to."""
    pairs = {Pair.of(row.incident_id, row.value) for row in connection.execute(_relations(may))}
    return _with_what_was_said(pairs, connection.execute(_said_of_links()))


def _relations(may: ColumnElement[bool]) -> Select[Any]:
    its_line = _line.number == _term.number
    found = select(_line.incident_id, _term.value).join(indexed_incidents, its_line)
    return found.where(_term.name == _LINKED, may)


def _said_of_links() -> Select[Any]:
    return select(_link.first, _link.second, _link.is_linked)


def _with_what_was_said(pairs: set[Pair], said: Iterable[Row[Any]]) -> set[Pair]:
    pairs = {pair for pair in pairs if pair.first != pair.second}
    for row in said:
        (pairs.add if row.is_linked else pairs.discard)(Pair(row.first, row.second))
    return pairs


def _of_each(
    connection: Connection, wanted: Select[Any], ids: Collection[Any]
) -> Iterator[Row[Any]]:
    for some in _in_parts(ids):
        yield from connection.execute(wanted, {"these": some})


def _in_parts(ids: Iterable[Any]) -> Iterator[list[Any]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _named(connection: Connection, found: dict[str, list[Row[Any]]]) -> dict[str, list[Said]]:
    """What people called problems, by the incident with which it is kept."""
    wanted = select(problem_names).where(_name.incident_id.in_(_THESE))
    episodes = {(row.incident_id, row.episode) for rows in found.values() for row in rows}
    said: dict[str, list[Said]] = {}
    for row in _of_each(connection, wanted, found):
        if (row.incident_id, row.episode) in episodes:
            words = Said(row.title, row.owner, row.by, row.at)
            said.setdefault(row.incident_id, []).append(words)
    return said


def _group(
    incident_ids: Collection[str],
    rows: dict[str, list[Row[Any]]],
    links: Iterable[Pair],
    said: dict[str, list[Said]],
) -> Group:
    ids = frozenset(incident_ids)
    its_own = [row for each in ids for row in rows[each]]
    secret = [row for row in its_own if ADMINISTRATORS in row.readers.split()]
    episodes = tuple(
        _episode(row) for row in its_own if row.is_open or row.outcome not in NOT_AGAIN
    )
    return Group(
        incident_ids=ids,
        episodes=episodes,
        links=frozenset(pair for pair in links if ids.issuperset(pair)),
        said=tuple(words for each in ids for words in said.get(each, ())),
        named_with=tuple((row.incident_id, row.episode) for row in secret or its_own),
        is_confidential=bool(secret),
    )


def _episode(row: Row[Any]) -> ProblemEpisode:
    return ProblemEpisode(
        incident_id=row.incident_id,
        episode=row.episode,
        title=row.title,
        service=row.service,
        team=row.team,
        priority=row.priority or None,
        status="open" if row.is_open else "closed",
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


_Documents = dict[tuple[str, int], tuple[dict[str, Any], str]]


def _documents(connection: Connection, episodes: Sequence[ProblemEpisode], most: int) -> _Documents:
    """The records of the latest closed ones, as JSON has them, since only a part of each is wanted,
    with what resolved each, by its corrections.
    """
    closed = [each for each in episodes if each.status == "closed"]
    latest = sorted(closed, key=lambda each: each.opened_at, reverse=True)[:most]
    if not latest:
        return {}
    c = incidents.c
    these = or_(
        *(and_(c.incident_id == each.incident_id, c.episode == each.episode) for each in latest)
    )
    rows = connection.execute(
        select(c.incident_id, c.episode, c.document, c.resolution).where(these)
    )
    return {
        (row.incident_id, row.episode): (json.loads(row.document), row.resolution) for row in rows
    }


def _with_document(episode: ProblemEpisode, documents: _Documents) -> ProblemEpisode:
    found = documents.get((episode.incident_id, episode.episode))
    if found is None:
        return episode
    document, resolved_by = found
    ran = document.get("remediation")
    remediation = RemediationResult.model_validate(ran) if ran else None
    tried = None
    if remediation and remediation.outcome is not RemediationOutcome.REFUSED:  # else nothing ran
        tried = TriedRunbook(runbook=remediation.runbook, outcome=remediation.outcome)
    fix = None
    if given := document.get("resolution"):
        resolution = Resolution.model_validate(given)
        fix = Fix(
            what=resolved_by,
            by=resolution.by,
            at=resolution.at,
            workaround=resolution.workaround,
            runbook=remediation.runbook if remediation and resolution.by == AUTOMATION else "",
        )
    return episode.model_copy(
        update={"fix": fix, "tried": tried, "sent_back": document.get("reopened", 0)}
    )
