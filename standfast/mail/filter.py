"""Which mail is set aside: what a machine sent that must not open an incident.

This prevents mail loops: two programs that answer each other never stop, and a bounce that opens an
incident, whose notifications bounce, opens the next one. Marks are weighed together, so that no
single header makes a person's mail disappear; and what is set aside is kept, and can be opened.
"""

from collections.abc import Iterable
from typing import NamedTuple

from standfast.mail.mail import Mail
from standfast.mail.marks import lists, origin, people, replies, servers
from standfast.mail.marks.evidence import Evidence
from standfast.mail.marks.mark import ENOUGH, Mark, SetAsideKind, Statement
from standfast.messages.clean_text import one_line
from standfast.policy.mail import MailRules

MARKS: tuple[Mark, ...] = (
    *origin.MARKS,
    *servers.MARKS,
    *replies.MARKS,
    *lists.MARKS,
    *people.MARKS,
)
"""Every mark that is looked for. A new one is a row in one of these tables, and in docs/mail.md."""

IN_WORDS = {
    SetAsideKind.NOT_MAIL: "this is not a mail message",
    SetAsideKind.OWN_MESSAGE: "it is a message of our own",
    SetAsideKind.OWN_ADDRESS: "it is our own mail",
    SetAsideKind.UNKNOWN_SENDER: "its sender is not accepted",
    SetAsideKind.BOUNCE: "it is a report of a mail server",
    SetAsideKind.AUTOMATIC: "it is an automatic mail",
    SetAsideKind.MEETING: "it is an answer to a meeting",
    SetAsideKind.NEWSLETTER: "it is a newsletter",
    SetAsideKind.NOTHING_NEW: "it says nothing new",
}
_LONGEST_REASON = 600


class FoundMark(NamedTuple):
    """A mark that a mail has; `words` is what was seen."""

    mark: Mark
    words: str


class Judgement(NamedTuple):
    """Whether a mail is set aside, and why.

    kind: what it is; None where it is taken. reason: in words, never empty.
    weight: of all marks together. marks: those that the mail has and that count.
    """

    kind: SetAsideKind | None
    reason: str
    weight: int
    marks: tuple[FoundMark, ...]

    @property
    def by_program(self) -> str:
        """What says that a program sent it, though it may be taken; empty where nothing does."""
        says = (each.words for each in self.marks if each.mark.says is Statement.BY_A_PROGRAM)
        return next(says, "")


def judge(mail: Mail, rules: MailRules) -> Judgement:
    """Weigh the marks of a mail: from `ENOUGH` on it is set aside, as what weighs most."""
    evidence = Evidence(mail, rules)
    seen = ((mark, mark.found(evidence)) for mark in MARKS)
    marks = _counted(FoundMark(mark, words) for mark, words in seen if words)
    weight = sum(found.mark.weight for found in marks)
    kind = _heaviest(marks) if weight >= ENOUGH else None
    return Judgement(kind, _reason(kind, marks, weight), weight, marks)


def _counted(found: Iterable[FoundMark]) -> tuple[FoundMark, ...]:
    """Those that count: of marks that say the same, the heaviest."""
    counted: list[FoundMark] = []
    places: dict[Statement, int] = {}
    for one in found:
        says = one.mark.says
        if says is None or says not in places:
            if says:
                places[says] = len(counted)
            counted.append(one)
        elif one.mark.weight >= counted[places[says]].mark.weight:
            counted[places[says]] = one
    return tuple(counted)


def _heaviest(marks: tuple[FoundMark, ...]) -> SetAsideKind:
    weights: dict[SetAsideKind, int] = {}
    for found in marks:
        if found.mark.kind:
            weights[found.mark.kind] = weights.get(found.mark.kind, 0) + found.mark.weight
    # Of equals the last: an empty return path is a bounce's only where nothing else says more.
    return max(reversed(weights), key=lambda kind: weights[kind])


def _reason(kind: SetAsideKind | None, marks: tuple[FoundMark, ...], weight: int) -> str:
    told = "; ".join(found.words for found in marks)
    if kind:
        words = f"{IN_WORDS[kind]}: {told}"
    elif marks:
        words = f"it is taken: its marks weigh {weight}, and {ENOUGH} are needed ({told})"
    else:
        words = "it is taken: it has no mark of a machine"
    return one_line(words)[:_LONGEST_REASON]
