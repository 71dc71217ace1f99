"""Escalation policies, incident managers and clocks: read as people write them, refused early."""

from datetime import timedelta
from pathlib import Path

import pytest

from standfast.incidents.assessment import Priority
from standfast.policy import Policy
from standfast.policy.page_targets import KINDS, Person
from standfast.policy.paging import MOST_PAGES, PAGE_WHO_IS_ON_CALL, PagingStep
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.time.clocks import AfterOutage, HoldReason, TimeCounted
from tests.policy.small import SMALL, bent

MINUTE = timedelta(minutes=1)


def read(folder: Path, text: str) -> Policy:
    path = folder / "policy.yaml"
    path.write_text(text)
    return load_policy(path)


def refused(folder: Path, text: str) -> list[str]:
    """Each problem as `place: message`, without the file and line."""
    with pytest.raises(PolicyError) as caught:
        read(folder, text)
    return [f"{problem.place}: {problem.message}" for problem in caught.value.problems]


def with_paging(steps: str, priority: str = "P1") -> str:
    """The small policy and this escalation policy, written as one line of YAML."""
    return f"{SMALL}paging:\n  {priority}: {steps}\n"


def in_team(lines: str) -> str:
    return bent("  desk:\n    title: Desk\n", f"  desk:\n    title: Desk\n    {lines}\n")


def test_what_the_policy_does_not_say(tmp_path: Path) -> None:
    policy = read(tmp_path, SMALL)
    assert policy.paging == policy.teams["desk"].paging == {}
    assert (PagingStep(page=("on_call",)),) == PAGE_WHO_IS_ON_CALL
    assert policy.incident_manager is None
    assert policy.after_outage.late_after == 2 * MINUTE
    assert policy.after_outage.then is AfterOutage.PAGE
    clocks = policy.clocks[Priority.P1]
    assert (clocks.warn_at, clocks.idle_after) == (0.75, None)
    assert clocks.counts is TimeCounted.AROUND_THE_CLOCK
    assert clocks.hold_pauses == (HoldReason.USER, HoldReason.VENDOR)


def test_a_ladder_as_a_person_writes_it(tmp_path: Path) -> None:
    text = f"""{SMALL}
incident_manager: desk
paging:
  P1:
    - page: [on_call, incident_manager]
      repeats: 2
      every: 5m
    - {{after: 15m, page: anna, through: outbox}}
  P2:
    - after: 1h30m
    - after: 2h
      through: [sms, call]
"""
    policy = read(tmp_path, text)
    first, then = policy.paging[Priority.P1]
    assert first.page == ("on_call", "incident_manager")
    assert first.times == (timedelta(), 5 * MINUTE, 10 * MINUTE)
    assert (then.page, then.through, then.times) == (("anna",), ("outbox",), (15 * MINUTE,))
    late, later = policy.paging[Priority.P2]
    assert (late.page, late.through, late.times) == (("on_call",), (), (90 * MINUTE,))
    assert later.through == ("sms", "call")


def test_repeats_are_counted_from_the_step(tmp_path: Path) -> None:
    text = with_paging("[{after: 10m, repeats: 2, every: 90s}]")
    (step,) = read(tmp_path, text).paging[Priority.P1]
    assert step.times == (10 * MINUTE, 11.5 * MINUTE, 13 * MINUTE)


def test_clocks_as_a_person_writes_them(tmp_path: Path) -> None:
    text = in_team("working_hours: {opens: 08:00}").replace(
        "  P2: *clock",
        "  P2:\n    acknowledge_within: 30m\n    page_again_every: 10m\n    resolve_within: 8h\n"
        "    remind_hold_every: 1d\n    idle_after: 2h\n    counts: working hours\n"
        "    hold_pauses: [vendor, change]",
    )
    clocks = read(tmp_path, text).clocks[Priority.P2]
    assert clocks.idle_after == timedelta(hours=2)
    assert clocks.counts is TimeCounted.WORKING_HOURS
    assert clocks.hold_pauses == (HoldReason.VENDOR, HoldReason.CHANGE)


def test_no_hold_need_stop_the_target(tmp_path: Path) -> None:
    text = bent("resolve_within: 1h,", "resolve_within: 1h, hold_pauses: [],")
    assert read(tmp_path, text).clocks[Priority.P1].hold_pauses == ()


