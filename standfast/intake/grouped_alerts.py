"""The one report of alerts that come together: it names its members, the worst first."""

import hashlib
from collections.abc import Iterator, Sequence

from standfast.incidents.alert import Alert
from standfast.incidents.member_names import listed, named
from standfast.incidents.monitoring import MEMBER, MEMBER_KEY
from standfast.incidents.report import LONGEST_DESCRIPTION, MOST_LABELS, Report
from standfast.incidents.severity import SEVERITY, rank, worst

_NAMES_LISTED = 50
_LONGEST_TITLE = 300
_NOT_DISTINCT = (SEVERITY, "link", "runbook", "description", "summary")
_SAYS_WHERE = (
    *("host", "hostname", "host.name", "instance", "node", "pod", "server", "device"),
    *("service", "name"),
)
"""Labels that tell members of a group apart, the best first; after these any that does."""


def together(firing: Sequence[Alert], over: Sequence[Alert] = ()) -> Alert:
    """The alerts of a group merged into one: the worst of those that fire, with the names of all.

    The group has the worst severity, the most users and the earliest start of its members, and
    the service of the first that names one. over: those of the same body that have recovered. What
    the source has left out of the body may fire or not.
    """
    worst_first = sorted(firing, key=lambda alert: -rank(_severity(alert)))
    reports = [alert.report for alert in worst_first if alert.report]
    if not reports or (len(firing) + len(over) == 1 and not firing[0].left_out):
        return firing[0]
    names = member_names([*reports, *(alert.report for alert in over if alert.report)])
    fire, recovered = names[: len(reports)], names[len(reports) :]
    lead = reports[0]
    labels = lead.labels
    if severity := worst(*(each.labels.get(SEVERITY, "") for each in reports)):
        others = [(label, value) for label, value in labels.items() if label != SEVERITY]
        labels = dict([(SEVERITY, severity), *others[: MOST_LABELS - 1]])
    left_out = max(alert.left_out for alert in firing)
    starts = [each.occurred_at for each in reports if each.occurred_at]
    report = lead.model_copy(
        update={
            "title": listed(fire, not_all=left_out > 0),
            "description": _description(lead, fire, recovered, left_out),
            "service": next((each.service for each in reports if each.service), ""),
            "users_affected": max(each.users_affected for each in reports),
            "occurred_at": min(starts, default=None),
            "labels": labels,
        }
    )
    return worst_first[0].model_copy(update={"report": report})


def too_many(source: str, firing: Sequence[Alert]) -> Alert:
    """The alerts of a body that are over its source's limit, merged into one that says so."""
    one = together(firing)
    report = one.report
    if report is None or len(firing) == 1:
        return one
    title = f"{len(firing)} alerts at once from {source}: {report.title}"[:_LONGEST_TITLE]
    return one.model_copy(update={"report": report.model_copy(update={"title": title})})


def member_key(alert_key: str) -> str:
    """A short key for an alert of a group, from its own key."""
    return hashlib.blake2b(alert_key.encode(), digest_size=8).hexdigest()


def as_member(report: Report, member: str) -> Report:
    """The report of one alert of a group, with its name and its `member_key` as labels."""
    [name] = member_names([report])
    room = dict(list(report.labels.items())[: MOST_LABELS - 2])
    return report.model_copy(update={"labels": {**room, MEMBER: name, MEMBER_KEY: member}})


def member_names(reports: Sequence[Report]) -> list[str]:
    """A name for each: its title, with the label that tells those of the same title apart."""
    alike: dict[str, list[Report]] = {}
    for report in reports:
        alike.setdefault(report.title, []).append(report)
    label_of = {title: _telling_apart(members) for title, members in alike.items()}
    return [
        named(report.title, report.labels.get(label_of[report.title], "")) for report in reports
    ]


def _telling_apart(reports: Sequence[Report]) -> str:
    """The label whose values differ most among these; empty where none does."""
    if len(reports) == 1:
        return next((label for label in _SAYS_WHERE if label in reports[0].labels), "")
    candidates = [label for label in reports[0].labels if label not in _NOT_DISTINCT]
    different = {
        label: len({report.labels.get(label, "") for report in reports}) for label in candidates
    }
    order = {label: place for place, label in enumerate(_SAYS_WHERE)}
    best = max(
        candidates,
        key=lambda label: (different[label], -order.get(label, len(order))),
        default="",
    )
    return best if best and different[best] > 1 else ""


def _severity(alert: Alert) -> str:
    return alert.report.labels.get(SEVERITY, "") if alert.report else ""


def _description(lead: Report, fire: Sequence[str], recovered: Sequence[str], left_out: int) -> str:
    lines = [f"- {name}" for name in fire[:_NAMES_LISTED]]
    lines += _left_out(fire)
    if left_out:
        lines.append(f"- and {left_out} that the source has left out, which may fire or not")
    if recovered:
        lines += ["", "Recovered:", *(f"- {name}" for name in recovered[:_NAMES_LISTED])]
        lines += _left_out(recovered)
    lines += ["", lead.description]
    return "\n".join(lines)[:LONGEST_DESCRIPTION].rstrip()


def _left_out(names: Sequence[str]) -> Iterator[str]:
    if len(names) > _NAMES_LISTED:
        yield f"- and {len(names) - _NAMES_LISTED} more"
