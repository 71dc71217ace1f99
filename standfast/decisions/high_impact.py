"""High impact? Critical business function, large user group or essential service."""

from collections.abc import Iterator

from standfast.decisions.conditions import Condition, signs_of, yes_if_any
from standfast.decisions.signs import quoted, read
from standfast.incidents.assessment import Answer, Assessed, Level, Scope
from standfast.policy import Policy
from standfast.policy.services import Service


def high_impact(policy: Policy, assessed: Assessed) -> Answer:
    """Whether the incident gets priority handling: "yes" or "no"."""
    service = policy.services.get(assessed.report.service)
    conditions = [
        *_of_service(policy, assessed, service),
        _of_users(policy, assessed, service),
        _of_scope(assessed),
        *signs_of("high impact", policy.high_impact.signs, read(assessed.report)),
    ]
    return yes_if_any(conditions, policy.version)


def _of_service(policy: Policy, assessed: Assessed, service: Service | None) -> Iterator[Condition]:
    name = assessed.report.service
    if service is None:
        unknown = f"service {quoted(name)} is not in the catalogue" if name else "no service named"
        yield Condition(False, f"{unknown}, so none is known to be business critical or essential")
        return
    business = service.business_critical
    yield Condition(business, f"{name} is {'' if business else 'not '}business critical")
    if policy.high_impact.essential_services:
        essential = service.essential
        yield Condition(essential, f"{name} is {'' if essential else 'not '}an essential service")
    elif service.essential:
        yield Condition(False, f"{name} is an essential service, which this policy does not count")


def _of_users(policy: Policy, assessed: Assessed, service: Service | None) -> Condition:
    threshold = policy.high_impact.users
    counted, source = _users(assessed, service)
    affected = f"{counted} user{'' if counted == 1 else 's'} affected{source}"
    return Condition(counted >= threshold, f"{affected}, high impact starts at {threshold}")


def _users(assessed: Assessed, service: Service | None) -> tuple[int, str]:
    """How many are affected, and where the number is from when the report does not give it.

    A person says whom it hits. A monitor that sends no number cannot count users: when the impact
    is high as well, everybody who uses the service is taken to be affected.
    """
    report = assessed.report
    uncounted = report.by_monitor and report.users_affected <= 1 and assessed.impact is Level.HIGH
    if service and uncounted and service.users > report.users_affected:
        return service.users, f" (all who use {report.service}: a monitor counts none)"
    return report.users_affected, ""


def _of_scope(assessed: Assessed) -> Condition:
    if assessed.scope is Scope.ORGANISATION and assessed.impact is Level.HIGH:
        return Condition(True, "the whole organisation is affected, and the impact is high")
    found = f"scope {assessed.scope}, impact {assessed.impact}"
    return Condition(False, f"{found}: high impact by scope needs {Scope.ORGANISATION}, high")