def test_a_file_that_extends_another_changes_the_ladder_of_one_priority(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(
        with_paging("[{page: tier}]") + "  P2: [{page: team}]\n" + "after_outage: {late_after: 1h}"
    )
    policy = read(
        tmp_path,
        "extends: base.yaml\npaging: {P1: [{}, {after: 5m}]}\nafter_outage: {then: escalate}",
    )
    assert [step.page for step in policy.paging[Priority.P1]] == [("on_call",), ("on_call",)]
    assert [step.page for step in policy.paging[Priority.P2]] == [("team",)]
    assert policy.after_outage.late_after == timedelta(hours=1)
    assert policy.after_outage.then is AfterOutage.ESCALATE


ESCALATION_POLICIES: dict[str, tuple[str, str]] = {
    # what: (the escalation policy of P1, its problem)
    "nobody": ("[{page: []}]", "paging.P1.0.page: Value should have at least 1 item"),
    "somebody unknown": (
        "[{}, {page: [on_call, anne]}]",
        "paging.P1.1.page: no person 'anne'; there are: anna",
    ),
    "a team by its name": ("[{page: desk}]", "paging.P1.0.page: no person 'desk'"),
    "an incident manager that is not named": (
        "[{page: incident_manager}]",
        "paging.P1.0.page: the policy names no `incident_manager`, a team that is one",
    ),
    "no step": ("[]", "paging.P1: Tuple should have at least 1 item"),
    "a step without a list": ("{page: anna}", "paging.P1: must be a list"),
    "repeats without a gap": (
        "[{repeats: 3}]",
        "paging.P1.0: give `repeats` and `every` together: how often more, and how far apart",
    ),
    "a gap without repeats": ("[{every: 5m}]", "paging.P1.0: give `repeats` and `every` together"),
    "a gap of nothing": (
        "[{repeats: 1, every: 0m}]",
        "paging.P1.0.every: must be longer than zero",
    ),
    "a delay that is none": ("[{after: soon}]", "paging.P1.0.after: must be a duration like 90s"),
    "fewer repeats than none": ("[{repeats: -1, every: 5m}]", "paging.P1.0.repeats: "),
    "too many repeats": (f"[{{repeats: {MOST_PAGES + 1}, every: 5m}}]", "paging.P1.0.repeats: "),
    "too many pages in all": (
        "[{repeats: 30, every: 5m}, {after: 1m, repeats: 30, every: 5m}]",
        f"paging.P1: pages 62 times in one round; at most {MOST_PAGES} are allowed",
    ),
    "a key that is none": ("[{notify: anna}]", "paging.P1.0.notify: is not known here"),
    "a channel that cannot be one": ("[{through: [S M S]}]", "paging.P1.0.through.0: "),
}


@pytest.mark.parametrize("what", ESCALATION_POLICIES)
def test_a_ladder_is_refused(tmp_path: Path, what: str) -> None:
    steps, problem = ESCALATION_POLICIES[what]
    problems = refused(tmp_path, with_paging(steps))
    assert any(each.startswith(problem) for each in problems), problems


def test_a_ladder_for_what_is_no_priority(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, with_paging("[{}]", priority="urgent"))
    assert problem.startswith("paging.urgent: must be 'P1'")


def test_the_ladder_of_a_team_is_checked_as_that_of_the_policy(tmp_path: Path) -> None:
    steps = "[{page: [anne, incident_manager, vendor]}]"
    assert refused(tmp_path, in_team(f"paging: {{P2: {steps}}}")) == [
        "teams.desk.paging.P2.0.page: no person 'anne'; there are: anna",
        "teams.desk.paging.P2.0.page: the policy names no `incident_manager`, a team that is one",
        "teams.desk.paging.P2.0.page: pages the vendor, and no tier of desk is named 'vendor'",
    ]


def test_a_team_pages_its_vendor_where_it_has_one(tmp_path: Path) -> None:
    vendor = "- {name: vendor, rotation: {people: [anna]}}"
    text = in_team("paging: {P2: [{page: vendor}]}").replace(
        "tiers:\n", f"tiers:\n      {vendor}\n"
    )
    assert read(tmp_path, text).teams["desk"].paging[Priority.P2][0].page == ("vendor",)


def test_the_policys_own_ladder_may_name_a_vendor_that_not_every_team_has(tmp_path: Path) -> None:
    assert read(tmp_path, with_paging("[{page: vendor}]")).paging


def test_the_incident_manager_is_a_team(tmp_path: Path) -> None:
    assert read(tmp_path, f"{SMALL}incident_manager: desk\n").incident_manager == "desk"
    assert refused(tmp_path, f"{SMALL}incident_manager: anna\n") == [
        "incident_manager: no team 'anna'; there are: desk"
    ]


@pytest.mark.parametrize("name", [kind.word for kind in KINDS if not isinstance(kind, Person)])
def test_nobody_may_be_called_what_means_something_else_in_a_ladder(
    tmp_path: Path, name: str
) -> None:
    text = bent("  anna:\n", f"  {name}:\n").replace("people: [anna]", f"people: [{name}]")
    assert refused(tmp_path, text) == [
        f"people.{name}: {name!r} means something else in an escalation policy's `page`"
    ]


CLOCKS: dict[str, tuple[str, str]] = {
    # what: (more of P1's clocks, the problem)
    "working hours that no team has": (
        "counts: working hours",
        "clocks.P1.counts: team 'desk' has no `working_hours` to count",
    ),
    "no such time": ("counts: office hours", "clocks.P1.counts: must be 'around the clock' or"),
    "no such hold": ("hold_pauses: [lunch]", "clocks.P1.hold_pauses.0: must be 'user', 'vendor'"),
    "idle at once": ("idle_after: 0m", "clocks.P1.idle_after: must be longer than zero"),
    "a warning at the end": ("warn_at: 1", "clocks.P1.warn_at: "),
}


@pytest.mark.parametrize("what", CLOCKS)
def test_clocks_are_refused(tmp_path: Path, what: str) -> None:
    more, problem = CLOCKS[what]
    problems = refused(tmp_path, bent("resolve_within: 1h,", f"resolve_within: 1h, {more},"))
    assert any(each.startswith(problem) for each in problems), problems


def test_every_team_that_is_never_at_work_is_named_for_every_such_clock(tmp_path: Path) -> None:
    text = in_team("working_hours: {}").replace(
        "teams:\n",
        "teams:\n  lab: {title: Lab, tiers: [{name: L1, rotation: {people: [anna]}}]}\n",
    )
    text = text.replace("resolve_within: 1h,", "resolve_within: 1h, counts: working hours,")
    assert refused(tmp_path, text) == [
        f"clocks.{priority}.counts: team 'lab' has no `working_hours` to count"
        for priority in Priority
    ]


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("{late_after: 0m}", "after_outage.late_after: must be longer than zero"),
        ("{then: wait}", "after_outage.then: must be 'page' or 'escalate'"),
        ("{page: once}", "after_outage.page: is not known here"),
    ],
)
def test_what_follows_an_outage_is_refused(tmp_path: Path, rules: str, problem: str) -> None:
    (found,) = refused(tmp_path, f"{SMALL}after_outage: {rules}\n")
    assert found.startswith(problem)
