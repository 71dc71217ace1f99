"""Assignment with records and calendars beside it: what has a date, and what if nobody can say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.exceptions import ApplicationError
from temporalio.runtime import (
    MetricBuffer,
    MetricBufferDurationFormat,
    Runtime,
    TelemetryConfig,
)
from temporalio.testing import ActivityEnvironment

from activities.assignment import AssignmentActivities
from activities.requests import DelegationRequest
from standfast.incidents import names
from standfast.incidents.assessment import Priority
from standfast.incidents.assignment import Assignment, AssignmentRequest
from standfast.incidents.schedule import NewOverride
from standfast.incidents.silence import Matcher, NewSilence, Silence
from standfast.on_call.assigner import Assigner
from standfast.on_call.calendars import Calendars
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.decisions.assigning import HOUR, assessed, by_calendar
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records

AT = datetime(2026, 1, 13, 12, tzinfo=UTC)
NOBODY_LISTENS = "postgresql://nobody:secret@127.0.0.1:1/nothing"
CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20260113T080000Z
DTEND:20260113T200000Z
SUMMARY:Pit
END:VEVENT
END:VCALENDAR
"""


class Office:
    """The small policy in a file, and an empty record store."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.records = RecordStore(empty_records(place / "records.db"))
        self.has_policy(SMALL)

    def has_policy(self, policy: dict[str, Any]) -> None:
        (self.place / "policy.yaml").write_text(yaml.safe_dump(policy))

    def has_calendar(self, text: str | None) -> None:
        """The first tier of the network team goes by a calendar; None for a file that is away."""
        if text is not None:
            (self.place / "L1.ics").write_text(text)
        network = SMALL["teams"]["network"] | {"tiers": [by_calendar("L1")]}
        self.has_policy(SMALL | {"teams": SMALL["teams"] | {"network": network}})

    def overrides(self, person: str, tier: str = "L1") -> None:
        ends = AT + 2 * HOUR
        asked = NewOverride(
            team="network", tier=tier, person=person, starts=AT - HOUR, ends=ends, by="pia"
        )
        self.records.overrides.add(asked)

    def silences(self, **matcher: Any) -> Silence:
        asked = NewSilence(
            matcher=Matcher(**matcher),
            starts=AT - HOUR,
            ends=AT + 2 * HOUR,
            by="pia",
            reason="new firewall",
        )
        return self.records.silences.add(asked)

    @property
    def activities(self) -> AssignmentActivities:
        policy = PolicySource(self.place / "policy.yaml")
        calendars = Calendars(policy, self.place / "calendars")
        return AssignmentActivities(policy, Assigner(policy, self.records, calendars))

    def asked(self, environment: ActivityEnvironment | None = None, **more: Any) -> Assignment:
        environment = environment or ActivityEnvironment()
        return environment.run(self.activities.assign, request(**more))


def request(**asked: Any) -> AssignmentRequest:
    usual = {"team": "network", "tier": 1, "assessed": assessed(Priority.P2), "at": AT}
    return AssignmentRequest(**(usual | asked))


def not_known(assignment: Assignment) -> list[str]:
    """What the reasons say was not known."""
    parts = [reason.partition(" are not known: ") for reason in assignment.reasons]
    return [what for what, separator, _ in parts if separator]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.records.close()


def test_every_word_of_the_request_reaches_the_decision(office: Office) -> None:
    assignment = office.asked(tier=2, to="nik", page_everyone=True)
    assert assignment.contacts == ("nik", "pit", "pia")
    assert assignment.last_resort == "dan"
    assert (assignment.tier, assignment.page_everyone) == (2, True)
    assert assignment.clocks.acknowledge_within == timedelta(minutes=10)
    late = office.asked(ran_out="page", clocks_due={"page": AT - HOUR, "warn": AT})
    assert (late.late, late.overdue) == (HOUR, ("page", "warn"))


def test_an_override_on_record_counts(office: Office) -> None:
    office.overrides("ven")
    assignment = office.asked()
    assert assignment.contacts == ("ven", "noa", "nik", "nia")
    assert "override by pia, in place of noa" in assignment.reasons[0]


def test_an_override_on_record_does_not_outlive_its_person(office: Office) -> None:
    office.overrides("old-hand")
    assignment = office.asked()
    assert assignment.contacts == ("noa", "nik", "nia")
    (told,) = [reason for reason in assignment.reasons if "old-hand" in reason]
    assert told.endswith("names 'old-hand', who is no person of the policy any more")


def test_the_incident_is_noted_with_the_silence_that_keeps_it_quiet(office: Office) -> None:
    silence = office.silences(services=["vpn"])
    assignment = office.asked()
    assert assignment.quiet is not None
    assert assignment.quiet.until == silence.ends
    noted = office.records.silences.silenced_by(silence.id)
    assert [one.incident_id for one in noted] == [ActivityEnvironment().info.workflow_id]


@pytest.mark.parametrize("asked", [{"overrule_quiet": True}, {"team": "desk"}])
def test_no_incident_is_noted_with_a_silence_that_does_not_keep_it_quiet(
    office: Office, asked: dict[str, Any]
) -> None:
    silence = office.silences(teams=["network"])
    assert office.asked(**asked).quiet is None
    assert office.records.silences.silenced_by(silence.id) == []


def test_without_the_record_store_the_one_on_call_by_the_policy_is_paged(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    before = office.asked()
    office.records.close()
    office.records = RecordStore(NOBODY_LISTENS)
    assignment = office.asked()
    assert assignment.contacts == before.contacts
    assert assignment.pages == before.pages
    assert assignment.quiet is None
    assert not_known(assignment) == ["overrides", "silences"]
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "is assigned without a look at silences" in warning
    assert "secret" not in f"{warning}{assignment.reasons}"


def test_without_the_record_store_calendars_are_known_all_the_same(office: Office) -> None:
    office.has_calendar(CALENDAR)
    office.records.close()
    office.records = RecordStore(NOBODY_LISTENS)
    assignment = office.asked()
    assert assignment.contacts == ("pit",)
    assert not_known(assignment) == ["overrides", "silences"]


def test_a_calendar_says_who_is_on_call(office: Office) -> None:
    office.has_calendar(CALENDAR)
    assert office.asked().contacts == ("pit",)
    assert office.asked(at=AT + 9 * HOUR).contacts == ("dan", "dee")


def test_a_calendar_that_is_away_is_told_and_the_service_desk_is_paged(office: Office) -> None:
    office.has_calendar(None)
    assignment = office.asked()
    assert assignment.contacts == ("dan", "dee")
    assert any("the calendar L1.ics cannot be read" in reason for reason in assignment.reasons)


def test_what_a_person_asks_for_is_assigned_where_all_is_known(office: Office) -> None:
    asked = request(to="pit", page_everyone=True)
    assignment = ActivityEnvironment().run(office.activities.reassign, asked)
    assert assignment == office.asked(to="pit", page_everyone=True)


@pytest.mark.parametrize(
    ("team", "to", "message"),
    [
        ("telegraphy", "", "the policy has no team 'telegraphy'; there are: desk, network"),
        ("desk", "nik", "the policy has no person in desk called 'nik'; there are: dan, dee"),
    ],
)
def test_a_reassignment_that_cannot_be_is_refused_for_good(
    office: Office, team: str, to: str, message: str
) -> None:
    with pytest.raises(ApplicationError) as refused:
        ActivityEnvironment().run(office.activities.reassign, request(team=team, to=to))
    assert refused.value.message == message
    assert (refused.value.type, refused.value.non_retryable) == ("Refused", True)


def test_a_question_goes_to_a_person_of_the_policy_or_is_refused_for_good(office: Office) -> None:
    delegate = office.activities.delegate
    assert ActivityEnvironment().run(delegate, DelegationRequest(to="ven")).answer == "ven"
    with pytest.raises(ApplicationError) as refused:
        ActivityEnvironment().run(delegate, DelegationRequest(to="nina"))
    assert refused.value.message.startswith("the policy has no person 'nina'; did you mean nia?")
    assert (refused.value.type, refused.value.non_retryable) == ("Refused", True)


@pytest.mark.parametrize(
    ("asked", "lateness"),
    [
        ({"ran_out": "page", "clocks_due": {"page": AT - 6 * HOUR}}, [6 * HOUR]),
        ({"ran_out": "page", "clocks_due": {"page": AT + HOUR}}, [timedelta()]),
        ({"ran_out": "page", "clocks_due": {"warn": AT - HOUR}}, []),
        ({"clocks_due": {"page": AT - HOUR}}, []),
    ],
)
def test_how_late_a_clock_was_noticed_is_a_metric(
    office: Office, asked: dict[str, Any], lateness: list[timedelta]
) -> None:
    buffer = MetricBuffer(1_000, duration_format=MetricBufferDurationFormat.SECONDS)
    environment = ActivityEnvironment()
    environment.metric_meter = Runtime(telemetry=TelemetryConfig(metrics=buffer)).metric_meter
    office.asked(environment, **asked)
    updates = [one for one in buffer.retrieve_updates() if one.metric.name == names.LATENESS]
    assert [timedelta(seconds=one.value) for one in updates] == lateness
    for one in updates:
        assert (one.attributes["clock"], one.attributes["priority"]) == ("page", "P2")
