"""High impact? Critical business function, large user group or essential service."""

from collections.abc import Iterator

from standfast.decisions.factors import Factor, factors_of, yes_if_any
from standfast.decisions.report_conditions import quoted, searchable
from standfast.incidents.assessment import Answer, Assessed, Level, Scope
from standfast.policy import Policy
from standfast.policy.services import Service


def high_impact(policy: Policy, assessed: Assessed) -> Answer:
    """Whether the incident gets priority handling: "yes" or "no"."""
    service = policy.services.get(assessed.report.service)
    factors = [
        *_of_service(policy, assessed, service),
        _of_users(policy, assessed, service),
        _of_scope(assessed),
        *factors_of("high impact", policy.high_impact.conditions, searchable(assessed.report)),
    ]
    return yes_if_any(factors, policy.version)


def _of_service(policy: Policy, assessed: Assessed, service: Service | None) -> Iterator[Factor]:
    name = assessed.report.service
    if service is None:
        unknown = f"service {quoted(name)} is not in the catalogue" if name else "no service named"
        yield Factor(False, f"{unknown}, so none is known to be business critical or essential")
        return
    business = service.business_critical
    yield Factor(business, f"{name} is {'' if business else 'not '}business critical")
    if policy.high_impact.essential_services:
        essential = service.essential
        yield Factor(essential, f"{name} is {'' if essential else 'not '}an essential service")
    elif service.essential:
        yield Factor(False, f"{name} is an essential service, which this policy does not count")


def _of_users(policy: Policy, assessed: Assessed, service: Service | None) -> Factor:
    threshold = policy.high_impact.users
    counted, source = _users(assessed, service)
    affected = f"{counted} user{'' if counted == 1 else 's'} affected{source}"
    return Factor(counted >= threshold, f"{affected}, high impact starts at {threshold}")


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


def _of_scope(assessed: Assessed) -> Factor:
    if assessed.scope is Scope.ORGANISATION and assessed.impact is Level.HIGH:
        return Factor(True, "the whole organisation is affected, and the impact is high")
    found = f"scope {assessed.scope}, impact {assessed.impact}"
    return Factor(False, f"{found}: high impact by scope needs {Scope.ORGANISATION}, high")
