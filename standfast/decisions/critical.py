"""Critical? A threat to security, data integrity or core infrastructure."""

from collections.abc import Iterator

from standfast.decisions.factors import Factor, factors_of, yes_if_any
from standfast.decisions.report_conditions import ReportText, searchable
from standfast.incidents.assessment import Answer, Assessed
from standfast.policy import Policy
from standfast.policy.services import Service

DATA = "data"
"""The category whose incidents threaten data integrity where a service holds critical data."""


def critical(policy: Policy, assessed: Assessed) -> Answer:
    """Whether the incident is escalated at once: "yes" or "no"."""
    service = policy.services.get(assessed.report.service)
    report = searchable(assessed.report)
    factors = [
        *_of_security(policy, assessed, report),
        *_of_data_integrity(policy, assessed, service, report),
        *_of_core_infrastructure(policy, assessed, service),
    ]
    return yes_if_any(factors, policy.version)


def _of_security(policy: Policy, assessed: Assessed, report: ReportText) -> Iterator[Factor]:
    threats = policy.critical.security_categories
    if assessed.category in threats:
        yield Factor(True, f"threat to security: the category is {assessed.category}")
    elif threats:
        kinds = " or ".join(threats)
        yield Factor(False, f"the category is {assessed.category}, not {kinds}")
    yield from factors_of("a threat to security", policy.critical.security, report)


def _of_data_integrity(
    policy: Policy, assessed: Assessed, service: Service | None, report: ReportText
) -> Iterator[Factor]:
    name = assessed.report.service
    if service is None:
        yield Factor(False, "no service of the catalogue is named that holds critical data")
    elif not service.holds_critical_data:
        yield Factor(False, f"{name} holds no critical data")
    elif assessed.category == DATA:
        yield Factor(True, f"threat to data integrity: {name} holds critical data")
    else:
        about = assessed.category
        yield Factor(False, f"{name} holds critical data, but the category is {about}, not {DATA}")
    yield from factors_of("a threat to data integrity", policy.critical.data_integrity, report)


def _of_core_infrastructure(
    policy: Policy, assessed: Assessed, service: Service | None
) -> Iterator[Factor]:
    name = assessed.report.service
    if service is None:
        yield Factor(False, "no service of the catalogue is named that is core infrastructure")
    elif not service.core_infrastructure:
        yield Factor(False, f"{name} is not core infrastructure")
    elif policy.critical.core_infrastructure:
        yield Factor(True, f"{name} is core infrastructure")
    else:
        yield Factor(False, f"{name} is core infrastructure, which this policy does not count")
