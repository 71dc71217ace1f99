"""What a policy refers to: every person, team, service and host that it names must be there."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from standfast.incidents.assessment import Priority
from standfast.policy.connections import connections
from standfast.policy.hosts import knows
from standfast.policy.page_targets import kinds_of
from standfast.policy.paging import PagingStep
from standfast.policy.placeholders import wrong_in
from standfast.policy.rules import OTHER
from standfast.policy.sources import NOT_SOURCES
from standfast.time.clocks import TimeCounted

if TYPE_CHECKING:
    from standfast.policy.policy import Policy


def broken_references(policy: "Policy") -> Iterator[tuple[str, str]]:
    """Every reference to a thing the policy lacks, as (dotted place, what is wrong)."""
    yield from _missing("service_desk", "team", [policy.service_desk], policy.teams)
    if OTHER not in policy.categories:
        yield "categories", f"needs a category {OTHER!r} for what no rule recognises"
    for priority in Priority:
        if priority not in policy.clocks:
            yield "clocks", f"no clocks for {priority}"
    for key, category in policy.categories.items():
        yield from _missing(f"categories.{key}.team", "team", [category.team], policy.teams)
        for index, rule in enumerate(category.rules):
            place = f"categories.{key}.rules.{index}.services"
            yield from _missing(place, "service", rule.services, policy.services)
    for key, service in policy.services.items():
        place = f"services.{key}"
        if service.team:
            yield from _missing(f"{place}.team", "team", [service.team], policy.teams)
        if service.category:
            categories = policy.categories
            yield from _missing(f"{place}.category", "category", [service.category], categories)
    for key, team in policy.teams.items():
        for index, tier in enumerate(team.tiers):
            for place, people in tier.named():
                where = f"teams.{key}.tiers.{index}.{place}"
                yield from _missing(where, "person", people, policy.people)
    yield from _missing("operators", "person", policy.operators, policy.people)
    yield from _missing("knowledge.reviewers", "person", policy.knowledge.reviewers, policy.people)
    yield from _broken_ladders(policy)
    if "security_categories" in policy.critical.model_fields_set:
        named = policy.critical.security_categories
        place = "critical.security_categories"
        yield from _missing(place, "category", named, policy.categories)
    for place, conditions in (
        ("triage.impact", policy.triage.impact),
        ("triage.urgency", policy.triage.urgency),
        ("high_impact.conditions", policy.high_impact.conditions),
        ("critical.security", policy.critical.security),
        ("critical.data_integrity", policy.critical.data_integrity),
    ):
        for index, condition in enumerate(conditions):
            services = f"{place}.{index}.services"
            yield from _missing(services, "service", condition.services, policy.services)
    yield from _broken_runbooks(policy)
    demanded, offered = policy.contact_demands.methods, len(policy.contact_methods)
    if demanded > offered:
        yield "contact_demands.methods", f"asks for {demanded}; contact_methods offers {offered}"
    by_device = any(person.push_channels for person in policy.people.values())
    if policy.contact_demands.verified and not offered and not by_device:
        yield (
            "contact_demands.verified",
            "nobody can have a channel of their own: name `contact_methods`, or give people "
            "`webpush://`",
        )
    for name, what in NOT_SOURCES.items():
        if name in policy.sources:
            yield f"sources.{name}", f"{name!r} is the name of {what}: give this source another one"
    for key, source in policy.sources.items():
        for theirs, ours in source.services.items():
            where = f"sources.{key}.services.{theirs}"
            yield from _missing(where, "service", [ours], policy.services)


def _broken_ladders(policy: "Policy") -> Iterator[tuple[str, str]]:
    if policy.incident_manager:
        named = [policy.incident_manager]
        yield from _missing("incident_manager", "team", named, policy.teams)
    for person in policy.people:
        if len(kinds_of(person, policy)) > 1:
            yield (
                f"people.{person}",
                f"{person!r} means something else in an escalation policy's `page`",
            )
    for key, team in policy.teams.items():
        for priority, clocks in policy.clocks.items():
            if clocks.counts is TimeCounted.WORKING_HOURS and team.working_hours is None:
                place = f"clocks.{priority}.counts"
                yield place, f"team {key!r} has no `working_hours` to count"
    for priority, steps in policy.paging.items():
        yield from _broken_steps(policy, f"paging.{priority}", None, steps)
    for key, team in policy.teams.items():
        for priority, steps in team.paging.items():
            yield from _broken_steps(policy, f"teams.{key}.paging.{priority}", key, steps)


def _broken_steps(
    policy: "Policy", place: str, team: str | None, steps: Iterable[PagingStep]
) -> Iterator[tuple[str, str]]:
    for index, step in enumerate(steps):
        where = f"{place}.{index}.page"
        for word in dict.fromkeys(step.page):
            kinds = kinds_of(word, policy)
            if not kinds:
                yield from _missing(where, "person", [word], policy.people)
            yield from ((where, why) for kind in kinds if (why := kind.problem(policy, team)))


def _broken_runbooks(policy: "Policy") -> Iterator[tuple[str, str]]:
    for key, runbook in policy.runbooks.items():
        place, match = f"runbooks.{key}", runbook.match
        named = [match.category] if match.category else []
        yield from _missing(f"{place}.match.category", "category", named, policy.categories)
        yield from _missing(f"{place}.match.services", "service", match.services, policy.services)
        yield from _missing(f"{place}.approvers", "person", runbook.approvers, policy.people)
        yield from ((place, problem) for problem in wrong_in(runbook))


def unlisted_hosts(policy: "Policy") -> Iterator[tuple[str, str]]:
    """Every host that is asked something and is not on the list, as `broken_references`."""
    for place, host in connections(policy.services, policy.runbooks, policy.teams):
        # A host that is filled in is judged when it is.
        if "{" not in host and not knows(policy.hosts, host):
            yield place, f"{host!r} is not on the list of `hosts`"


def _missing(
    place: str, kind: str, names: Iterable[str], known: Collection[str]
) -> Iterator[tuple[str, str]]:
    for name in names:
        if name not in known:
            yield place, f"no {kind} {name!r}; there are: {', '.join(sorted(known))}"
