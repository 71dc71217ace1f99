"""The report of a group names its members, and is as bad as the worst of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from standfast.incidents.alert import Alert, AlertAction
from standfast.incidents.member_names import LONGEST_LIST, listed
from standfast.incidents.report import Channel, Report
from standfast.intake.grouped_alerts import as_member, member_key, member_names, together


def report(title: str = "High CPU", **fields: Any) -> Report:
    return Report(title=title, reporter="prom", channel=Channel.MONITOR, **fields)


def fires(
    title: str = "High CPU", action: str = "trigger", left_out: int = 0, **fields: Any
) -> Alert:
    said = report(title, **fields)
    return Alert(
        action=AlertAction(action), dedup_key=title, report=said, by="prom", left_out=left_out
    )


def grouped(*firing: Alert, over: tuple[Alert, ...] = ()) -> Report:
    merged = together(firing, over).report
    assert merged
    return merged


def test_alerts_of_one_title_are_told_apart_by_where_they_are() -> None:
    """grafana/oncall#542, elastic/kibana#284472: which of the three hosts is it?"""
    hosts = [fires(labels={"host": f"n{n}", "severity": "warning"}) for n in range(1, 4)]
    assert grouped(*hosts).title == "High CPU on n1, n2, n3"
    assert "- High CPU on n2" in grouped(*hosts).description


def test_of_many_the_first_few_are_named_and_the_rest_counted() -> None:
    """grafana/grafana#42683."""
    many = grouped(*(fires(labels={"instance": f"web-{n:03}.example"}) for n in range(200)))
    assert many.title.startswith("High CPU on web-000.example, web-001.example, ")
    assert many.title.endswith(" and 195 more")
    assert len(many.title) < LONGEST_LIST + 20
    assert "- and 150 more" in many.description


def test_the_worst_comes_first_and_its_severity_is_that_of_the_group() -> None:
    """erikdarlingdata/PerformanceMonitor#3341, getsentry/sentry#82033: warning, then critical."""
    at = datetime(2026, 11, 29, 6, tzinfo=UTC)
    lag = fires("Lag", labels={"severity": "warning", "team": "db"}, occurred_at=at)
    stopped = fires(
        "Replication stopped", labels={"severity": "critical"}, service="db", users_affected=40
    )
    told = grouped(lag, stopped)
    assert told.title == "Replication stopped; Lag"
    assert told.labels["severity"] == "critical"
    assert (told.service, told.users_affected, told.occurred_at) == ("db", 40, at)


def test_a_service_that_only_the_second_names_is_the_groups() -> None:
    """sensu-plugins/sensu-plugins-pagerduty#30."""
    assert grouped(fires("A"), fires("B", service="wiki")).service == "wiki"


def test_what_has_recovered_of_a_group_is_said() -> None:
    """keephq/keep#5257."""
    told = grouped(fires("Disk full"), over=(fires("Switch down", "resolve"),))
    assert told.title == "Disk full"
    assert told.description == "- Disk full\n\nRecovered:\n- Switch down"


def test_alerts_that_nothing_tells_apart_are_counted() -> None:
    """keephq/keep#5257."""
    assert grouped(fires(), fires(), fires()).title == "High CPU (3 alerts)"


def test_one_alert_alone_stays_as_it_is() -> None:
    alone = fires("Disk full", labels={"host": "n1"})
    assert together([alone]) is alone


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([{"host": "a"}, {"host": "b"}], ["Down on a", "Down on b"]),
        (
            [{"mount": "/", "host": "a"}, {"mount": "/var", "host": "a"}],
            ["Down on /", "Down on /var"],
        ),
        ([{"host.name": "n1"}, {"host.name": "n2"}], ["Down on n1", "Down on n2"]),
        ([{"link": "https://a.example"}, {"link": "https://b.example"}], ["Down", "Down"]),
        ([{"severity": "info"}, {"severity": "error"}], ["Down", "Down"]),
        ([{}, {}], ["Down", "Down"]),
    ],
)
def test_names_by_the_label_that_differs(labels: list[dict[str, str]], names: list[str]) -> None:
    assert member_names([report("Down", labels=each) for each in labels]) == names


def test_a_member_is_named_also_where_its_labels_are_full() -> None:
    full = report("Down", labels={f"l{n}": "x" for n in range(49)} | {"host": "n1"})
    member = as_member(full, member_key("prom:1"))
    assert len(member.labels) == 50
    assert Report.model_validate(member.model_dump()) == member
    assert member.labels["group_member"] == "Down on n1"


@pytest.mark.parametrize("names", [["x" * 500], ["x" * 500, "y" * 500], ["on " * 90, " on on "]])
def test_a_list_of_names_is_short_whatever_they_are(names: list[str]) -> None:
    assert 0 < len(listed(names)) <= LONGEST_LIST + 20


def test_what_the_source_left_out_is_said() -> None:
    """prometheus/alertmanager#1587, with `max_alerts`: the names are not all."""
    one = grouped(fires("Disk full", left_out=7))
    assert one.title == "Disk full and maybe more"
    assert (
        one.description
        == "- Disk full\n- and 7 that the source has left out, which may fire or not"
    )
    many = grouped(*(fires(f"Disk {n} is full to the brim", left_out=7) for n in range(20)))
    assert many.title.endswith(" and at least 16 more")


def test_the_severity_of_a_group_has_room_among_its_labels() -> None:
    """A report with more labels than there is room for would stop its incident."""
    full = fires("A", labels={f"l{n}": "x" for n in range(50)})
    told = grouped(full, fires("B", labels={"severity": "info"}))
    assert told.labels["severity"] == "info"
    assert Report.model_validate(told.model_dump()) == told
