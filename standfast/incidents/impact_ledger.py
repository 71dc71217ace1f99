"""The impact ledger: all statements about an incident's impact, judged and not judged yet.

Users affected are the highest number that anybody gave, or the number of people who reported,
whichever is more. The numbers are not added up: that would count the same people twice.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from standfast.incidents.assessment import Judged, Judgement, Level, Priority, Scope
from standfast.incidents.fingerprint import fingerprint
from standfast.incidents.report import Channel, Report
from standfast.incidents.resolution import BY_MACHINES, Evidence, Verdict
from standfast.messages.message import Instant, Message

DEPARTMENT_LABEL = "department"
"""The label of a report that says where its reporter works."""

MOST_KEPT = 10
"""Judged statements that are kept. What older ones raised stays raised."""

MOST_CHARACTERS = 300_000
"""Of all pending statements: so many fit into a Temporal payload in any script."""

MOST_AT_ONCE = 10
"""Statements in one request for a judgement."""

MOST_REMEMBERED = 500
"""Fingerprints of statements; the oldest is forgotten."""

MOST_LINES = 50
MOST_DEPARTMENTS = 100

_LONGEST = {"description": 2_000, "impact_statement": 1_000, "error_message": 1_000}
_MOST_LABELS, _LONGEST_LABEL, _LONGEST_WHAT = 20, 100, 200


class StatementKind(StrEnum):
    """The origin of a statement."""

    REPORT = "report"
    MERGED = "merged"
    LINKED = "linked"
    EVIDENCE = "evidence"


class Statement(Message):
    """What a person or a system said about an incident's impact.

    source: who reported it, the id of the other incident, or the name of a test or a log.
    counts: False for what is only shown, such as the report of an incident that is related.
    """

    source: str
    kind: StatementKind = StatementKind.REPORT
    at: Instant
    report: Report
    counts: bool = True

    @classmethod
    def of(cls, report: Report, at: datetime) -> "Statement":
        """The statement that a report makes."""
        source = report.reporter or ("a monitor" if report.by_monitor else "somebody")
        return cls(source=source, at=at, report=report)


class LedgerLine(Message):
    """A statement as shown to people. `raised`: what it raised, such as `P4 to P1`, if anything."""

    at: Instant
    who: str
    kind: StatementKind
    what: str
    raised: str = ""


class ImpactQuestion(Message):
    """A question about the impact, answered by `standfast.decisions.judgement.judge`.

    users, departments: how many are known. category: empty before classification. as_set: a person
    has just raised impact and urgency, so those stay as in `before`; only high impact and critical
    are asked. new: how many of the statements were pending; settled: as in the ledger, which needs
    both to apply the answer.
    """

    statements: tuple[Statement, ...] = Field(min_length=1)
    users: int = 0
    departments: int = 0
    before: Judged | None = None
    category: str = ""
    as_set: bool = False
    new: int = 0
    settled: int = 0


class ImpactLedger(BaseModel):
    """What is known about an incident's impact, and its last judgement; part of the State.

    `persons` is everywhere how many different people have reported it so far.

    statements: judged, and still counting. pending: not judged yet, in full where there is room.
    set_aside: statements that a person overruled by lowering the impact. users, departments: known
    since then; most_users, all_departments: ever. settled: how often a person has set the impact.
    left_out: how many statements there was no room for.
    """

    statements: list[Statement] = Field(default_factory=list)
    pending: list[Statement] = Field(default_factory=list)
    set_aside: list[Statement] = Field(default_factory=list)
    said: list[str] = Field(default_factory=list)
    users: int = 0
    most_users: int = 0
    departments: list[str] = Field(default_factory=list)
    all_departments: list[str] = Field(default_factory=list)
    settled: int = 0
    settled_persons: int = 0
    set_higher: bool = False
    pinned_by: str = ""
    judged: Judged | None = None
    left_out: int = 0
    lines: list[LedgerLine] = Field(default_factory=list)

    def add(self, statement: Statement, persons: int = 0) -> bool:
        """Add a statement; return whether the incident must be judged now (see `due`)."""
        if not statement.counts:
            self._show(statement)
            return self.due(persons)
        report, words = statement.report, fingerprint(statement.report)
        department = department_of(report)
        new_words = words not in self.said
        elsewhere = bool(department) and department not in self.all_departments
        if new_words or elsewhere or report.users_affected > self.most_users:
            if new_words and not self._has_room_for(statement):
                self.left_out += 1
                return self.due(persons)
            self._count(report.users_affected, department)
            self._show(statement)
        if new_words:
            self.said = [*self.said, words][-MOST_REMEMBERED:]
        if new_words or (not self.pending and self._more_in_number(persons)):
            self._wait(statement)
        return self.due(persons)

    def due(self, persons: int = 0) -> bool:
        """Whether there is anything new to judge."""
        if self.judged is None:
            return bool(self.pending)
        known = self.pending or self.statements or (self.set_higher and self.set_aside)
        if self.pinned_by or not known:
            return False
        return bool(self.pending) or self.set_higher or self._more_in_number(persons)

    def users_known(self, persons: int = 0) -> int:
        """How many users are affected, by the statements since a person last lowered the impact."""
        reporting = persons - self.settled_persons
        return max(self.users, reporting if reporting > 1 else 0)

    def to_judge(
        self, persons: int = 0, category: str = "", *, settled: bool = False
    ) -> ImpactQuestion:
        """The request for a judgement that is `due`. settled: with the overruled statements."""
        as_set = self.set_higher or settled
        new = [] if as_set else self.pending[:MOST_AT_ONCE]
        aside = self.set_aside if as_set else []
        return ImpactQuestion(
            statements=(*aside, *self.statements, *new),
            users=self.users_known(persons),
            departments=len(self.departments),
            before=self.judged,
            category=category,
            as_set=as_set,
            new=len(new),
            settled=self.settled,
        )

    def to_ask(self, persons: int = 0, category: str = "") -> ImpactQuestion:
        """The request for a judgement, whether or not one is `due`. Where a person has overruled
        all statements, it is judged by what they set.
        """
        if self.statements or self.pending or self.set_higher:
            return self.to_judge(persons, category)
        return self.to_judge(persons, category, settled=True)

    def to_share(self) -> tuple[Statement, ...]:
        """The statements for an incident that it is merged into or linked to: the first and the
        latest ones, with the highest number of users. Without what a person has overruled.
        """
        known = [*self.statements, *map(shortened, self.pending)]
        if not known:
            return ()
        first = known[0].report
        most = max(self.users, first.users_affected)
        known[0] = known[0].model_copy(
            update={"report": first.model_copy(update={"users_affected": most})}
        )
        return (known[0], *known[1:][-(MOST_KEPT - 1) :])

    def apply(self, asked: ImpactQuestion, judgement: Judgement) -> bool:
        """Apply a judgement; False when a person has set the impact meanwhile, which voids it."""
        if asked.settled != self.settled:
            return False
        before, self.judged, self.set_higher = self.judged, judgement.judged, False
        if asked.as_set:
            return True
        self.pending = self.pending[asked.new :]
        raising = [asked.statements[place] for place in judgement.raised_by]
        if before and judgement.changed:
            for statement in raising:
                self._mark(statement, _what_rose(before, judgement.judged))
        # What the others raised stays raised. The first, and those that raised it, are kept first.
        important = [asked.statements[0], *raising]
        spare = [other for other in asked.statements if other not in important]
        room = max(MOST_KEPT - len(important), 0)
        kept = [*important[:MOST_KEPT], *spare[len(spare) - min(room, len(spare)) :]]
        self.statements = [shortened(each) for each in asked.statements if each in kept]
        return True

    def set_by(
        self,
        by: str,
        impact: Level,
        urgency: Level,
        priority: Priority,
        *,
        persons: int = 0,
        pin: bool = False,
    ) -> None:
        """A person sets impact and urgency, after the first judgement.

        Lower than before, or the end of a pin, overrules all statements up to now: only later ones
        raise it again. Higher than before: high impact and critical are asked again. `pin`: no
        statement raises it any more.
        """
        before, unpinned = self.judged, bool(self.pinned_by) and not pin
        self.pinned_by = by if pin else ""
        if before is None:
            return
        self.settled += 1
        lower = (
            _below(impact, before.impact)
            or _below(urgency, before.urgency)
            or priority.number > before.priority.number
        )
        said = {"impact": impact, "urgency": urgency, "priority": priority}
        self.judged = before.model_copy(update=said)
        if lower or pin or unpinned:
            self._settle(persons)
        if lower:
            anew = {"high_impact": False, "critical": False, "scope": Scope.USER}
            self.judged = self.judged.model_copy(update=anew)
        self.set_higher = not (lower or pin) and self.judged != before

    def _more_in_number(self, persons: int) -> bool:
        if self.judged is None or self.pinned_by:
            return False
        users, departments = self.judged.asks_again_at_users, self.judged.asks_again_at_departments
        return (users is not None and self.users_known(persons) >= users) or (
            departments is not None and len(self.departments) >= departments
        )

    def _settle(self, persons: int) -> None:
        so_far = [*self.set_aside, *self.statements, *map(shortened, self.pending)]
        self.set_aside, self.statements, self.pending = so_far[-MOST_KEPT:], [], []
        self.users, self.settled_persons, self.departments = 0, persons, []
        if self.judged:
            # Any number from now on is new.
            news = {"users": 0, "departments": 0}
            news |= {"asks_again_at_users": 2, "asks_again_at_departments": 2}
            self.judged = self.judged.model_copy(update=news)

    def _count(self, users: int, department: str) -> None:
        self.users = max(self.users, users)
        self.most_users = max(self.most_users, users)
        for known in (self.departments, self.all_departments):
            if department and department not in known and len(known) < MOST_DEPARTMENTS:
                known.append(department)

    def _has_room_for(self, statement: Statement) -> bool:
        return self._characters_with(shortened(statement)) <= MOST_CHARACTERS

    def _characters_with(self, statement: Statement) -> int:
        return sum(characters(each.report) for each in (*self.pending, statement))

    def _wait(self, statement: Statement) -> None:
        if self.pinned_by and self.judged:
            self.set_aside = [*self.set_aside, shortened(statement)][-MOST_KEPT:]
            return
        whole = self._characters_with(statement) <= MOST_CHARACTERS
        self.pending.append(statement if whole else shortened(statement))

    def _show(self, statement: Statement) -> None:
        line = _line(statement)
        if line in self.lines:
            return
        self.lines.append(line)
        if len(self.lines) > MOST_LINES:
            plain = (n for n, shown in enumerate(self.lines) if n and not shown.raised)
            del self.lines[next(plain, 1)]

    def _mark(self, statement: Statement, raised: str) -> None:
        line = _line(statement)
        if line in self.lines:
            self.lines[self.lines.index(line)] = line.model_copy(update={"raised": raised})


def statement_of(evidence: Evidence, service: str) -> Statement | None:
    """The statement of a failing test or a recurring log line; None for other evidence."""
    if evidence.kind not in BY_MACHINES or evidence.says is not Verdict.UNRESOLVED:
        return None
    report = Report(
        title=f"{evidence.source}: {evidence.detail}"[:300],
        service=service,
        reporter=evidence.source[:200],
        channel=Channel.MONITOR,
        users_affected=0,
    )
    return Statement(
        source=evidence.source, kind=StatementKind.EVIDENCE, at=evidence.at, report=report
    )


def department_of(report: Report) -> str:
    """The label `department` of a report, in lower case; "" without one."""
    return next(
        (
            " ".join(value.casefold().split())
            for label, value in report.labels.items()
            if label.casefold() == DEPARTMENT_LABEL
        ),
        "",
    )


def shortened(statement: Statement) -> Statement:
    """The same with long texts cut: for a statement that is judged already."""
    report = statement.report
    short: dict[str, object] = {
        field: _cut(getattr(report, field), most) for field, most in _LONGEST.items()
    }
    labels = list(report.labels.items())[:_MOST_LABELS]
    short["labels"] = {label: value[:_LONGEST_LABEL] for label, value in labels}
    return statement.model_copy(update={"report": report.model_copy(update=short)})


def characters(report: Report) -> int:
    """The approximate size of a report: its texts, and 500 for the rest."""
    texts = (report.title, report.description, report.impact_statement, report.error_message)
    labels = sum(len(label) + len(value) for label, value in report.labels.items())
    return 500 + sum(map(len, texts)) + labels


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _line(statement: Statement) -> LedgerLine:
    report = statement.report
    users = f" ({report.users_affected} users)" if report.users_affected > 1 else ""
    what = _cut(report.title, _LONGEST_WHAT) + users
    return LedgerLine(at=statement.at, who=statement.source, kind=statement.kind, what=what)


def _what_rose(before: Judged, now: Judged) -> str:
    rose = [f"{before.priority} to {now.priority}"] if now.priority != before.priority else []
    rose += ["high impact"] if now.high_impact and not before.high_impact else []
    rose += ["critical"] if now.critical and not before.critical else []
    return ", ".join(rose) or f"scope {now.scope}, impact {now.impact}, urgency {now.urgency}"


def _below(level: Level, other: Level) -> bool:
    levels = list(Level)  # the highest comes first
    return levels.index(level) > levels.index(other)
